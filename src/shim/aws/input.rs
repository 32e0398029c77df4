//! The input of a call: from the options of a line, `--cli-input-json` below them; what is wrong with it
//! before it is sent; and the form to fill in, `--generate-cli-skeleton`.

use super::line::{Line, PAGING};
use super::{OTHER, USAGE, layout, python, unknown_options, usage, value};
use crate::practice::{Parameter, Takes};
use crate::shim::{Inside, Said};
use serde_json::{Map, Value};

const JSON: &str = "--cli-input-json";
const SKELETON: &str = "--generate-cli-skeleton";

/// What a line asks of an operation.
pub(super) enum Asked {
    /// To be called with this, and whether the paging is the line's own.
    Call(Map<String, Value>, bool),
    /// This form, and no call.
    Form(String),
}

fn parsing(option: &str, why: &str) -> Said {
    Said::failed(USAGE, format!("\nError parsing parameter '{option}': {why}\n"))
}

/// The option that was meant: its beginning is enough, when no other begins so.
fn meant(typed: &str, known: &[String]) -> Result<Option<String>, Said> {
    if known.iter().any(|option| option == typed) {
        return Ok(Some(typed.to_owned()));
    }
    let fits: Vec<&String> = known.iter().filter(|option| option.starts_with(typed)).collect();
    match fits.as_slice() {
        [one] => Ok(Some((*one).clone())),
        [] => Ok(None),
        many => {
            let many: Vec<&str> = many.iter().map(|option| option.as_str()).collect();
            Err(usage(format!("ambiguous option: {typed} could match {}", many.join(", "))))
        }
    }
}

/// Reads the options of the line. `paged`: whether the operation's answer comes in pages.
pub(super) fn read(
    parameters: &[Parameter],
    line: &mut Line,
    paged: bool,
    inside: &mut dyn Inside,
) -> Result<Asked, Said> {
    let mut known: Vec<String> = vec![JSON.into(), SKELETON.into()];
    for parameter in parameters {
        known.push(format!("--{}", value::dashed(parameter.name)));
        if parameter.takes == Takes::Boolean {
            known.push(format!("--no-{}", value::dashed(parameter.name)));
        }
    }
    if paged {
        known.extend(PAGING.map(str::to_owned));
    }
    let mut unknown = Vec::new();
    let mut options = Vec::new();
    for (typed, values) in std::mem::take(&mut line.options) {
        match meant(&typed, &known)? {
            Some(option) => options.push((option, values)),
            None => {
                unknown.push(typed);
                unknown.extend(values);
            }
        }
    }
    line.options = options;
    line.page().map_err(usage)?;
    let given = |name: &str| line.options.iter().rev().find(|(option, _)| option == name).map(|(_, v)| v);
    let form = given(SKELETON).map(|values| values.first().map_or("input", String::as_str));
    let asks_for_form = form.is_some_and(|form| form != "output");
    if !asks_for_form && given(JSON).is_none() {
        let missing: Vec<String> = parameters
            .iter()
            .filter(|parameter| parameter.required)
            .map(|parameter| format!("--{}", value::dashed(parameter.name)))
            .filter(|option| given(option).is_none())
            .collect();
        if !missing.is_empty() {
            return Err(usage(format!("the following arguments are required: {}", missing.join(", "))));
        }
    }
    if !unknown.is_empty() {
        return Err(unknown_options(&unknown.join(", ")));
    }
    match form {
        Some("input") => return Ok(Asked::Form(format!("{}\n", layout::json(&skeleton(parameters))))),
        Some("output") => {
            return Err(usage("argument --generate-cli-skeleton: the sandbox makes forms of input only"));
        }
        Some(_) => {
            let choices = super::choices(&["input", "output"]);
            return Err(usage(format!(
                "argument --generate-cli-skeleton: Invalid choice, valid choices are:\n\n{choices}"
            )));
        }
        None => {}
    }
    let mut input = Map::new();
    for (option, values) in line.options.iter().filter(|(option, _)| option != JSON) {
        let (name, value) = one(parameters, option, values, inside)?;
        input.insert(name.to_owned(), value);
    }
    let mut by_hand = ["nextToken", "maxResults"].iter().any(|name| input.contains_key(*name));
    if let Some(values) = given(JSON) {
        let Some(text) = values.first() else {
            return Err(usage(format!("argument {JSON}: expected one argument")));
        };
        let text = value::content(text, inside).map_err(|why| parsing(JSON, &why))?;
        let read: Value = serde_json::from_str(&text).map_err(|error| {
            parsing("cli-input-json", &format!("Invalid JSON: {error}\nJSON received: {text}"))
        })?;
        let Value::Object(read) = read else {
            return Err(parsing(
                "cli-input-json",
                &format!("Invalid JSON: no object\nJSON received: {text}"),
            ));
        };
        by_hand |= ["nextToken", "maxResults"].iter().any(|name| read.contains_key(*name));
        for (name, value) in read {
            input.entry(name).or_insert(value);
        }
    }
    let mut faults = Vec::new();
    validate(parameters, &input, "", &mut faults);
    if !faults.is_empty() {
        let text = format!("\nParameter validation failed:\n{}\n", faults.join("\n"));
        return Err(Said::failed(USAGE, text));
    }
    Ok(Asked::Call(input, by_hand))
}

/// One option and its values: the member's name, and its value.
fn one(
    parameters: &[Parameter],
    option: &str,
    values: &[String],
    inside: &mut dyn Inside,
) -> Result<(&'static str, Value), Said> {
    let named = option.trim_start_matches('-');
    let exact = |name: &str| parameters.iter().find(|parameter| value::dashed(parameter.name) == name);
    let (parameter, off) = match (exact(named), named.strip_prefix("no-").and_then(exact)) {
        (Some(parameter), _) => (parameter, false),
        (None, Some(parameter)) => (parameter, true),
        (None, None) => return Err(unknown_options(option)),
    };
    if off {
        return Ok((parameter.name, Value::Bool(false)));
    }
    let mut read = Vec::new();
    for value in values {
        read.push(value::content(value, inside).map_err(|why| parsing(&format!("--{named}"), &why))?);
    }
    let value = value::json(&parameter.takes, &read).map_err(|why| match why {
        value::Fault::Missing => usage(format!("argument --{named}: expected one argument")),
        value::Fault::Extra(extra) => unknown_options(&extra),
        value::Fault::Parse(why) => parsing(&format!("--{named}"), &why),
        value::Fault::Number(text) => {
            Said::failed(OTHER, format!("\ninvalid literal for int() with base 10: '{text}'\n"))
        }
    })?;
    Ok((parameter.name, value))
}

/// What is wrong with the input before anybody is asked.
fn validate(members: &[Parameter], given: &Map<String, Value>, path: &str, faults: &mut Vec<String>) {
    let place = |path: &str| match path.trim_start_matches('.') {
        "" => "input".to_owned(),
        path => path.to_owned(),
    };
    for member in members.iter().filter(|member| member.required && !given.contains_key(member.name)) {
        faults.push(format!("Missing required parameter in {}: \"{}\"", place(path), member.name));
    }
    let allowed: Vec<&str> = members.iter().map(|member| member.name).collect();
    for name in given.keys().filter(|name| !allowed.contains(&name.as_str())) {
        let allowed = allowed.join(", ");
        faults.push(format!("Unknown parameter in {}: \"{name}\", must be one of: {allowed}", place(path)));
    }
    for (name, value) in given {
        if let Some(member) = members.iter().find(|member| member.name == name) {
            let path = format!("{path}.{name}");
            typed(&member.takes, value, &path, faults);
            let path = path.trim_start_matches('.');
            let (what, size) = match value {
                Value::String(text) => ("length", text.chars().count() as u64),
                Value::Array(items) => ("length", items.len() as u64),
                Value::Number(number) => ("value", number.as_u64().unwrap_or(0)),
                _ => continue,
            };
            if size < member.least {
                let least = member.least;
                faults.push(format!(
                    "Invalid {what} for parameter {path}, value: {size}, valid min {what}: {least}"
                ));
            }
        }
    }
}

fn typed(takes: &Takes, value: &Value, path: &str, faults: &mut Vec<String>) {
    let wanted = match (takes, value) {
        (Takes::Text, Value::String(_)) | (Takes::Boolean, Value::Bool(_)) => return,
        (Takes::Number, Value::Number(number)) if !number.is_f64() => return,
        (Takes::List(of), Value::Array(items)) => {
            for (at, item) in items.iter().enumerate() {
                typed(of, item, &format!("{path}[{at}]"), faults);
            }
            return;
        }
        (Takes::Structure(members), Value::Object(given)) => return validate(members, given, path, faults),
        (Takes::Text, _) => "<class 'str'>",
        (Takes::Boolean, _) => "<class 'bool'>",
        (Takes::Number, _) => "<class 'int'>",
        (Takes::List(_), _) => "<class 'list'>, <class 'tuple'>",
        (Takes::Structure(_), _) => "<class 'dict'>",
    };
    let (path, shown, kind) = (path.trim_start_matches('.'), python::str(value), python::type_of(value));
    faults.push(format!(
        "Invalid type for parameter {path}, value: {shown}, type: <class '{kind}'>, valid types: {wanted}"
    ));
}

/// Every member, empty.
fn skeleton(members: &[Parameter]) -> Value {
    fn empty(takes: &Takes) -> Value {
        match takes {
            Takes::Text => "".into(),
            Takes::Number => 0.into(),
            Takes::Boolean => true.into(),
            Takes::List(of) => vec![empty(of)].into(),
            Takes::Structure(members) => skeleton(members),
        }
    }
    members.iter().map(|member| (member.name.to_owned(), empty(&member.takes))).collect::<Map<_, _>>().into()
}
