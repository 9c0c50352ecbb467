//! The settings of a bucket of Google Cloud Storage → the way to it, with the credentials that are found; they are shown
//! nowhere.

use super::super::credentials;
use super::super::objects::{Fault, Objects};
use super::answer::Connector;
use super::{Store, Versions, answers, no_retries, options, runtime};
use crate::config::store::Gcs;
use anyhow::Context;
use object_store::gcp::GoogleCloudStorageBuilder;
use std::path::Path;

/// Where credentials come from.
const CREDENTIALS: &str = "check that these credentials are valid and may list, read, write and delete objects there; \
they come from `GOOGLE_OAUTH_ACCESS_TOKEN`, from the file that `GOOGLE_APPLICATION_CREDENTIALS` names, from \
`gcloud auth application-default login` or from the machine's role: see `publish.md`";

/// The file that `gcloud auth application-default login` writes, from the home folder.
const LOGIN: &str = ".config/gcloud/application_default_credentials.json";

/// The way to the bucket. Nothing is asked of it; a machine that could have a role is asked for its credentials.
///
/// # Errors
/// There are no credentials, or a file of them that cannot be used.
pub(crate) fn open(own: &Gcs, home: Option<&Path>) -> anyhow::Result<impl Objects + use<>> {
    let found = credentials::google();
    let mut builder = GoogleCloudStorageBuilder::new();
    let token = found.value("GOOGLE_OAUTH_ACCESS_TOKEN").or(found.value("CLOUDSDK_AUTH_ACCESS_TOKEN"));
    let login = home.is_some_and(|home| home.join(LOGIN).exists());
    let machine =
        match (token, found.value("GOOGLE_SERVICE_ACCOUNT_KEY"), found.value("GOOGLE_APPLICATION_CREDENTIALS")) {
            (Some(token), _, _) => {
                builder = builder.with_bearer_token(token);
                false
            }
            (None, Some(key), _) => {
                builder = builder.with_service_account_key(key);
                false
            }
            (None, None, Some(path)) => {
                builder = builder.with_application_credentials(path);
                false
            }
            (None, None, None) => !login,
        };
    if let Some(address) = &own.endpoint {
        builder = builder.with_base_url(address);
    }
    let builder = builder
        .with_bucket_name(&own.bucket.name)
        .with_client_options(options(own.endpoint.as_deref()))
        .with_http_connector(Connector::default())
        .with_retry(no_retries());
    let runtime = runtime().context("cannot start what requests need")?;
    let store = builder.build().map_err(|error| Fault::with_help(error, CREDENTIALS))?;
    if machine && !answers(&runtime, store.credentials().get_credential()) {
        return Err(Fault::with_help("there are no credentials for Google Cloud Storage", CREDENTIALS).into());
    }
    let at = own.endpoint.as_ref().map(|address| format!(" at {}", credentials::redacted(address)));
    let place = format!("gs://{}/{}{}", own.bucket.name, own.bucket.prefix, at.unwrap_or_default());
    let made = Store::new(store, place, &own.bucket, CREDENTIALS, runtime);
    Ok(Store { versions: Versions::Number, ..made })
}
