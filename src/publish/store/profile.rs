//! `~/.aws/credentials` and `~/.aws/config` → the keys and the region of one profile; nothing of them is ever shown.

use super::super::objects::Fault;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What a profile has.
#[derive(Default)]
pub(super) struct Profile {
    pub(super) keys: Option<Keys>,
    pub(super) region: Option<String>,
    /// Why it has no keys, if it has something else in their place, or is not there.
    pub(super) unusable: Option<String>,
}

/// An access key.
pub(super) struct Keys {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) token: Option<String>,
}

/// Other ways to keys, which only Amazon's own tools know.
const INDIRECT: [&str; 4] = ["credential_process", "sso_session", "sso_start_url", "role_arn"];

/// The profile `named`, or the default one. `value` gives variables of the environment.
///
/// # Errors
/// One of its files cannot be read.
pub(super) fn read<'v>(
    home: Option<&Path>,
    value: &dyn Fn(&str) -> Option<&'v str>,
    named: Option<&str>,
) -> Result<Profile, Fault> {
    let file = |variable: &str, name: &str| {
        let own = value(variable).map(PathBuf::from);
        own.or_else(|| home.map(|home| home.join(".aws").join(name))).map_or(Ok(String::new()), |path| text(&path))
    };
    let credentials = file("AWS_SHARED_CREDENTIALS_FILE", "credentials")?;
    let config = file("AWS_CONFIG_FILE", "config")?;
    Ok(profile(&credentials, &config, named.unwrap_or("default")))
}

fn text(path: &Path) -> Result<String, Fault> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(String::new()),
        Err(error) => Err(Fault::fatal(format!("cannot read {}: {error}", path.display()))),
    }
}

fn profile(credentials: &str, config: &str, name: &str) -> Profile {
    let mut found = section(config, &[name, &format!("profile {name}")]);
    let is_there = !found.is_empty();
    let own = section(credentials, &[name]);
    let is_there = is_there || !own.is_empty();
    found.extend(own);
    let keys = found.get("aws_access_key_id").zip(found.get("aws_secret_access_key"));
    let keys = keys.map(|(id, secret)| Keys {
        id: (*id).to_owned(),
        secret: (*secret).to_owned(),
        token: found.get("aws_session_token").map(|token| (*token).to_owned()),
    });
    let indirect = INDIRECT.iter().find(|key| found.contains_key(**key));
    let unusable = match (&keys, indirect) {
        (Some(_), _) => None,
        (None, Some(key)) => Some(format!("the profile `{name}` has `{key}`, which Guidepost cannot follow")),
        (None, None) if is_there => Some(format!("the profile `{name}` has no access key")),
        (None, None) => Some(format!("there is no profile `{name}` in `~/.aws`")),
    };
    Profile { keys, region: found.get("region").map(|region| (*region).to_owned()), unusable }
}

/// The keys and values of the sections with one of these names.
fn section<'t>(text: &'t str, names: &[&str]) -> BTreeMap<&'t str, &'t str> {
    let mut found = BTreeMap::new();
    let mut inside = false;
    for line in text.lines() {
        let plain = line.trim();
        if plain.starts_with(['#', ';']) {
            continue;
        }
        if let Some(head) = plain.strip_prefix('[') {
            let head = head.split(']').next().unwrap_or_default();
            let head = head.split_whitespace().collect::<Vec<_>>().join(" ");
            inside = names.contains(&&*head);
        } else if inside
            // What is indented belongs to a setting of another tool.
            && !line.starts_with([' ', '\t'])
            && let Some((key, value)) = plain.split_once('=')
        {
            found.insert(key.trim(), value.trim());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREDENTIALS: &str = "# mine\n[default]\naws_access_key_id = one\naws_secret_access_key=two=\n\n\
        [site]\naws_access_key_id=three\naws_secret_access_key = four\naws_session_token = five\n";
    const CONFIG: &str = "[default]\nregion = eu-west-1\ns3 =\n  region = no\n[profile  site]\nregion=auto\n\
        [profile work]\nsso_session = x\n";

    #[test]
    fn a_profile_is_read_from_both_files() {
        let read = |name| {
            let Profile { keys, region, unusable } = profile(CREDENTIALS, CONFIG, name);
            (keys.map(|keys| (keys.id, keys.secret, keys.token)), region, unusable)
        };
        let owned = |text: &str| Some(text.to_owned());
        assert_eq!(read("default"), (Some(("one".into(), "two=".into(), None)), owned("eu-west-1"), None));
        assert_eq!(read("site"), (Some(("three".into(), "four".into(), owned("five"))), owned("auto"), None));
        assert!(read("work").2.unwrap().contains("`sso_session`"));
        assert!(read("none").2.unwrap().contains("no profile `none`"));
    }
}
