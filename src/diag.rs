//! A mistake in the author's site → a value that says what, where and what to type; never prints, never aborts.

mod merge;
mod nearest;

pub use merge::merged;
pub use nearest::nearest;

use crate::path::SitePath;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bytes `start..end` of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end`.
    pub fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    /// The span as a range for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl From<std::ops::Range<usize>> for Span {
    fn from(range: std::ops::Range<usize>) -> Span {
        Span::new(range.start, range.end)
    }
}

/// A span of one of the site's files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The file.
    pub path: SitePath,
    /// Its bytes. An empty span at 0 stands for the whole file.
    pub span: Span,
}

/// How much a diagnostic weighs. Never changes a byte of the output, only the exit code and whether it is committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Not shown.
    Off,
    /// Shown; the build succeeds unless `--strict` is given.
    Warn,
    /// The build fails.
    Error,
}

/// One mistake, at one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Where.
    pub place: Place,
    /// What kind of mistake.
    pub code: Code,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// A word or two at the caret; empty if the message says it all.
    pub label: String,
    /// What to do or to type.
    pub help: Option<String>,
    /// Text that mends it, to stand in place of the span.
    pub fix: Option<Fix>,
    /// Other places that belong to it, each with a word on why.
    pub related: Vec<(Place, String)>,
    /// Ids of the account types whose pages meet it; empty if all do, or if it is no matter of account types.
    pub variants: Vec<String>,
}

/// An edit that mends a mistake.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Fix {
    /// The bytes to replace, in the diagnostic's file.
    pub span: Span,
    /// What to put there.
    pub text: String,
}

impl Diagnostic {
    /// A diagnostic of kind `code` at `span` of `path`.
    pub fn new(code: Code, path: &SitePath, span: impl Into<Span>, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            place: Place { path: path.clone(), span: span.into() },
            code,
            message: message.into(),
            label: String::new(),
            help: None,
            fix: None,
            related: Vec::new(),
            variants: Vec::new(),
        }
    }

    /// The same with a word at the caret.
    pub fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = label.into();
        self
    }

    /// The same with a help line.
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// The same with a replacement for `span`.
    pub fn fix(mut self, span: impl Into<Span>, text: impl Into<String>) -> Diagnostic {
        self.fix = Some(Fix { span: span.into(), text: text.into() });
        self
    }

    /// The same with another place that belongs to it.
    pub fn related(mut self, path: &SitePath, span: impl Into<Span>, why: impl Into<String>) -> Diagnostic {
        self.related.push((Place { path: path.clone(), span: span.into() }, why.into()));
        self
    }
}

/// Whether a code's severity may be changed under `lint:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Always an error: no right output exists.
    Fatal,
    /// As given unless `lint:` says otherwise.
    Adjustable(Severity),
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $id:literal $weight:ident;)*) => {
        /// The kind of a mistake. Its text form is stable: scripts and `lint:` rely on it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])* $name,)*
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Code] = &[$(Code::$name),*];

            /// The stable text form, such as `link/missing-page`.
            pub fn id(self) -> &'static str {
                match self { $(Code::$name => $id),* }
            }

            /// Whether it may be lowered, and what it weighs if nothing is said.
            pub fn weight(self) -> Weight {
                match self { $(Code::$name => weights::$weight),* }
            }
        }
    };
}

mod weights {
    use super::{Severity, Weight};
    pub(super) const FATAL: Weight = Weight::Fatal;
    pub(super) const ERROR: Weight = Weight::Adjustable(Severity::Error);
    pub(super) const WARN: Weight = Weight::Adjustable(Severity::Warn);
}

codes! {
    // --- read
    /// A text file is not UTF-8.
    ReadNotUtf8 = "read/not-utf8" FATAL;
    /// A file is larger than Guidepost reads.
    ReadTooLarge = "read/too-large" FATAL;
    /// A symbolic link leads out of the project, or in a circle.
    ReadEscapes = "read/escapes" FATAL;
    /// A file or folder cannot be read.
    ReadFailed = "read/failed" FATAL;
    /// A file's name is not UTF-8, or has a control character.
    ReadName = "read/name" FATAL;
    // --- settings
    /// `site.yaml` is not YAML.
    ConfigSyntax = "config/syntax" FATAL;
    /// A key that `site.yaml` does not have.
    ConfigUnknownKey = "config/unknown-key" FATAL;
    /// A required key is missing in `site.yaml`.
    ConfigMissing = "config/missing" FATAL;
    /// A value of the wrong type, or one that means nothing, in `site.yaml`.
    ConfigValue = "config/value" FATAL;
    /// `site.yaml` is larger or nested deeper than any settings are.
    ConfigTooLarge = "config/too-large" FATAL;
    /// A password or a key in `site.yaml`.
    ConfigSecret = "config/secret" FATAL;
    // --- front matter
    /// The front matter is not YAML, or one of YAML's traps.
    FrontSyntax = "front/syntax" FATAL;
    /// The front matter is larger or nested deeper than any front matter is.
    FrontTooLarge = "front/too-large" FATAL;
    /// A key that front matter does not have.
    FrontUnknownKey = "front/unknown-key" FATAL;
    /// A required key is missing: `title`.
    FrontMissing = "front/missing" FATAL;
    /// A value of the wrong type, or one that means nothing.
    FrontValue = "front/value" FATAL;
    /// A variable where none is replaced.
    FrontVariable = "front/variable" WARN;
    /// A text that ends at a `#`.
    FrontComment = "front/comment" WARN;
    /// A group of account types that `site.yaml` does not have.
    FrontUnknownGroup = "front/unknown-group" FATAL;
    /// An option that the group does not have.
    FrontUnknownOption = "front/unknown-option" FATAL;
    /// A day on which something was done has not come.
    FrontFuture = "front/future" WARN;
    // --- Markdown
    /// Nested deeper than any text is.
    TextTooDeep = "text/too-deep" FATAL;
    /// A second `# Heading`.
    TextSecondTitle = "text/second-title" ERROR;
    /// A heading skips a level.
    TextSkippedLevel = "text/skipped-level" WARN;
    /// An image without a description.
    TextNoAlt = "text/no-alt" WARN;
    /// A link or image whose URL scheme is not safe.
    TextUnsafeUrl = "text/unsafe-url" ERROR;
    /// A page with nothing in it.
    TextEmpty = "text/empty" WARN;
    /// A question without an answer.
    TextNoAnswer = "text/no-answer" WARN;
    /// A quote that looks as if it was meant to be an alert.
    TextAlert = "text/alert" WARN;
    /// A comment that is not closed.
    TextOpenComment = "text/open-comment" WARN;
    /// A file in `content/` that looks like Markdown and is published as it is.
    TextNotRead = "text/not-read" WARN;
    /// A footnote that is not shown to everyone who sees a reference to it.
    TextMissingFootnote = "text/missing-footnote" WARN;
    // --- directives
    /// A comment that looks like a mistyped directive.
    DirectiveTypo = "directive/typo" WARN;
    /// A directive at a place where it marks nothing.
    DirectivePlace = "directive/place" FATAL;
    /// A directive whose words mean nothing.
    DirectiveValue = "directive/value" FATAL;
    /// A scope that is not closed, or closed without having been opened.
    DirectiveUnbalanced = "directive/unbalanced" FATAL;
    /// A directive that the Markdown parser dropped, which would show its block to everyone.
    DirectiveDropped = "directive/dropped" FATAL;
    /// An account type that the page's group does not have, or that the page does not offer.
    DirectiveUnknownOption = "directive/unknown-option" FATAL;
    /// Text that no page shows, because directives around it exclude each other.
    DirectiveForNobody = "directive/for-nobody" WARN;
    /// `for` on a page that has no account types.
    DirectiveNoVariants = "directive/no-variants" ERROR;
    /// `steps`, `checklist` or `faq` on a section without what it marks.
    DirectiveEmpty = "directive/empty" ERROR;
    /// An `expires` day comes closer.
    ExpiresSoon = "expires/soon" WARN;
    /// An `expires` day has come: an error in strict mode.
    ExpiresPast = "expires/past" WARN;
    // --- variables
    /// A variable without a value.
    VariableUndefined = "variable/undefined" ERROR;
    // --- anchors
    /// Two things of one page have one id.
    AnchorDuplicate = "anchor/duplicate" ERROR;
    // --- account types
    /// An account type that a guide with steps offers, but has no step for.
    VariantNoSteps = "variant/no-steps" ERROR;
    // --- includes
    /// An included file is missing.
    IncludeMissing = "include/missing" FATAL;
    /// Snippets include each other in a circle, or more than 16 levels deep.
    IncludeCycle = "include/cycle" FATAL;
    /// A page with more snippets, or more text of snippets, than any page has.
    IncludeTooMuch = "include/too-much" FATAL;
    /// A snippet has front matter, or something else that a snippet cannot have.
    IncludeInvalid = "include/invalid" FATAL;
    // --- links
    /// A link that takes its address from a definition for other account types.
    LinkOthersAddress = "link/others-address" FATAL;
    /// A link or an image without an address.
    LinkEmpty = "link/empty" WARN;
    /// A link to a page that is not there.
    LinkMissingPage = "link/missing-page" ERROR;
    /// A link to an anchor that the target page does not have.
    LinkMissingAnchor = "link/missing-anchor" ERROR;
    /// A link to an account type that the target does not offer.
    LinkMissingOption = "link/missing-option" ERROR;
    /// A link to a snippet, without `include`.
    LinkToSnippet = "link/to-snippet" ERROR;
    /// A link to a draft.
    LinkToDraft = "link/to-draft" ERROR;
    /// An image that is not there.
    ImageMissing = "image/missing" ERROR;
    // --- the site
    /// There is no page, so that nothing would be left of what was published.
    SiteNoPages = "site/no-pages" FATAL;
    /// Two sources for one URL.
    UrlCollision = "url/collision" FATAL;
    /// Two URLs that a file system without letter case cannot tell apart.
    UrlCase = "url/case" FATAL;
    /// A name that cannot be a URL on every host.
    UrlName = "url/name" FATAL;
    // --- hosts
    /// More than a host takes: files, bytes, redirects, headers.
    HostLimit = "host/limit" WARN;
    /// Headers for hosts that send none of ours.
    HostNoHeaders = "host/no-headers" WARN;
    /// A file of rules that takes the place of the one that we would write.
    HostOwnFile = "host/own-file" WARN;
    // --- templates
    /// A template cannot be parsed.
    TemplateSyntax = "template/syntax" FATAL;
    /// A template, partial, component or block that is not there.
    TemplateMissing = "template/missing" FATAL;
    /// A template failed while a page was rendered.
    TemplateRender = "template/render" FATAL;
    /// A words file of the theme is not what it must be.
    TemplateWords = "template/words" FATAL;
    /// The theme has no words in the site's language.
    TemplateNoWords = "template/no-words" WARN;
    /// A file in `templates/` that nothing uses.
    TemplateUnused = "template/unused" WARN;
    // --- output
    /// An output folder that could harm what is not ours.
    OutputRefused = "output/refused" FATAL;
    // --- publishing
    /// Drafts would be published.
    PublishDrafts = "publish/drafts" FATAL;
    /// A link or an image leads nowhere, and is only a warning.
    PublishBroken = "publish/broken-links" FATAL;
    /// The site's address is that of the reader's own machine.
    PublishLoopback = "publish/loopback" FATAL;
    /// The site is built for another address than the target has.
    PublishAddress = "publish/other-address" FATAL;
    /// More would be deleted than a change usually does.
    PublishDeletions = "publish/deletions" FATAL;
    /// More than half of the pages would be gone.
    PublishFewer = "publish/fewer-pages" FATAL;
    /// Addresses would be gone without leading elsewhere.
    PublishLost = "publish/lost-addresses" FATAL;
    /// Something that Guidepost did not put there is where a file of the site belongs.
    PublishForeign = "publish/foreign" FATAL;
    /// The site or the target is not what the plan was made for.
    PublishStale = "publish/stale-plan" FATAL;
    /// Another run is publishing to the target.
    PublishBusy = "publish/busy" FATAL;
}

impl Code {
    /// The code with the text form `id`.
    pub fn from_id(id: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.id() == id)
    }

    /// What a diagnostic of this code weighs under the settings `lint`.
    pub fn severity(self, lint: &BTreeMap<Code, Severity>) -> Severity {
        match self.weight() {
            Weight::Fatal => Severity::Error,
            Weight::Adjustable(default) => lint.get(&self).copied().unwrap_or(default),
        }
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.id().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Code, D::Error> {
        let id = String::deserialize(deserializer)?;
        Code::from_id(&id).ok_or_else(|| serde::de::Error::custom("unknown diagnostic code"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_distinct_ids() {
        let mut ids: Vec<_> = Code::ALL.iter().map(|code| code.id()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), Code::ALL.len());
    }
}
