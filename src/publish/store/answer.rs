//! What a server of an object store answers → the fault that it means, in words that say what to do; never a secret.

use super::super::credentials::redacted;
use super::Fault;
use super::sign::Signer;
use async_trait::async_trait;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
    ReqwestConnector,
};
use object_store::{ClientOptions, Error};
use std::error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What was asked of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    Read,
    Write,
    Delete,
    List,
}

impl fmt::Display for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Asking::Read => "read",
            Asking::Write => "write",
            Asking::Delete => "delete",
            Asking::List => "list what is below",
        })
    }
}

/// An answer that says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    status: u16,
    code: String,
    message: String,
    after: Option<Duration>,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server answers {}", self.status)?;
        let said = [&self.code, &self.message].into_iter().filter(|part| !part.is_empty());
        said.enumerate().try_for_each(|(at, part)| write!(f, "{}{part}", if at == 0 { ", " } else { ": " }))
    }
}

impl error::Error for Answer {}

impl Answer {
    fn new(status: u16, after: Option<&str>, body: &str) -> Answer {
        let between = |open: &str, close: &str| {
            let start = body.find(open)? + open.len();
            let inner = &body[start..start + body[start..].find(close)?];
            Some(inner.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect::<String>())
        };
        let code = between("<Code>", "</Code>").unwrap_or_default();
        let message = redacted(&between("<Message>", "</Message>").unwrap_or_default());
        let after = after.and_then(|text| wait(text.trim()));
        Answer { status, code, message, after }
    }

    /// Whether object_store has a meaning of its own for it, which says enough.
    fn is_plain(&self) -> bool {
        match self.status {
            404 => !matches!(&*self.code, "NoSuchBucket" | "ContainerNotFound" | "AccountNotFound"),
            409 => !matches!(&*self.code, "ConditionalRequestConflict" | "OperationAborted"),
            304 | 412 => true,
            status => status < 300,
        }
    }

    fn fault(&self, asking: Asking, key: &str, credentials: &str) -> Fault {
        let why = format!("cannot {asking} `{key}`: {self}");
        match (self.status, &*self.code) {
            (_, "NoSuchBucket" | "ContainerNotFound" | "AccountNotFound") => {
                Fault::with_help(why, "make the bucket, or correct its name in `site.yaml`")
            }
            (_, "RequestTimeTooSkewed") => Fault::with_help(why, "set this machine's clock"),
            (_, "AuthorizationHeaderMalformed" | "PermanentRedirect" | "IllegalLocationConstraintException")
            | (300..=399, _) => Fault::with_help(why, "say where the bucket is: `region: eu-central-1`"),
            (_, "RequestTimeout" | "SlowDown" | "ConditionalRequestConflict" | "OperationAborted")
            | (408 | 425 | 429 | 500 | 502 | 503 | 504, _) => Fault::Retry { why, after: self.after },
            (401 | 403, _) => Fault::with_help(why, credentials),
            (501, _) if asking == Asking::Write => Fault::with_help(why, WITHOUT_CONDITIONS),
            _ => Fault::fatal(why),
        }
    }
}

/// For how long `Retry-After` wants to be waited: so many seconds, or until a date.
fn wait(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    let seconds = date.as_second() - jiff::Timestamp::now().as_second();
    Some(Duration::from_secs(seconds.max(0).unsigned_abs()))
}

const WITHOUT_CONDITIONS: &str = "if only one run at a time publishes there, add `conditional_writes: false`";

/// A server that writes whatever the condition is.
pub(super) fn without_conditions() -> Fault {
    let why =
        "the server does not keep to conditions of writes (`If-None-Match`), so that two runs could not be kept apart";
    Fault::with_help(why, WITHOUT_CONDITIONS)
}

/// What the error means; `credentials` says where those come from.
pub(super) fn fault(asking: Asking, key: &str, error: &Error, credentials: &str) -> Fault {
    let causes = || std::iter::successors(Some(error as &(dyn error::Error + 'static)), |error| error.source());
    if let Some(answer) = causes().find_map(|cause| cause.downcast_ref::<Answer>()) {
        return answer.fault(asking, key, credentials);
    }
    let last = redacted(&causes().last().map(ToString::to_string).unwrap_or_default());
    match causes().find_map(|cause| cause.downcast_ref::<HttpError>()).map(HttpError::kind) {
        Some(HttpErrorKind::Connect) => Fault::passing(format!("cannot reach the server: {last}")),
        Some(_) => Fault::passing(format!("cannot {asking} `{key}`: {last}")),
        None => Fault::fatal(format!("cannot {asking} `{key}`: {last}")),
    }
}

/// Makes clients that look at answers before object_store does, which does not tell all of them; and at requests, to
/// which a signer may have to add something.
#[derive(Debug, Default)]
pub(super) struct Connector(ReqwestConnector, Arc<Signer>);

impl Connector {
    /// One for requests that `signer` looks at.
    pub(super) fn with(signer: Arc<Signer>) -> Connector {
        Connector(ReqwestConnector::default(), signer)
    }
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Client(self.0.connect(options)?, Arc::clone(&self.1))))
    }
}

#[derive(Debug)]
struct Client(HttpClient, Arc<Signer>);

#[async_trait]
impl HttpService for Client {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.1.sign(&mut request).await?;
        let response = self.0.execute(request).await?;
        let status = response.status().as_u16();
        if status < 300 {
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let after = parts.headers.get("retry-after").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = body.bytes().await?;
        let answer = Answer::new(status, after.as_deref(), &String::from_utf8_lossy(&body));
        if answer.is_plain() {
            return Ok(HttpResponse::from_parts(parts, HttpResponseBody::from(body)));
        }
        Err(HttpError::new(HttpErrorKind::Unknown, answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(status: u16, after: Option<&str>, body: &str) -> Fault {
        Answer::new(status, after, body).fault(Asking::Write, "a.html", "check AWS_ACCESS_KEY_ID")
    }

    #[test]
    fn an_answer_is_told_with_what_to_do() {
        let body = "<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code><Message>No such\n bucket</Message></Error>";
        let gone = fault(404, None, body);
        assert_eq!(gone.to_string(), "cannot write `a.html`: the server answers 404, NoSuchBucket: No such bucket");
        assert!(gone.help().is_some_and(|help| help.contains("make the bucket")));
        let wrong = fault(403, None, "<Error><Code>InvalidAccessKeyId</Code></Error>");
        assert!(wrong.help().is_some_and(|help| help.contains("AWS_ACCESS_KEY_ID")));
        assert!(fault(501, None, "").help().is_some_and(|help| help.contains("conditional_writes")));
    }

    #[test]
    fn a_busy_server_is_tried_again_when_it_says_so() {
        let Fault::Retry { after, .. } = fault(503, Some("7"), "<Error><Code>SlowDown</Code></Error>") else {
            panic!("it may pass")
        };
        assert_eq!(after, Some(Duration::from_secs(7)));
        let of = |text: &str| match fault(429, Some(text), "") {
            Fault::Retry { after, .. } => after,
            other => panic!("it may pass: {other}"),
        };
        assert_eq!(of("Fri, 31 Dec 1999 23:59:59 GMT"), Some(Duration::ZERO));
        let year = of("Thu, 31 Dec 2099 23:59:59 GMT").expect("it is a date");
        assert!(year > Duration::from_secs(365 * 24 * 3600));
        assert_eq!(of("soon"), None);
        assert!(matches!(fault(400, None, "<Code>RequestTimeout</Code>"), Fault::Retry { .. }));
        assert!(matches!(fault(400, None, "<Code>InvalidRequest</Code>"), Fault::Fatal { .. }));
    }

    #[test]
    fn what_says_enough_is_left_to_the_client() {
        let plain = |status, body: &str| Answer::new(status, None, body).is_plain();
        assert!(plain(404, "<Code>NoSuchKey</Code>") && plain(412, "") && plain(409, ""));
        assert!(!plain(404, "<Code>NoSuchBucket</Code>") && !plain(409, "<Code>ConditionalRequestConflict</Code>"));
        assert!(!plain(301, "") && !plain(403, "") && !plain(503, ""));
    }
}
