//! Every kind of target → fifty random publishes and fifty killed runs, fifty moments at which the line to it breaks, and every
//! request that a store may leave without an answer: minutes each.

use super::folder::Folder;
use super::git::Branch;
use super::kit::{Place, cases, random_publishes, seed, survives_kills};
#[cfg(feature = "object-store")]
use super::{azurite, gcs, moto, s3s, stores};
use super::{releases, rsync, sftp};

/// Fifty of each, at two places.
fn fifty<P: Place>(mut place: impl FnMut() -> Option<P>) {
    place().iter().for_each(|place| random_publishes(place, cases(50), seed()));
    place().iter().for_each(|place| survives_kills(place, cases(50), seed()));
}

#[test]
#[ignore = "minutes"]
fn fifty_publishes_to_a_folder_and_fifty_kills() {
    fifty(|| Some(Folder::new()));
}

#[test]
#[ignore = "minutes"]
fn fifty_publishes_to_a_branch_and_fifty_kills() {
    fifty(|| Some(Branch::new()));
}

#[test]
#[ignore = "minutes"]
fn fifty_publishes_by_rsync_and_fifty_kills() {
    fifty(rsync::Releases::new);
}

#[test]
#[ignore = "minutes"]
fn fifty_publishes_by_sftp_and_fifty_kills() {
    fifty(sftp::Folder::new);
}

#[test]
#[ignore = "minutes"]
fn fifty_publishes_of_releases_by_sftp_and_fifty_kills() {
    fifty(releases::new);
}

#[test]
#[ignore = "minutes"]
fn fifty_publishes_to_rclone_and_fifty_kills() {
    fifty(sftp::Folder::of_rclone);
}

#[cfg(feature = "object-store")]
#[test]
#[ignore = "minutes"]
fn fifty_publishes_to_a_bucket_and_fifty_kills() {
    // Short pages of listings and long ones, as they are stored and compressed.
    moto::Bucket::new("", "    compress: gzip\n").iter().for_each(|bucket| random_publishes(bucket, cases(50), seed()));
    moto::Bucket::new("docs/", "    # long pages\n")
        .iter()
        .for_each(|bucket| survives_kills(bucket, cases(50), seed()));
}

#[cfg(feature = "object-store")]
#[test]
#[ignore = "minutes"]
fn fifty_publishes_to_a_bucket_with_signatures_and_fifty_kills() {
    fifty(s3s::Bucket::new);
}

#[cfg(feature = "object-store")]
#[test]
#[ignore = "minutes"]
fn fifty_publishes_to_googles_store_and_fifty_kills() {
    fifty(|| Some(gcs::Bucket::new("docs/", "")));
}

#[cfg(feature = "object-store")]
#[test]
#[ignore = "minutes"]
fn fifty_publishes_to_azure_and_fifty_kills() {
    fifty(|| azurite::Container::new("docs/", ""));
}

#[cfg(feature = "object-store")]
#[test]
#[ignore = "minutes"]
fn every_request_to_a_store_may_stay_without_an_answer() {
    stores::any_request_may_fail(&gcs::Bucket::new("", "    timeout: 2\n"), 1);
    moto::Bucket::new("", "    timeout: 2\n").iter().for_each(|bucket| stores::any_request_may_fail(bucket, 1));
    azurite::Container::new("", "    timeout: 2\n").iter().for_each(|place| stores::any_request_may_fail(place, 1));
}
