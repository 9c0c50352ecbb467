//! A site and a place to publish it to → what is there afterwards, whatever went wrong on the way.
//!
//! `kit` has the stories that every kind of target must pass; a kind brings a [`kit::Place`] and calls them.

mod folder;
mod git;
pub(crate) mod kit;
mod policies;
mod protocol;
#[cfg(all(unix, feature = "object-store"))]
mod proxy;
#[cfg(unix)]
mod rsync;
#[cfg(all(unix, feature = "object-store"))]
mod s3;
#[cfg(unix)]
mod sshd;

#[cfg(not(feature = "object-store"))]
#[test]
fn a_program_without_object_stores_says_so() {
    let site = crate::harness::Site::new();
    site.write("site.yaml", "title: T\nurl: https://example.org/\npublish: {web: {to: s3, bucket: help}}\n");
    site.run(["build"]).ok();
    site.run(["publish", "--yes"]).fails(2).says("feature `object-store`").says("--features object-store");
}
