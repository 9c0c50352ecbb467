//! A request for an object that leads elsewhere → the same with the header that says so, signed anew: object_store does
//! not know that header, and Amazon takes none that is not signed.

use super::Headers;
use object_store::aws::{AmazonS3, AwsAuthorizer};
use object_store::client::{HttpError, HttpErrorKind, HttpRequest};
use std::sync::OnceLock;

/// The header that makes a bucket's website lead on.
const HEADER: &str = "x-amz-website-redirect-location";

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
        request.headers_mut().insert(HEADER, value);
        request.headers_mut().remove("authorization");
        let failed = |error| HttpError::new(HttpErrorKind::Unknown, error);
        let credential = store.credentials().get_credential().await.map_err(failed)?;
        AwsAuthorizer::new(&credential, "s3", region).try_authorize(request, None).map_err(failed)
    }
}
