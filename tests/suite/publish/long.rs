//! Every kind of target that needs no service of others → fifty random publishes and fifty killed runs: minutes each.

use super::folder::Folder;
use super::git::Branch;
use super::kit::{cases, random_publishes, seed, survives_kills};
use super::{releases, rsync, sftp};

#[test]
#[ignore = "minutes"]
fn fifty_publishes_to_a_folder_and_fifty_kills() {
    random_publishes(&Folder::new(), cases(50), seed());
    survives_kills(&Folder::new(), cases(50), seed());
}

#[test]
#[ignore = "minutes"]
fn fifty_publishes_to_a_branch_and_fifty_kills() {
    random_publishes(&Branch::new(), cases(50), seed());
    survives_kills(&Branch::new(), cases(50), seed());
}

#[test]
#[ignore = "minutes"]
fn fifty_publishes_by_rsync_and_fifty_kills() {
    rsync::Releases::new().iter().for_each(|releases| random_publishes(releases, cases(50), seed()));
    rsync::Releases::new().iter().for_each(|releases| survives_kills(releases, cases(50), seed()));
}

#[test]
#[ignore = "minutes"]
fn fifty_publishes_by_sftp_and_fifty_kills() {
    sftp::Folder::new().iter().for_each(|folder| random_publishes(folder, cases(50), seed()));
    sftp::Folder::new().iter().for_each(|folder| survives_kills(folder, cases(50), seed()));
}

#[test]
#[ignore = "minutes"]
fn fifty_publishes_of_releases_by_sftp_and_fifty_kills() {
    releases::new().iter().for_each(|releases| random_publishes(releases, cases(50), seed()));
    releases::new().iter().for_each(|releases| survives_kills(releases, cases(50), seed()));
}

#[test]
#[ignore = "minutes"]
fn fifty_publishes_to_rclone_and_fifty_kills() {
    sftp::Folder::of_rclone().iter().for_each(|folder| random_publishes(folder, cases(50), seed()));
    sftp::Folder::of_rclone().iter().for_each(|folder| survives_kills(folder, cases(50), seed()));
}
