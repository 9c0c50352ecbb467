//! A request → an answer from the route table; what is not in it does not exist, whatever is on the disk.

use super::live::Live;
use super::overlay::{self, CHANNEL, SCRIPT};
use super::pages::Page;
use super::policy::{self, Names, Refusal};
use super::tabs::{self, Hello};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH,
    LOCATION, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// How often a silent channel is tried, so that one whose browser is gone does not stay.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// How much a page may say when it opens the channel, in bytes.
const MOST_SAID: usize = 16 << 10;

/// Whose resources these are: no other site may even load them.
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// An answer before it is sent.
pub struct Answer {
    status: StatusCode,
    content_type: String,
    body: Bytes,
    headers: Vec<(HeaderName, String)>,
}

impl Answer {
    /// An answer with this body.
    pub fn new(status: StatusCode, content_type: impl Into<String>, body: impl Into<Bytes>) -> Answer {
        Answer { status, content_type: content_type.into(), body: body.into(), headers: Vec::new() }
    }

    /// The same with one more header; one whose value cannot be sent is left out.
    pub fn with(mut self, name: HeaderName, value: impl Into<String>) -> Answer {
        self.headers.push((name, value.into()));
        self
    }

    /// An answer that leads elsewhere.
    pub fn redirect(status: StatusCode, to: &str) -> Answer {
        Answer::new(status, "text/plain; charset=utf-8", format!("{to}\n")).with(LOCATION, to)
    }

    fn refused(refusal: Refusal) -> Answer {
        let answer = Answer::new(refusal.status, "text/plain; charset=utf-8", format!("{}\n", refusal.why));
        if refusal.status == StatusCode::METHOD_NOT_ALLOWED { answer.with(ALLOW, "GET, HEAD") } else { answer }
    }

    fn failed(error: &anyhow::Error) -> Answer {
        let text = format!("{error:#}\n");
        Answer::new(StatusCode::INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", text)
    }

    /// The answer as it is sent. A reader who has these bytes already is told so instead.
    fn sent(self, method: &Method, asked: &HeaderMap) -> Response {
        let is_known = self.status == StatusCode::OK
            && self
                .headers
                .iter()
                .any(|(name, value)| name == ETAG && asked.get(IF_NONE_MATCH).is_some_and(|had| had == value));
        let mut response = Response::new(Body::empty());
        *response.status_mut() = if is_known { StatusCode::NOT_MODIFIED } else { self.status };
        let headers = response.headers_mut();
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        let own = self.headers.into_iter().chain([(CONTENT_TYPE, self.content_type)]);
        for (name, value) in own {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        if !is_known {
            headers.insert(CONTENT_LENGTH, self.body.len().into());
            if *method != Method::HEAD {
                *response.body_mut() = Body::from(self.body);
            }
        }
        response
    }
}

/// What answers requests whose head was found to be in order.
pub type Answering = dyn Fn(&str) -> anyhow::Result<Answer> + Send + Sync;

/// Serves with `answering`, and opens channels for `live` if there is one.
pub async fn run(
    listener: tokio::net::TcpListener,
    names: Names,
    answering: Arc<Answering>,
    live: Option<Arc<Live>>,
) -> anyhow::Result<()> {
    use axum::serve::ListenerExt;
    let names = Arc::new(names);
    let app = Router::new().fallback(move |request: Request| {
        let (names, answering, live) = (Arc::clone(&names), Arc::clone(&answering), live.clone());
        async move { answer(request, &names, answering, live).await }
    });
    // An answer is small, and somebody waits for it.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    Ok(axum::serve(listener, app).await?)
}

async fn answer(request: Request, names: &Names, answering: Arc<Answering>, live: Option<Arc<Live>>) -> Response {
    let (mut parts, _) = request.into_parts();
    let (method, headers) = (parts.method.clone(), parts.headers.clone());
    let refused = |refusal| Answer::refused(refusal).sent(&method, &headers);
    let host = match policy::check(names, &method, &parts.uri, &headers) {
        Ok(host) => host,
        Err(refusal) => return refused(refusal),
    };
    let path = match policy::path(&parts.uri) {
        Ok(path) => path,
        Err(refusal) => return refused(refusal),
    };
    if let Some(live) = live.filter(|_| path == CHANNEL) {
        if let Err(refusal) = policy::check_origin(host, &headers) {
            return refused(refusal);
        }
        return match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
            Ok(upgrade) => {
                upgrade.max_message_size(MOST_SAID).max_frame_size(MOST_SAID).on_upgrade(|socket| channel(socket, live))
            }
            Err(_) => refused(Refusal { status: StatusCode::BAD_REQUEST, why: "this is the pages' own channel" }),
        };
    }
    let answered = tokio::task::spawn_blocking(move || answering(&path)).await;
    let answer = match answered {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => Answer::failed(&error),
        Err(error) => Answer::failed(&error.into()),
    };
    answer.sent(&method, &headers)
}

/// One page's channel: it says what it is, then it listens.
async fn channel(mut socket: WebSocket, live: Arc<Live>) {
    let Some(Ok(Message::Text(hello))) = socket.recv().await else { return };
    let Ok(hello) = serde_json::from_str::<Hello>(&hello) else { return };
    let (ear, mut words) = mpsc::unbounded_channel();
    let joining = Arc::clone(&live);
    let Ok(number) = tokio::task::spawn_blocking(move || joining.join(hello, ear)).await else { return };
    loop {
        tokio::select! {
            word = words.recv() => {
                let Some(word) = word else { break };
                if socket.send(Message::Text(word.into())).await.is_err() { break }
            }
            heard = socket.recv() => if !matches!(heard, Some(Ok(Message::Pong(_) | Message::Ping(_)))) { break },
            () = tokio::time::sleep(HEARTBEAT) => {
                if socket.send(Message::Ping(Bytes::new())).await.is_err() { break }
            }
        }
    }
    live.leave(number);
}

/// The site's own URL that the address `path`, encoded or not, stands for below the base path.
pub fn url_of(path: &str, base: &str) -> Option<String> {
    let path = crate::path::decode(path)?;
    let base = crate::path::decode(base)?;
    let below = path.strip_prefix(&*base)?;
    let url = format!("/{below}");
    Some(match url.strip_suffix("/index.html") {
        Some(folder) => format!("{folder}/"),
        None => url,
    })
}

/// Answers a request for the decoded `path` with the live site.
pub fn site(live: &Live, path: &str) -> anyhow::Result<Answer> {
    if path == SCRIPT {
        return Ok(Answer::new(StatusCode::OK, "text/javascript; charset=utf-8", overlay::SOURCE));
    }
    live.settle()?;
    let shown = live.shown();
    let base = shown.base().to_owned();
    let plain = crate::path::decode(&base).unwrap_or_else(|| base.clone());
    if path == "/" && plain != "/" || format!("{path}/") == plain {
        return Ok(Answer::redirect(StatusCode::FOUND, &base));
    }
    if shown.good.is_none() {
        return Ok(broken(live.texts(&shown, None), "500"));
    }
    let url = path.strip_prefix(&*plain).map(|below| format!("/{below}"));
    let url = url.map(|url| url.strip_suffix("/index.html").map(|folder| format!("{folder}/")).unwrap_or(url));
    if let Some(url) = &url {
        if let Some(source) =
            Live::source(&shown, url).filter(|source| !shown.project().sources.is_current(source.as_str()))
        {
            // What is asked for is worth a look of its own: the watcher may not have spoken yet.
            live.hear([source]);
            live.settle()?;
        }
        let (shown, page) = live.page(url)?;
        if let Some(page) = page {
            return Ok(found(live, &shown, url, &page, StatusCode::OK));
        }
        let folder = format!("{url}/");
        if shown.project().routes().get(&folder).is_some() {
            let world = shown.project().world();
            let link = world.map(|world| world.site.config.url.link(&folder)).unwrap_or(folder);
            return Ok(Answer::redirect(StatusCode::FOUND, &link));
        }
    }
    let (shown, page) = live.page("/404.html")?;
    match page {
        Some(page) => Ok(found(live, &shown, "/404.html", &page, StatusCode::NOT_FOUND)),
        None => Ok(Answer::new(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", "not found\n")),
    }
}

fn found(live: &Live, shown: &super::live::Shown, url: &str, page: &Arc<Page>, status: StatusCode) -> Answer {
    let version = if status == StatusCode::NOT_FOUND { "404".to_owned() } else { tabs::version(page) };
    let Some(bytes) = &page.bytes else { return broken(live.texts(shown, Some(page)), &version) };
    let content_type = content_type(url);
    if !content_type.starts_with("text/html") {
        return Answer::new(status, content_type, Bytes::from_owner(Arc::clone(bytes)))
            .with(ETAG, format!("\"{version}\""));
    }
    let body = overlay::with_script(bytes, &version);
    Answer::new(status, content_type, body).with(ETAG, format!("\"{version}\""))
}

fn broken(texts: Vec<String>, version: &str) -> Answer {
    let body = overlay::with_script(&overlay::broken(&texts), version);
    Answer::new(StatusCode::INTERNAL_SERVER_ERROR, "text/html; charset=utf-8", body)
}

/// What a file is, by the name under which it is served.
pub fn content_type(url: &str) -> String {
    let name = url.rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    let known = match ending.as_str() {
        "" if name.is_empty() => "text/html; charset=utf-8",
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "xml" => "application/xml",
        "txt" | "md" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "ico" => "image/vnd.microsoft.icon",
        "bmp" => "image/bmp",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "otf" => "font/otf",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "mov" => "video/quicktime",
        "mp3" => "audio/mpeg",
        "ogg" => "audio/ogg",
        "wav" => "audio/wav",
        "m4a" => "audio/mp4",
        "vtt" => "text/vtt; charset=utf-8",
        "pdf" => "application/pdf",
        "wasm" => "application/wasm",
        "zip" => "application/zip",
        "gz" => "application/gzip",
        _ => "application/octet-stream",
    };
    known.to_owned()
}
