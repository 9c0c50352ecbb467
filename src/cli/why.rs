//! `guidepost why`: a file or an address → what depends on what, on stdout.

use super::Exit;
use super::request::{self, Hosts, What};
use super::tell::stdout;
use crate::facts::Ask;
use crate::ledger::Reason;
use crate::output::why::{Explained, Why, why};
use crate::project::Request;
use crate::site::View;
use crate::site::route::Recipe;
use std::io::{self, Write};
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    hosts: Hosts,
    /// A file of the project, or an address of the site
    #[arg(value_name = "PATH|URL")]
    subject: String,
    /// The output folder [default: `public` in the site's folder]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

const EXAMPLES: &str = "\
An output depends on the answers to the questions that it asked while it was rendered. The next \
build renders those of which an answer has changed, and keeps the rest.

Examples:
  guidepost why /upwork/delete-account/client/
  guidepost why content/upwork/delete-account.md
  guidepost why templates/components/alert.html";

/// How many outputs are explained in full.
const MOST: usize = 5;

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let request = Request { hosts: arguments.hosts.named(), ..arguments.what.request()? };
    let out = request::out(arguments.out.as_deref())?;
    let found = why(&request, &out, &arguments.subject, &|_| {})?;
    stdout(|to| match &found {
        Why::Nothing(reason) => writeln!(to, "{reason}"),
        Why::Outputs(outputs) => {
            for output in outputs.iter().take(MOST) {
                explain(to, output)?;
            }
            if outputs.len() > MOST {
                writeln!(to, "and {} more outputs:", outputs.len() - MOST)?;
                for output in &outputs[MOST..] {
                    writeln!(to, "  {} ({})", output.url, state(output))?;
                }
            }
            Ok(())
        }
    })?;
    Ok(if matches!(found, Why::Nothing(_)) { Exit::Site } else { Exit::Fine })
}

fn explain(to: &mut dyn Write, output: &Explained) -> io::Result<()> {
    writeln!(to, "{} — {}", output.url, recipe(&output.recipe))?;
    writeln!(to, "  next build  {}", state(output))?;
    for (index, path) in output.sources().iter().enumerate() {
        writeln!(to, "  {:<10}  {path}", if index == 0 { "made from" } else { "" })?;
    }
    for (index, (ask, same)) in output.asked.iter().enumerate() {
        let mark = if *same { "" } else { "  (changed)" };
        writeln!(to, "  {:<10}  {}{mark}", if index == 0 { "asked for" } else { "" }, question(ask))?;
    }
    Ok(())
}

fn state(output: &Explained) -> String {
    output.stale.as_ref().map_or_else(|| "keeps it".to_owned(), |reason| format!("renders it: {}", because(reason)))
}

/// Why an output is rendered.
pub(super) fn because(reason: &Reason) -> String {
    match reason {
        Reason::New => "it was not there before".to_owned(),
        Reason::Recipe => "it is made in another way".to_owned(),
        Reason::File => "its file is gone or was changed by hand".to_owned(),
        Reason::Answer(ask) => format!("{} changed", question(ask)),
    }
}

fn view(view: &View) -> String {
    match view {
        View::Plain => "page".to_owned(),
        View::Overview => "overview".to_owned(),
        View::Option(id) => format!("page for `{id}`"),
        View::Single => "page for all account types".to_owned(),
        View::Print => "print page".to_owned(),
    }
}

fn recipe(recipe: &Recipe) -> String {
    match recipe {
        Recipe::Page(path, which) => format!("{} of {path}", view(which)),
        Recipe::Folder(path) => format!("list of the folder {path}, which has no index.md"),
        Recipe::Faq(_) => "list of questions".to_owned(),
        Recipe::AllGuides(_) => "list of all guides".to_owned(),
        Recipe::NotFound => "page for missing addresses".to_owned(),
        Recipe::Redirect(_) => "redirect".to_owned(),
        Recipe::Feed => "feed".to_owned(),
        Recipe::Sitemap | Recipe::SitemapPart(_) => "sitemap".to_owned(),
        Recipe::Robots => "robots.txt".to_owned(),
        Recipe::NoJekyll => "marker for GitHub Pages".to_owned(),
        Recipe::Host(_) => "rules for a host".to_owned(),
        Recipe::Copy(path) => format!("copy of {path}"),
        Recipe::Theme(path) => format!("published form of {path}"),
    }
}

/// A question in words.
pub(super) fn question(ask: &Ask) -> String {
    match ask {
        Ask::Config => "the settings in site.yaml".to_owned(),
        Ask::Hosts => "what hosts are told: headers, and addresses that moved".to_owned(),
        Ask::Words(language) => format!("the theme's words in `{language}`"),
        Ask::Template(name) => format!("the template {name} and what it reaches"),
        Ask::Component(name) => format!("the component {name} and what it reaches"),
        Ask::HasTemplate(name) => format!("whether there is a template {name}"),
        Ask::Front(path) => format!("the front matter of {path}"),
        Ask::Body(path, which) => format!("the text of {path}, for its {}", view(which)),
        Ask::Text(path) => format!("every byte of {path}"),
        Ask::Splices(path) => format!("the snippets in {path}"),
        Ask::Placement(path) => format!("the place of {path} in the site"),
        Ask::Shape(path, which) => format!("the headings and steps of {path}, for its {}", view(which)),
        Ask::Counts(path) => format!("how many steps each account type has in {path}"),
        Ask::Card(path) => format!("the title and description of {path}"),
        Ask::Name(path) => format!("the title and addresses of {path}"),
        Ask::Crumbs(folder) => format!("the way to {folder}"),
        Ask::Menu(folder) => format!("the menu of {folder}"),
        Ask::Neighbours(path) => format!("what stands before and behind {path}"),
        Ask::Children(folder) => format!("what is in {folder}"),
        Ask::Link(link) => {
            let anchor = if link.fragment.is_empty() { String::new() } else { format!("#{}", link.fragment) };
            format!("where a link to {}{anchor} leads", link.to)
        }
        Ask::Asset(path) => format!("the address and size of {path}"),
        Ask::Styles => "the theme's stylesheets and scripts".to_owned(),
        Ask::Nav => "which lists the site has".to_owned(),
        Ask::Home => "the sections and featured guides".to_owned(),
        Ask::Faqs(_) => "the site's questions".to_owned(),
        Ask::Firsts(path) => format!("where the questions of {path} stand first"),
        Ask::AllGuides(_) => "the titles of all guides".to_owned(),
        Ask::Feed => "the newest pages".to_owned(),
        Ask::Sitemap(_) => "the site's addresses".to_owned(),
        Ask::Due(day) => format!("whether {day} has come"),
    }
}
