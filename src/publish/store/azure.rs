//! The settings of a container of Azure Blob Storage → the way to it, with the credentials that are found; they are shown
//! nowhere.

use super::super::credentials::{self, Found};
use super::super::objects::{Fault, Objects};
use super::answer::Connector;
use super::{Store, answers, no_retries, options, runtime};
use crate::config::store::Azure;
use anyhow::Context;
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};

/// Where credentials come from.
const CREDENTIALS: &str = "check that these credentials are valid and may list, read, write and delete blobs there; they \
come from the environment (`AZURE_STORAGE_CONNECTION_STRING`, `AZURE_STORAGE_KEY`, `AZURE_STORAGE_SAS_TOKEN`, \
`AZURE_CLIENT_ID` …), from `az login` with `AZURE_USE_AZURE_CLI=true`, or from the machine's identity: see `publish.md`";

/// Variables that make an identity of the machine needless.
const SUFFICIENT: [&str; 8] = [
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_STORAGE_ACCESS_KEY",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_KEY",
    "AZURE_STORAGE_SAS_TOKEN",
    "AZURE_STORAGE_TOKEN",
    "AZURE_USE_AZURE_CLI",
];

/// The way to the container. Nothing is asked of it; a machine that could have an identity is asked for its credentials.
///
/// # Errors
/// There are no credentials, or no account.
pub(crate) fn open(own: &Azure) -> anyhow::Result<impl Objects + use<>> {
    let found = credentials::azure();
    let connection = Connection::of(&found);
    let account = own
        .account
        .as_deref()
        .or(found.value("AZURE_STORAGE_ACCOUNT"))
        .or(found.value("AZURE_STORAGE_ACCOUNT_NAME"))
        .or(connection.get("AccountName"));
    let Some(account) = account else {
        let help = "name it: `account: helpexampleorg`, or in `AZURE_STORAGE_ACCOUNT`";
        return Err(Fault::with_help("there is no storage account for Azure", help).into());
    };
    let mut builder = MicrosoftAzureBuilder::new().with_account(account).with_container_name(&own.bucket.name);
    for (name, text) in found.all() {
        let name = if name == "AZURE_STORAGE_KEY" { "AZURE_STORAGE_ACCOUNT_KEY" } else { name };
        match name.to_ascii_lowercase().parse::<AzureConfigKey>() {
            Ok(AzureConfigKey::AccountName) | Err(_) => {}
            Ok(key) => builder = builder.with_config(key, text),
        }
    }
    let is_own = own.account.as_deref().is_none_or(|account| Some(account) == connection.get("AccountName"));
    let mut machine = !SUFFICIENT.iter().any(|name| found.value(name).is_some());
    for (name, key) in [("AccountKey", AzureConfigKey::AccessKey), ("SharedAccessSignature", AzureConfigKey::SasKey)] {
        if let Some(text) = connection.get(name).filter(|_| machine && is_own) {
            builder = builder.with_config(key, text);
            machine = false;
        }
    }
    let endpoint = own.endpoint.as_deref().or(connection.get("BlobEndpoint").filter(|_| is_own));
    let endpoint = endpoint.map(|address| address.trim_end_matches('/'));
    if let Some(address) = endpoint {
        builder = builder.with_endpoint(address.to_owned());
    }
    let builder = builder
        .with_client_options(options(endpoint))
        .with_http_connector(Connector::default())
        .with_retry(no_retries());
    let runtime = runtime().context("cannot start what requests need")?;
    let store = builder.build().map_err(|error| Fault::with_help(error, CREDENTIALS))?;
    if machine && !answers(&runtime, store.credentials().get_credential()) {
        return Err(Fault::with_help("there are no credentials for Azure Blob Storage", CREDENTIALS).into());
    }
    let at = endpoint.map(|address| format!(" at {}", credentials::redacted(address))).unwrap_or_default();
    let place = format!("azure://{account}/{}/{}{at}", own.bucket.name, own.bucket.prefix);
    Ok(Store::new(store, place, &own.bucket, CREDENTIALS, runtime))
}

/// The parts of a connection string, `AccountName=…;AccountKey=…`.
struct Connection<'f>(Vec<(&'f str, &'f str)>);

impl<'f> Connection<'f> {
    fn of(found: &'f Found) -> Connection<'f> {
        let text = found.value("AZURE_STORAGE_CONNECTION_STRING").unwrap_or_default();
        Connection(text.split(';').filter_map(|part| part.trim().split_once('=')).collect())
    }

    fn get(&self, name: &str) -> Option<&'f str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}
