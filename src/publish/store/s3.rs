//! The settings of a bucket → the way to it, with the credentials that are found; they are shown nowhere.

use super::super::credentials;
use super::super::objects::{Fault, Objects};
use super::answer::Connector;
use super::sign::Signer;
use super::{Store, answers, no_retries, options, profile, runtime};
use crate::config::store::{Addressing, S3};
use anyhow::Context;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use std::path::Path;
use std::sync::Arc;

/// Where credentials come from.
const CREDENTIALS: &str = "check that these credentials are valid and may list, read, write and delete objects there; \
they come from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`), from a profile of `~/.aws/credentials` or \
from the machine's role: see `publish.md`";

/// The region where none is given, as all clients have it.
const REGION: &str = "us-east-1";

/// The way to the bucket. Nothing is asked of it; a machine that could have a role is asked for its credentials.
///
/// # Errors
/// There are no credentials, or a profile that cannot be used.
pub(crate) fn open(own: &S3, home: Option<&Path>) -> anyhow::Result<impl Objects + use<>> {
    let found = credentials::aws();
    let value = |name: &str| found.value(name);
    let keys = value("AWS_ACCESS_KEY_ID").is_some() && value("AWS_SECRET_ACCESS_KEY").is_some();
    let named = own.profile.as_deref().or(value("AWS_PROFILE"));
    let profile = profile::read(home, &value, named)?;
    // A profile that the settings name is meant; else what the environment says comes first.
    let profiled = own.profile.is_some() || !keys;
    let mut builder = AmazonS3Builder::new();
    let mut set = |key: AmazonS3ConfigKey, text: &str| {
        builder = std::mem::take(&mut builder).with_config(key, text);
    };
    let from_profile = profile.keys.as_ref().filter(|_| profiled);
    let mut machine = false;
    if let Some(keys) = from_profile {
        set(AmazonS3ConfigKey::AccessKeyId, &keys.id);
        set(AmazonS3ConfigKey::SecretAccessKey, &keys.secret);
        keys.token.iter().for_each(|token| set(AmazonS3ConfigKey::Token, token));
    } else if let Some(why) = profile.unusable.as_ref().filter(|_| profiled && named.is_some()) {
        return Err(Fault::with_help(why, "put its credentials into the environment, or name another `profile`").into());
    } else {
        machine = !keys;
        for (name, text) in found.all() {
            if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
                machine &= !matches!(
                    key,
                    AmazonS3ConfigKey::WebIdentityTokenFile
                        | AmazonS3ConfigKey::ContainerCredentialsRelativeUri
                        | AmazonS3ConfigKey::ContainerCredentialsFullUri
                );
                // Half a key is none.
                let is_key = matches!(
                    key,
                    AmazonS3ConfigKey::AccessKeyId | AmazonS3ConfigKey::SecretAccessKey | AmazonS3ConfigKey::Token
                );
                if keys || !is_key {
                    set(key, text);
                }
            }
        }
    }
    let region = own.region.as_deref().or(value("AWS_REGION")).or(value("AWS_DEFAULT_REGION"));
    let region = region.or(profile.region.as_deref()).unwrap_or(REGION);
    set(AmazonS3ConfigKey::Region, region);
    let endpoint = own.endpoint.as_deref().or(value("AWS_ENDPOINT_URL_S3")).or(value("AWS_ENDPOINT_URL"));
    let endpoint = endpoint.map(|address| address.trim_end_matches('/'));
    if let Some(address) = endpoint {
        set(AmazonS3ConfigKey::Endpoint, &addressed(address, own));
    }
    let signer = Arc::new(Signer::default());
    let builder = builder
        .with_bucket_name(&own.bucket.name)
        .with_virtual_hosted_style_request(own.addressing == Addressing::Host)
        .with_disable_bulk_delete(true)
        .with_client_options(options(endpoint))
        .with_http_connector(Connector::with(Arc::clone(&signer)))
        .with_retry(no_retries());
    let runtime = runtime().context("cannot start what requests need")?;
    let store = builder.build().map_err(|error| Fault::with_help(error, CREDENTIALS))?;
    signer.know(&store, region);
    if machine {
        let forbidden = value("AWS_EC2_METADATA_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let has_role = !forbidden && answers(&runtime, store.credentials().get_credential());
        if !has_role {
            return Err(Fault::with_help("there are no credentials for Amazon S3", CREDENTIALS).into());
        }
    }
    let at = endpoint.map(|address| format!(" at {}", credentials::redacted(address))).unwrap_or_default();
    let place = format!("s3://{}/{}{at}", own.bucket.name, own.bucket.prefix);
    let made = Store::new(store, place, &own.bucket, CREDENTIALS, runtime);
    Ok(Store { conditions: own.conditions, ..made })
}

/// The endpoint as it stands in addresses.
fn addressed(address: &str, own: &S3) -> String {
    match (own.addressing, address.split_once("://")) {
        (Addressing::Host, Some((scheme, host))) => format!("{scheme}://{}.{host}", own.bucket.name),
        _ => address.to_owned(),
    }
}
