//! A site that was published → nginx or Apache from Debian in front of the target, and what readers get from it.

use super::sshd::{self, Sshd};
use crate::harness::Site;
use crate::{hosts, server};
use std::fs;
use std::path::Path;

/// Publishes a site with redirects and headers to a target with these settings, and reads it through a web server with
/// `folder`: every link of it answers, every former address leads on, and the next release is there without a word to the server.
fn is_read(site: &Site, host: &str, target: &str, folder: &Path) {
    let settings = fs::read_to_string(site.root().join("site.yaml")).expect("it is there");
    site.write("site.yaml", format!("{settings}publish:\n  web:\n    host: {host}\n{target}"));
    site.run(["publish", "--yes"]).ok();
    let server = if host == "nginx" { server::nginx(folder, "/") } else { server::apache(folder, "/") };
    hosts::serves_all(&server, "/", &site.run(["build", "--for", host]), site);
    let page = "/guides/close/client/";
    assert!(!server.get(page).text().contains("Another way"));
    let text = fs::read_to_string(site.root().join("content/guides/close.md")).expect("it is there");
    site.write("content/guides/close.md", text.replace("How to.", "Another way."));
    site.run(["publish", "--yes"]).ok();
    assert!(server.get(page).text().contains("Another way"));
    hosts::serves_all(&server, "/", &site.run(["build", "--for", host]), site);
}

fn nginx_is_there() -> bool {
    server::is_there("nginx", "/usr/sbin/nginx")
}

#[test]
fn a_folder_behind_nginx_is_read() {
    if nginx_is_there() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let www = folder.path().join("www");
        is_read(&hosts::site("/"), "nginx", &format!("    to: folder\n    path: {}\n", www.display()), &www);
    }
}

/// A target on a server of one's own; `served` is what the web server reads below its folder.
fn by_ssh(host: &str, kind: &str, more: &str, served: &str) {
    let is_there = if host == "nginx" { nginx_is_there() } else { server::is_there("apache2", "/usr/sbin/apache2") };
    if !is_there || !sshd::is_there() {
        return;
    }
    let sshd = Sshd::with("");
    let www = sshd.path().join("www");
    fs::create_dir_all(&www).expect("folders can be made");
    let mut site = hosts::site("/");
    site.env("PATH", &sshd.search_path());
    let (user, port) = (Sshd::user(), sshd.port);
    let target =
        format!("    to: {kind}\n    server: {user}@127.0.0.1\n    port: {port}\n    path: {}\n{more}", www.display());
    is_read(&site, host, &target, &www.join(served));
}

#[test]
fn a_folder_of_releases_behind_nginx_is_read() {
    by_ssh("nginx", "rsync", "", "current");
}

#[test]
fn a_folder_of_releases_by_sftp_behind_nginx_is_read() {
    by_ssh("nginx", "sftp", "    releases: 2\n", "current");
}

#[test]
fn a_folder_filled_by_sftp_behind_nginx_is_read() {
    by_ssh("nginx", "sftp", "", "");
}

#[test]
fn a_folder_of_releases_behind_apache_is_read() {
    by_ssh("apache", "rsync", "", "current");
}
