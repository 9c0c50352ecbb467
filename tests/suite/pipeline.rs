//! `guidepost new --ci` → the files that it makes, read as a service would, and the commands in them that can run here.

use crate::harness::{Run, Site};
use serde_json::Value;
use std::fs;

/// What services put into the variables that the files use.
const VARIABLES: [(&str, &str); 4] = [
    ("${{ steps.pages.outputs.base_url }}", "https://me.example/help"),
    ("$CI_PAGES_URL", "https://me.example/help"),
    ("$address", "https://me.example/help"),
    ("\"", ""),
];

fn yaml(site: &Site, path: &str) -> Value {
    let text = fs::read_to_string(site.root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert!(!text.contains("{{repository}}") && !text.contains("{{in}}") && !text.contains("{{root}}"), "{text}");
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn toml(site: &Site, path: &str) -> Value {
    let text = fs::read_to_string(site.root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    basic_toml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The lines of a script.
fn lines(script: &Value) -> Vec<String> {
    let texts: Vec<&str> = match script {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        script => script.as_str().into_iter().collect(),
    };
    texts.into_iter().flat_map(str::lines).map(|line| line.trim().to_owned()).collect()
}

/// Every command of a workflow's steps.
fn steps(workflow: &Value) -> Vec<String> {
    let steps = workflow["jobs"]["publish"]["steps"].as_array().expect("a job has steps");
    steps.iter().flat_map(|step| lines(&step["run"])).collect()
}

/// Installs by the line that everybody would type, then runs Guidepost's own commands in the repository's root.
fn runs(site: &Site, commands: &[String]) {
    let repository = env!("CARGO_PKG_REPOSITORY");
    let installs = commands.iter().find(|line| line.contains("cargo install")).expect("Guidepost is installed");
    assert!(installs.contains(&format!("cargo install --locked --git {repository}")), "{installs}");
    assert!(installs.ends_with(" guidepost"), "{installs}");
    let own: Vec<&String> = commands.iter().filter(|line| line.starts_with("guidepost ")).collect();
    let kinds: Vec<&str> = own.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(kinds, ["check", "build"], "{own:?}");
    for line in own {
        let filled = VARIABLES.iter().fold(line.clone(), |line, (name, value)| line.replace(name, value));
        assert!(!filled.contains('$'), "{filled}");
        let words: Vec<&str> = filled.split(' ').skip(1).collect();
        let output = site.command("").args(&words).output().expect("the program can be started");
        assert!(output.status.success(), "{filled}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(site.root().join("public/index.html").is_file());
}

fn new<const N: usize>(arguments: [&str; N]) -> (Site, Run) {
    let site = Site::empty();
    let run = site.run(arguments);
    run.ok();
    (site, run)
}

#[test]
fn a_site_for_github_pages_is_built_by_its_workflow() {
    let (site, run) = new(["new", ".", "--ci", "github"]);
    run.says("site.yaml").says(".github/workflows/pages.yml").says("push");
    let workflow = yaml(&site, ".github/workflows/pages.yml");
    assert_eq!(workflow["permissions"]["pages"], "write");
    let text = workflow.to_string();
    assert!(text.contains("~/.cargo/registry") && text.contains("\"path\":\".guidepost\""), "{text}");
    runs(&site, &steps(&workflow));
    let home = fs::read_to_string(site.root().join("public/index.html")).expect("the site was built");
    assert!(home.contains("https://me.example/help/"), "{home}");
}

#[test]
fn a_site_for_gitlab_pages_is_built_by_its_pipeline() {
    let (site, _) = new(["new", ".", "--ci", "gitlab"]);
    let pipeline = yaml(&site, ".gitlab-ci.yml");
    assert_eq!(pipeline["pages"]["artifacts"]["paths"][0], "public");
    let cached = pipeline["cache"]["paths"].as_array().expect("paths are cached");
    assert!(cached.contains(&Value::from(".guidepost")) && cached.contains(&Value::from(".cargo-home/registry")));
    let mut commands = lines(&pipeline["before_script"]);
    commands.extend(lines(&pipeline["pages"]["script"]));
    runs(&site, &commands);
}

#[test]
fn a_site_for_netlify_is_built_by_its_settings() {
    let (site, _) = new(["new", ".", "--ci", "netlify"]);
    let settings = toml(&site, "netlify.toml");
    assert_eq!(settings["build"]["publish"], "public");
    let script = &settings["build"]["command"];
    runs(&site, &lines(script));
    assert!(site.root().join("public/_redirects").is_file());
    // The whole script, with a `cargo` that has nothing to do.
    let bin = site.root().join("kept/guidepost/bin");
    fs::create_dir_all(&bin).expect("the temporary folder can be written");
    for (name, text) in [("cargo", "#!/bin/sh\nexit 0\n".to_owned()), ("guidepost", String::new())] {
        let file = bin.join(name);
        match name {
            "cargo" => fs::write(&file, text).expect("the temporary folder can be written"),
            _ => drop(fs::copy(env!("CARGO_BIN_EXE_guidepost"), &file).expect("the program can be copied")),
        }
        #[cfg(unix)]
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("the file is ours");
    }
    for run in 0..2 {
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = std::process::Command::new("bash");
        shell.arg("-c").arg(script.as_str().expect("a script is text")).current_dir(site.root()).env("PATH", path);
        shell.env("NETLIFY_CACHE_DIR", site.root().join("kept")).env("CONTEXT", "production");
        let output = shell.env("URL", "https://me.example").output().expect("a shell can be started");
        assert!(output.status.success(), "run {run}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(site.root().join("kept/guidepost/site/outlines").is_file(), "the cache is kept");
    }
}

#[test]
fn a_site_for_cloudflare_pages_is_built_by_a_workflow() {
    let (site, run) = new(["new", "help me", "--ci", "cloudflare"]);
    run.says("help me/wrangler.toml");
    let workflow = yaml(&site, "help me/.github/workflows/cloudflare.yml");
    let settings = toml(&site, "help me/wrangler.toml");
    assert_eq!((&settings["name"], &settings["pages_build_output_dir"]), (&"help-me".into(), &"public".into()));
    let inner = Site::copied(&site.root().join("help me"), &[]);
    runs(&inner, &steps(&workflow));
    assert!(inner.root().join("public/_headers").is_file());
}

#[test]
fn a_site_in_a_folder_of_a_repository_is_built_from_its_root() {
    let site = Site::empty();
    site.write(".git/HEAD", "ref: refs/heads/main\n");
    site.run(["new", "docs/help"]).ok();
    let run = site.run(["new", "docs/help", "--ci", "gitlab"]);
    run.ok().says(".gitlab-ci.yml").is_silent_about("content/index.md");
    let pipeline = yaml(&site, ".gitlab-ci.yml");
    assert_eq!(pipeline["cache"]["paths"][5], "docs/help/.guidepost");
    let mut commands = lines(&pipeline["before_script"]);
    commands.extend(lines(&pipeline["pages"]["script"]));
    runs(&site, &commands);
    assert!(site.root().join("docs/help/.guidepost").is_dir());
}

#[test]
fn a_pipeline_is_never_overwritten() {
    let site = Site::new();
    site.write("content/index.md", "---\ntitle: Home\n---\nText.\n").write(".gitlab-ci.yml", "mine: {}\n");
    let run = site.run(["new", ".", "--ci", "gitlab"]);
    run.fails(2).says(".gitlab-ci.yml is there already").says("rename it");
    assert_eq!(fs::read_to_string(site.root().join(".gitlab-ci.yml")).expect("it is there"), "mine: {}\n");
    site.write("wrangler.toml", "");
    site.run(["new", ".", "--ci", "cloudflare"]).fails(2).says("wrangler.toml");
    assert!(!site.root().join(".github").exists(), "all of it, or nothing");
    site.run(["new", ".", "--ci", "jenkins"]).fails(2).says("github, gitlab, netlify, cloudflare");
}
