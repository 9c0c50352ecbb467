//! A request for an object that leads elsewhere → the same with the header that says so, signed anew: object_store does
//! not know that header, and Amazon takes none that is not signed.

use super::Headers;
use object_store::aws::{AmazonS3, AwsAuthorizer};
use object_store::client::{HttpError, HttpErrorKind, HttpRequest};
use std::sync::OnceLock;

/// The header that makes a bucket's website lead on.
const HEADER: &str = "x-amz-website-redirect-location";

/// The header with the hash of the bytes.
const DIGEST: &str = "x-amz-content-sha256";

/// Where an object leads; it travels with the request until the client sees it.
#[derive(Clone)]
pub(super) struct Leads(String);

impl Leads {
    /// The request's companions for an object with these headers.
    pub(super) fn of(headers: &Headers) -> object_store::Extensions {
        let mut extensions = object_store::Extensions::new();
        if let Some(to) = &headers.redirect {
            extensions.insert(Leads(to.clone()));
        }
        extensions
    }
}

/// What signs requests, once it is known.
#[derive(Debug, Default)]
pub(super) struct Signer(OnceLock<(AmazonS3, String)>);

impl Signer {
    /// Signs with the credentials of `store`.
    pub(super) fn know(&self, store: &AmazonS3, region: &str) {
        // It is told once.
        let _ = self.0.set((store.clone(), region.to_owned()));
    }

    /// Adds the header, if the object leads elsewhere.
    pub(super) async fn sign(&self, request: &mut HttpRequest) -> Result<(), HttpError> {
        let Some(Leads(to)) = request.extensions().get::<Leads>().cloned() else { return Ok(()) };
        let Some((store, region)) = self.0.get() else { return Ok(()) };
        let value = to.parse().map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        // The bytes are the same, and so is their hash; it cannot be computed here, where they may be in pieces.
        let digest = request.headers().get(DIGEST).and_then(|digest| hexadecimal(digest.as_bytes()));
        let headers = request.headers_mut();
        headers.insert(HEADER, value);
        headers.remove("authorization");
        let failed = |error| HttpError::new(HttpErrorKind::Unknown, error);
        let credential = store.credentials().get_credential().await.map_err(failed)?;
        let authorizer = AwsAuthorizer::new(&credential, "s3", region).with_sign_payload(digest.is_some());
        authorizer.try_authorize(request, digest.as_deref()).map_err(failed)
    }
}

/// The bytes that hexadecimal digits stand for; `None` if those are words, such as `UNSIGNED-PAYLOAD`.
fn hexadecimal(digits: &[u8]) -> Option<Vec<u8>> {
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::PutPayload;
    use object_store::aws::AmazonS3Builder;

    #[test]
    fn what_leads_elsewhere_is_signed_with_the_hash_of_its_bytes() {
        let builder = AmazonS3Builder::new().with_bucket_name("help").with_access_key_id("a");
        let _ = rustls::crypto::ring::default_provider().install_default();
        let store = builder.with_secret_access_key("b").build().unwrap();
        let signer = Signer::default();
        signer.know(&store, "eu-west-1");
        let pieces: PutPayload = [vec![1, 2], vec![3]].into_iter().flat_map(PutPayload::from).collect();
        let mut request = HttpRequest::new(pieces.into());
        *request.uri_mut() = "https://help.example.org/a".parse().unwrap();
        let hash = "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81";
        request.headers_mut().insert(DIGEST, hash.parse().unwrap());
        let mut headers = Headers::plain("text/html", "no-cache");
        headers.redirect = Some("/b/".to_owned());
        request.extensions_mut().extend(Leads::of(&headers));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(signer.sign(&mut request)).unwrap();
        let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert_eq!((header(HEADER), header(DIGEST)), ("/b/", hash));
        assert!(header("authorization").contains("/eu-west-1/s3/") && header("authorization").contains(HEADER));
        assert_eq!(hexadecimal(b"UNSIGNED-PAYLOAD"), None);
    }
}
