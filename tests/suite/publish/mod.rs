//! A site and a place to publish it to → what is there afterwards, whatever went wrong on the way.
//!
//! `kit` has the stories that every kind of target must pass; a kind brings a [`kit::Place`] and calls them.

#[cfg(all(unix, feature = "object-store"))]
mod azurite;
#[cfg(unix)]
mod behind;
#[cfg(all(unix, feature = "object-store"))]
mod examples;
mod folder;
#[cfg(all(unix, feature = "object-store"))]
mod gcs;
mod git;
#[cfg(all(unix, feature = "object-store"))]
mod http;
pub(crate) mod kit;
mod lease;
#[cfg(unix)]
mod line;
#[cfg(unix)]
mod long;
#[cfg(all(unix, feature = "object-store"))]
mod moto;
mod policies;
mod protocol;
#[cfg(all(unix, feature = "object-store"))]
mod proxy;
#[cfg(unix)]
mod releases;
#[cfg(all(target_os = "linux", feature = "object-store"))]
mod remotes;
#[cfg(unix)]
mod rsync;
#[cfg(all(unix, feature = "object-store"))]
mod s3;
#[cfg(all(unix, feature = "object-store"))]
mod s3s;
#[cfg(unix)]
mod sftp;
#[cfg(unix)]
mod sshd;
#[cfg(all(unix, feature = "object-store"))]
mod stores;
#[cfg(unix)]
mod takeover;
#[cfg(target_os = "linux")]
mod terminal;

#[cfg(not(feature = "object-store"))]
#[test]
fn a_program_without_object_stores_says_so() {
    let site = crate::harness::Site::new();
    site.write("site.yaml", "title: T\nurl: https://example.org/\npublish: {web: {to: s3, bucket: help}}\n");
    site.run(["build"]).ok();
    site.run(["publish", "--yes"]).fails(2).says("feature `object-store`").says("--features object-store");
}
