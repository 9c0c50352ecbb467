//! Programs held against the engine: what a program gives is what the engine gives, and where the engine reports an error
//! a program has given up.

use super::run::Find;
use super::{Component, component, template};
use crate::templates::{THEME, Value, Values, components, prepared};
use std::collections::BTreeMap;

/// A few templates, by name.
#[derive(Clone, Debug, Default)]
struct Set(BTreeMap<String, String>);

struct Components(BTreeMap<String, Component>);

impl Find for Components {
    fn component(&self, name: &str) -> Option<&Component> {
        self.0.get(name)
    }
}

impl Set {
    fn of(files: &[(&str, &str)]) -> Set {
        Set(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect())
    }

    fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).or_else(|| self.0.get(&format!("{THEME}{name}"))).map(String::as_str)
    }

    fn components(&self) -> Components {
        let texts = self.0.iter().map(|(name, text)| (name.clone(), &**text)).collect();
        let made = components(&texts).into_iter().filter_map(|(name, file)| {
            let made = component(&self.0[&file], &name, &|name| self.find(name))?;
            Some((name, made))
        });
        Components(made.collect())
    }

    /// What the engine makes of the template `page.html`.
    fn by_engine(&self, values: &Values) -> Result<String, String> {
        let mut tera = prepared(|tera| tera.autoescape_on(vec![".html"]));
        let texts = self.0.iter().map(|(name, text)| (name.as_str(), text.as_str()));
        tera.add_raw_templates(texts).map_err(|error| error.to_string())?;
        tera.render("page.html", &values.engine()).map_err(|error| error.to_string())
    }

    fn by_program(&self, values: &Values) -> Option<String> {
        let program = template(self.find("page.html")?, &|name| self.find(name))?;
        let mut out = "before".to_owned();
        let ran = program.run(values, &self.components(), &mut out);
        // Whatever was written by a program that gave up is gone.
        let made = out.strip_prefix("before").expect("what was there stays");
        assert!(ran.is_some() || made.is_empty());
        ran.map(|()| made.to_owned())
    }

    /// Whether there is a program; that it does what the engine does.
    fn agree(&self, values: &Values) -> bool {
        let Some(made) = self.by_program(values) else { return false };
        assert_eq!(Ok(made), self.by_engine(values), "{self:#?}\n{values:#?}");
        true
    }
}

fn page(text: &str) -> Set {
    Set::of(&[("page.html", text)])
}

fn values() -> Values<'static> {
    let item = |title: &'static str, last: bool| Value::map([("title", title.into()), ("last", last.into())]);
    Values::from([
        ("text", "a <b> & \"c\" 'd'".into()),
        ("html", Value::Html("<i>so</i>".into())),
        ("number", 7_u32.into()),
        ("zero", 0_u32.into()),
        ("yes", true.into()),
        ("no", false.into()),
        ("none", Value::None),
        ("nothing", Value::None),
        ("empty", "".into()),
        ("list", Value::List(vec![item("one", false), item("<two>", true)])),
        ("hollow", Value::List(Vec::new())),
        (
            "map",
            Value::map([("a", "A".into()), ("b", Value::map([("c", 3_u32.into())])), ("none", Value::None)])
                .shared()
                .into(),
        ),
        ("words", Value::map([("hello", "Hello, {n} of {m}".into())]).shared().into()),
        ("extra", Value::Engine(tera::Value::from(1.5))),
    ])
}

/// What programs are for.
#[test]
fn what_is_common_needs_no_engine() {
    let all = [
        "plain",
        "{{ text }} {{ html }} {{ number }} {{ yes }} {{ nothing }}|{{ map.a }} {{ map.b.c }}",
        " a {{- text -}} b {%- if yes -%} c {%- endif -%} d {{ no }} ",
        "a {# word -#}  b {#- word #} c {%- if yes -%}{# word #}  d{% endif %}",
        "{% if zero %}1{% elif empty %}2{% elif hollow %}3{% elif map.none %}4{% elif map.b.x %}5{% else %}6{% endif %}",
        "{% if not zero and yes or no %}1{% endif %}{% if number == 7 %}2{% endif %}{% if map.a != \"A\" %}3{% endif %}",
        "{% if no and yes or yes and number %}1{% endif %}{% if no and (yes) %}{% endif %}",
        "{% for item in list %}{{ item.title }}{% if not item.last %}, {% endif %}{% endfor %}",
        "{% for text in list %}{% for item in list %}{{ text.title }}{{ item.title }}{% endfor %}{% endfor %}{{ text }}",
        "{{ words.hello | replace(from=\"{n}\", to=number | str) | replace(from=\"{m}\", to=text) }}",
        "{{ \"<\" }}{{ 5 }}{{ true }}",
        " a {%- raw -%} {{ text }} {% endblock %} {# {%- endraw %} b {#- {{ #} c {% raw %} x {%- endraw -%} d",
        "{%\r\n  if text != '%}' and text != `}}` -%}\x0c{{\ttext\n}}{% endif %}",
    ];
    let programs = all.iter().filter(|text| page(text).agree(&values())).count();
    assert_eq!(programs, all.len() - 1, "only brackets are for the engine");
}

#[test]
fn parts_and_blocks_stand_where_the_engine_puts_them() {
    let set = Set::of(&[
        ("page.html", "{% extends \"middle.html\" %}{% block inner %}[{{ text }}]{% endblock inner %}"),
        (
            "theme/middle.html",
            "{% extends \"base.html\" %}{% block a %}A {% block inner %}x{% endblock %} {{ number }}{% endblock a %}",
        ),
        (
            "base.html",
            "<{% block a -%} base {%- endblock %}|{% if yes %}{% block b %} b {% include \"part.html\" %}{% endblock %}{% endif %}>",
        ),
        ("part.html", "{%- for item in list %}{% include \"leaf.html\" %}{% endfor %}\n"),
        ("theme/leaf.html", "{{ item.title }}{{ <hint title={item.title} n=\"3\"/> }}"),
        (
            "hint.html",
            "{% component hint(title: String, n, @words) -%} {{ words.hello }} {{ title }}{{ n }} {%- endcomponent hint %}",
        ),
    ]);
    assert!(set.agree(&values()));
}

/// What is passed over, or only shown, is never taken for a tag.
#[test]
fn what_is_raw_is_text_wherever_it_stands() {
    let child = "{% extends \"base.html\" %}{% block a %}A{% endblock %}{% block b %}B{% endblock %}";
    for base in [
        "{% block b %}{% endblock %}{% block a %}{% raw %}{% endblock %}x{% block b %}{% endraw %}{% endblock %}",
        "{% block a %}{% raw %}{# {% endraw %}{% endblock %} shown {% block b %}{# #}{% endblock %}",
    ] {
        assert!(Set::of(&[("page.html", child), ("base.html", base)]).agree(&values()), "{base}");
    }
    let set = Set::of(&[
        ("page.html", "{{ < hint title=\"t\"/> }}"),
        (
            "hint.html",
            "{# {% component hint(a) %} #}{% raw %}{% component hint(title) %}example{% endcomponent %}{% endraw %}\
             {%\r\n component  hint\n(title) %}real {{ title }}{% endcomponent hint %}",
        ),
    ]);
    assert!(set.agree(&values()));
}

/// Parts that include parts many times over would be a program without end.
#[test]
fn a_program_of_many_parts_is_left_to_the_engine() {
    let part = |at: usize| format!("{{% if no %}}{}{{% endif %}}", format!("{{% include \"{}\" %}}", at + 1).repeat(3));
    let mut files: Vec<(String, String)> = (0..18).map(|at| (at.to_string(), part(at))).collect();
    files.extend([("18".to_owned(), String::new()), ("page.html".to_owned(), part(0).replace('1', "0"))]);
    let set = Set(files.into_iter().collect());
    assert_eq!((set.by_program(&values()), set.by_engine(&values())), (None, Ok(String::new())));
}

/// Where the engine reports an error a program must not have an answer; where it has one nobody else's.
#[test]
fn what_is_not_common_is_left_to_the_engine() {
    for text in [
        "{{ missing }}",
        "{{ map.missing }}",
        "{{ map.a.b.c }}",
        "{{ nothing.x }}",
        "{% if missing.x %}{% endif %}",
        "{% for item in text %}{{ item }}{% endfor %}",
        "{% for item in nothing %}{% endfor %}",
        "{% for item in missing %}{% endfor %}",
        "{{ number | replace(from=\"7\", to=\"8\") }}",
        "{{ html | replace(from=\"so\", to=\"<\") }}",
        "{{ list }}",
        "{{ map }}",
        "{{ extra }}",
        "{% if extra %}1{% endif %}",
        "{{ text | upper }}",
        "{% set x = 1 %}{{ x }}",
        "{% for item in list %}{{ loop.index }}{% endfor %}",
        "{% for item in list %}{% else %}none{% endfor %}",
        "{{ 1 + 2 }}",
        "{{ text ~ text }}",
        "{{ \"a\\\"b\" }}",
        "{{ list[0].title }}",
        "{{ map?.x?.y }}",
        "{{ -1 }}",
        "{{ 1.5 }}",
        "{% for __tera_loop_last in list %}{{ __tera_loop_last.title }}{% endfor %}",
        "{{ __tera_context }}",
        "{% if none %}1{% endif %}",
        "{% if text == none %}1{% endif %}",
        "{% if list == map %}1{% endif %}",
        "{% include \"missing.html\" %}",
        "{% if yes %}",
        "{{ yes",
    ] {
        assert_eq!(page(text).by_program(&values()), None, "{text}");
    }
    let own = "{% component own(a: String) %}{{ a }}{{ b }}{% endcomponent own %}{{ <own a={text}/> }}";
    assert_eq!(page(own).by_program(&values()), None, "a name that is no parameter");
    for call in ["<own a={number}/>", "<own/>", "<own a={text} b={text}/>", "<own a={map.x}/>"] {
        let text = format!("{{% component own(a: String) %}}{{{{ a }}}}{{% endcomponent own %}}{{{{ {call} }}}}");
        assert_eq!(page(&text).by_program(&values()), None, "{call}");
    }
    let own = "{% component own(__tera_loop_first) %}{{ __tera_loop_first }}{% endcomponent own %}";
    assert_eq!(page(&format!("{own}{{{{ <own __tera_loop_first={{text}}/> }}}}")).by_program(&values()), None);
    let endless = "{% component own(a) %}{{ <own a={a}/> }}{% endcomponent own %}{{ <own a={text}/> }}";
    assert_eq!(page(endless).by_program(&values()), None);
}

/// Numbers that look random, and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }

    fn pick<'x>(&mut self, from: &[&'x str]) -> &'x str {
        from[self.roll(from.len())]
    }
}

const TEXTS: &[&str] = &["x", " ", "\n", " \n\t", "<p> a </p>\n", " é ", "a b", "{ %", "\u{a0}"];
const PATHS: &[&str] = &[
    "text",
    "html",
    "number",
    "zero",
    "yes",
    "no",
    "nothing",
    "empty",
    "map.a",
    "map.b.c",
    "map.none",
    "item.title",
    "item.last",
    "words.hello",
    "map.x",
    "missing",
    "hollow",
    "list",
    "map.b",
    "extra",
    "item",
    "\"l & m\"",
    "4",
    "false",
];
const RAW: &str = "{%- raw %} {% endblock %} {# {{ text {%- endraw -%}";
const RAW_BARE: &str = "{% raw -%} {% block b %} {% endraw %}";
const LISTS: &[&str] = &["list", "hollow", "list", "list", "text"];

fn tag(dice: &mut Dice, inner: &str) -> String {
    let (before, behind) = (dice.pick(&["", "", "-"]), dice.pick(&["", "", "-"]));
    format!("{{%{before} {inner} {behind}%}}")
}

fn expression(dice: &mut Dice) -> String {
    let path = dice.pick(PATHS);
    match dice.roll(8) {
        0 => format!("{path} | str"),
        1 => format!("{path} | replace(from=\"e\", to={})", dice.pick(PATHS)),
        _ => path.to_owned(),
    }
}

fn test(dice: &mut Dice) -> String {
    let mut test = String::new();
    for at in 0..=dice.roll(3) {
        if at > 0 {
            test += dice.pick(&[" and ", " or "]);
        }
        test += dice.pick(&["", "", "not "]);
        test += &expression(dice);
        if dice.roll(3) == 0 {
            test = format!("{test} {} {}", dice.pick(&["==", "!="]), dice.pick(PATHS));
        }
    }
    test
}

fn nodes(dice: &mut Dice, depth: usize) -> String {
    let mut out = String::new();
    for _ in 0..1 + dice.roll(4) {
        out += dice.pick(TEXTS);
        match dice.roll(if depth == 0 { 4 } else { 9 }) {
            0 | 1 => {
                let (before, behind) = (dice.pick(&["", "", "-"]), dice.pick(&["", "", "-"]));
                out += &format!("{{{{{before} {} {behind}}}}}", expression(dice));
            }
            2 => out += dice.pick(&["{# c #}", "{#- {{ #}", "{# {% block a %} -#}", "{#- c -#}", RAW, RAW_BARE]),
            3 | 4 => {}
            5 | 6 => {
                let test = test(dice);
                out += &(tag(dice, &format!("if {test}")) + &nodes(dice, depth - 1));
                if dice.roll(3) == 0 {
                    let test = self::test(dice);
                    out += &(tag(dice, &format!("elif {test}")) + &nodes(dice, depth - 1));
                }
                if dice.roll(2) == 0 {
                    out += &(tag(dice, "else") + &nodes(dice, depth - 1));
                }
                out += &tag(dice, "endif");
            }
            7 => {
                let (item, list) = (dice.pick(&["item", "item", "text"]), dice.pick(LISTS));
                out += &(tag(dice, &format!("for {item} in {list}")) + &nodes(dice, depth - 1));
                out += &tag(dice, "endfor");
            }
            _ => {
                let part = dice.pick(&["include \"one.html\"", "include \"two.html\""]);
                out += &tag(dice, part);
            }
        }
    }
    out + dice.pick(TEXTS)
}

/// Sites' templates are not the theme's: whatever is written, a program says what the engine says, or nothing.
#[test]
fn random_templates_are_rendered_as_the_engine_renders_them() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut values = values();
    values.put("item", Value::map([("title", "T".into()), ("last", false.into())]));
    let mut programs = 0;
    for _ in 0..20_000 {
        let block = |name: &str, dice: &mut Dice| {
            tag(dice, &format!("block {name}")) + &nodes(dice, 2) + &tag(dice, &format!("endblock {name}"))
        };
        let base = nodes(&mut dice, 1) + &block("a", &mut dice) + &nodes(&mut dice, 1) + &block("b", &mut dice);
        let child = "{% extends \"base.html\" %}".to_owned() + &block("b", &mut dice);
        let page = if dice.roll(2) == 0 { child } else { nodes(&mut dice, 3) };
        let (one, two) = (nodes(&mut dice, 1).replace("include \"one", "include \"two"), nodes(&mut dice, 0));
        let set = [("page.html", &*page), ("base.html", &base), ("one.html", &one), ("two.html", &two)];
        programs += usize::from(Set::of(&set).agree(&values));
    }
    assert!(programs > 3000, "{programs} programs are no proof");
}
