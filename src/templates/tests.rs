//! A site's templates as they are loaded: which file defines what, and what each one reaches and mentions.

use super::{Templates, Value, Values, load};
use crate::source::{Known, Sources};

const HEAD: &str = "alert(kind: String, title: String, @words) %}SITE {{ title }}{% endcomponent alert %}";

/// The templates of a site with `files`, none of which is wrong.
fn site(files: &[(&str, &str)]) -> Templates {
    let dir = tempfile::tempdir().expect("a folder can be made");
    std::fs::create_dir_all(dir.path().join("templates/components")).expect("a folder can be made");
    std::fs::write(dir.path().join("site.yaml"), "title: T\n").expect("a file can be written");
    for (path, text) in files {
        std::fs::write(dir.path().join("templates").join(path), text).expect("a file can be written");
    }
    let sources = Sources::read(dir.path(), &Known::empty(), jiff::Timestamp::UNIX_EPOCH).expect("sources are read");
    let (templates, notes) = load(&sources, |tera| tera.autoescape_on(vec![".html", ".xml"]));
    assert!(notes.is_empty(), "{notes:#?}");
    templates
}

/// What the program of the component `alert` gives is what the engine gives. Gives the file that it is from.
fn alert(files: &[(&str, &str)]) -> String {
    let templates = site(files);
    let values = Values::from([("kind", "k".into()), ("title", "t".into())]);
    let words = templates.words("en");
    let mut program = String::new();
    let ran = templates.part("alert", &values, words, Some("BODY"), &mut program);
    let mut engine = Vec::new();
    let (context, implicit) = (values.engine(), &words.implicit);
    let made =
        templates.tera.render_component_with_implicits_to("alert", &context, implicit, Some("BODY"), true, &mut engine);
    made.expect("the engine renders");
    assert_eq!(ran.map(|()| program), Some(String::from_utf8(engine).expect("it is text")), "{files:?}");
    templates.component("alert").unwrap_or_default().to_owned()
}

#[test]
fn a_component_is_the_sites_own_however_its_tag_is_written() {
    for before in [
        "{% component ",
        "{%component\t",
        "{%-\r\n component\n  ",
        "{# call it with {{ kind #}{% component ",
        "{# {% #}{% component ",
        "{% raw %}{{ {% endraw %}{% component ",
        "{% component other(a) %}{% if a == \"%}\" %}{{ '}}' }}{% endif %}{% endcomponent other %}{% component ",
    ] {
        let text = format!("{before}{HEAD}");
        assert_eq!(alert(&[("components/alert.html", &text)]), "components/alert.html", "{before}");
    }
}

#[test]
fn a_component_that_is_only_shown_or_told_of_is_none() {
    let own = format!("{{% component {HEAD}");
    for other in [
        format!("{{# {{% component {HEAD} #}}"),
        format!("{{% raw %}}{{% component {HEAD}{{% endraw %}}"),
        format!("{{{{ '{{% component {HEAD}' }}}}"),
    ] {
        assert_eq!(alert(&[("components/alert.html", &own), ("z.html", &other)]), "components/alert.html", "{other}");
        assert_eq!(alert(&[("z.html", &other)]), "theme/components/alert.html", "{other}");
    }
}

#[test]
fn what_a_template_reaches_and_mentions_is_seen_behind_comments_texts_and_line_ends() {
    let part = ("part.html", "{{ site.title }}");
    let own = ("components/own.html", "{% component own(a) %}{{ a }}{% endcomponent own %}");
    for (text, reached) in [
        ("{%\tinclude \"part.html\" %}", "part.html"),
        ("{%\r\ninclude 'part.html' %}", "part.html"),
        ("{%\x0cinclude `part.html` %}", "part.html"),
        ("{# {{ #}{% include \"part.html\" %}", "part.html"),
        ("{# {% #}{% include \"part.html\" %}{# #}", "part.html"),
        ("{% if page == \"%}\" %}{% include \"part.html\" %}{% endif %}", "part.html"),
        ("{{ site }}{# {{ #}{{ <own a=\"x\"/> }}", "components/own.html"),
        ("{{ site }}{{ < own a=\"}}\"/> }}", "components/own.html"),
    ] {
        let templates = site(&[part, own, ("x.html", text)]);
        assert!(templates.files("x.html").contains(&reached), "{text}");
        assert!(templates.names("x.html").expect("all is mentioned").contains("site"), "{text}");
    }
    let templates = site(&[("x.html", "{% extends \"theme\\/page.html\" %}")]);
    assert!(templates.files("x.html").contains(&"theme/base.html"));
}

#[test]
fn a_template_that_may_read_anything_is_given_everything() {
    for text in ["{{ __tera_context }}", "{{ menu[\"li\" ~ \"st\"] }}", "{{ menu | get(key=page) }}"] {
        assert!(site(&[("x.html", text)]).names("x.html").is_none(), "{text}");
    }
    let templates = site(&[("x.html", "{{ menu[\"list\"] }}{{ page[0] }}")]);
    assert!(templates.names("x.html").expect("all is mentioned").contains("list"));
}

#[test]
fn a_text_that_ends_a_tag_does_not_hide_what_is_behind_it() {
    let templates = site(&[(
        "x.html",
        "{% if text != \"%}\" and site %}{{ text | replace(from=\"}}\", to=page.title) }}{% endif %}",
    )]);
    let names = templates.names("x.html").expect("all is mentioned");
    assert!(["site", "page", "title"].iter().all(|name| names.contains(*name)));
    let values =
        Values::from([("text", "}}".into()), ("site", "s".into()), ("page", Value::map([("title", "T".into())]))]);
    let mut made = String::new();
    assert_eq!(templates.page("x.html", &values, &mut made), Some(()));
    assert_eq!(made, templates.tera.render("x.html", &values.engine()).expect("the engine renders"));
}
