//! A bucket of an S3 server on loopback → what `publish` does in it, and with which requests.

use super::kit::{self, Place};
use super::moto::Bucket;
use super::stores;

#[test]
fn only_what_changed_is_published() {
    let Some(bucket) = Bucket::new("docs/help/", "") else { return };
    kit::publishes_what_changed(&bucket);
    assert!(bucket.keys().iter().all(|key| key.starts_with("docs/help/")), "{:?}", bucket.keys());
}

#[test]
fn all_files_can_be_put_again() {
    let Some(bucket) = Bucket::new("", "") else { return };
    kit::puts_all_again(&bucket);
}

#[test]
fn foreign_objects_stay() {
    let Some(bucket) = Bucket::new("", "") else { return };
    kit::leaves_what_is_not_ours(&bucket);
}

#[test]
fn a_server_without_conditions_is_published_to_when_that_is_said() {
    let Some(bucket) = Bucket::new("", "    conditional_writes: false\n") else { return };
    kit::leaves_what_is_not_ours(&bucket);
}

#[test]
fn a_server_that_keeps_to_no_conditions_is_found_out() {
    let Some(bucket) = Bucket::new("", "") else { return };
    bucket.door.hides_conditions();
    let site = bucket.site();
    kit::publish(&site).fails(2).says("does not keep to conditions of writes").says("`conditional_writes: false`");
    assert!(!bucket.files().contains_key("index.html"), "nothing was uploaded");
    let text = std::fs::read_to_string(site.root().join("site.yaml")).expect("it is there");
    site.write("site.yaml", text + "    conditional_writes: false\n");
    kit::publish(&site).ok();
    kit::is_published(&site, &bucket);
}

#[test]
fn random_edits_are_published() {
    let Some(bucket) = Bucket::new("", "") else { return };
    kit::random_publishes(&bucket, kit::cases(4), kit::seed());
}

#[test]
fn a_killed_run_does_no_harm() {
    let Some(bucket) = Bucket::new("", "") else { return };
    kit::survives_kills(&bucket, kit::cases(4), kit::seed());
}

#[test]
fn few_requests_are_made() {
    let Some(bucket) = Bucket::new("", "    # long pages\n") else { return };
    stores::few_requests(&bucket);
}

#[test]
fn objects_have_their_headers() {
    let Some(bucket) = Bucket::new("docs/", "    compress: gzip\n") else { return };
    stores::has_headers(&bucket, "x-amz-website-redirect-location");
    let site = bucket.site();
    kit::settings(&site, &bucket, "host: s3\nheaders: {/*: {X-Robots-Tag: noindex, Cache-Control: no-cache}}\n");
    site.run(["build"]).ok().says("host/no-headers").says("`X-Robots-Tag` has no effect on S3");
}

#[test]
fn texts_can_be_stored_with_brotli() {
    let Some(bucket) = Bucket::new("", "    compress: brotli\n") else { return };
    kit::publishes_what_changed(&bucket);
    assert_eq!(stores::Behind::header(&bucket, "index.html", "content-encoding").as_deref(), Some("br"));
}

#[test]
fn a_large_file_goes_in_parts() {
    let Some(bucket) = Bucket::new("", "") else { return };
    stores::takes_large_files(&bucket, "partNumber");
    let begun = bucket.ask("GET", "/help?uploads", b"").body;
    assert!(!String::from_utf8_lossy(&begun).contains("<Upload>"), "nothing is left half");
}

#[test]
fn a_part_of_a_large_file_may_be_lost() {
    let Some(bucket) = Bucket::new("", "    timeout: 10\n") else { return };
    stores::any_part_may_fail(&bucket);
}

#[test]
fn a_bucket_with_thousands_of_foreign_objects_is_published_to() {
    let Some(bucket) = Bucket::new("", "    # long pages\n") else { return };
    for number in 0..1050 {
        bucket.plant(&format!("archive/{number}.txt"), b"mine");
    }
    bucket.plant("fees/index.html", b"mine, too");
    let site = bucket.site();
    bucket.door.requests();
    kit::publish(&site).fails(5).says("publish/foreign").says("fees/index.html");
    let listings = bucket.door.requests().into_iter().filter(|line| line.contains("list-type=2")).count();
    assert_eq!(listings, 2);
    assert_eq!(bucket.keys().len(), 1051, "nothing was put there");
    site.remove("content/fees.md");
    kit::page(&site, "close", "Close your account", "Press the button.");
    kit::publish(&site).ok();
    kit::is_published(&site, &bucket);
    assert!(bucket.keys().len() > 1060);
}

#[test]
fn two_publishers_do_not_disturb_each_other() {
    let Some(bucket) = Bucket::new("", "") else { return };
    stores::two_at_once(&bucket, kit::cases(4));
}

#[test]
fn what_goes_wrong_is_said_without_secrets() {
    let Some(bucket) = Bucket::new("", "    # wrong key\n") else { return };
    let site = bucket.site();
    let run = kit::publish(&site);
    run.fails(2).says("403").says("AWS_ACCESS_KEY_ID").says("`publish.md`").is_silent_about("secret-of-the-test");

    let Some(bucket) = Bucket::new("", "") else { return };
    let mut site = bucket.site();
    let text = format!("title: Guides\nurl: https://example.org/\npublish:\n  web:\n{}", bucket.yaml());
    site.write("site.yaml", text.replace("bucket: help", "bucket: hepl"));
    kit::publish(&site).fails(2).says("NoSuchBucket").says("make the bucket");
    site.write("site.yaml", text);
    site.env("AWS_ACCESS_KEY_ID", "").env("AWS_EC2_METADATA_DISABLED", "true");
    kit::publish(&site).fails(2).says("no credentials").says("AWS_ACCESS_KEY_ID");
    site.env("AWS_PROFILE", "work");
    kit::publish(&site).fails(2).says("no profile `work`");
    std::fs::create_dir_all(site.root().join("../home/.aws")).expect("the home folder can be written");
    site.write("../home/.aws/credentials", "[work]\naws_access_key_id = a\naws_secret_access_key = b\n");
    kit::publish(&site).ok();
    kit::is_published(&site, &bucket);
}

#[test]
fn a_server_that_fails_at_any_request_is_published_to_in_the_end() {
    let Some(bucket) = Bucket::new("", "    timeout: 2\n") else { return };
    stores::any_request_may_fail(&bucket, 4);
}
