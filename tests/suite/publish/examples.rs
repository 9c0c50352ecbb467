//! The settings that the documentation shows → whether they are understood, and whether a site can be published by them to
//! what stands in for the host here.

use super::kit::{self, Place};
use super::moto::Bucket;
use crate::harness::{Site, repository};
use std::fs;

const PAGES: [&str; 2] = ["content/docs/publish.md", "content/docs/publish-your-site.md"];

/// The examples of settings on a page that have targets.
fn examples(page: &str) -> Vec<String> {
    let text = fs::read_to_string(repository(page)).expect("the documentation is there");
    let blocks = text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    // Those in a list are indented as its text is.
    let plain = |block: &str| {
        let indent = block.len() - block.trim_start().len();
        block.lines().map(|line| line.get(indent..).unwrap_or_default().to_owned() + "\n").collect::<String>()
    };
    blocks.map(plain).filter(|block| block.contains("publish:") || block.contains("to: ")).collect()
}

fn site(settings: &str) -> Site {
    let site = Site::new();
    let is_whole = settings.contains("publish:");
    let settings = if is_whole { settings.to_owned() } else { format!("publish:\n{settings}") };
    site.write("site.yaml", format!("title: Help\nurl: https://example.org/help/\n{settings}"));
    kit::page(&site, "index", "Home", "Welcome.");
    site
}

#[test]
fn every_example_of_a_target_is_understood() {
    let all: Vec<String> = PAGES.iter().flat_map(|page| examples(page)).collect();
    assert!(all.len() >= 10, "{all:#?}");
    for example in all {
        // Words in capitals are to be replaced.
        let example =
            example.replace("ACCOUNT", "account").replace("BUCKET", "bucket").replace("REGION", "eu-central-1");
        let run = site(&example).run(["check", "--strict"]);
        assert!(!run.failed(), "{example}\n{run}");
    }
}

#[test]
fn examples_of_buckets_are_published_to() {
    let all = examples(PAGES[0]);
    let kinds = all.iter().find(|example| example.contains("r2:")).expect("it is shown");
    for name in ["r2", "minio", "google"] {
        let Some(bucket) = Bucket::new("", "") else { return };
        let at = kinds.find(&format!("  {name}:\n")).expect("it is shown");
        let lines: Vec<&str> = kinds[at..].lines().collect();
        let own = lines.iter().skip(1).take_while(|line| line.starts_with("    "));
        let door = &bucket.door.address;
        let own = own.map(|line| match line.trim().split_once(": ") {
            Some(("endpoint", address)) => {
                assert!(address.starts_with("https://"), "{address}");
                format!("    endpoint: {door}\n")
            }
            Some(("bucket", _)) => "    bucket: help\n".to_owned(),
            _ => format!("{line}\n"),
        });
        let mut site = site(&format!("publish:\n  {name}:\n{}", own.collect::<String>()));
        for (variable, value) in bucket.environment() {
            site.env(variable, &value);
        }
        kit::publish(&site).ok();
        kit::is_published(&site, &bucket);
        assert!(kit::publish(&site).ok().stdout().contains("Nothing to do"));
    }
}
