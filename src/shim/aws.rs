//! The `aws` command line, version 2: options and commands → one call of the API → its answer, queried
//! and laid out as the real one does.
//!
//! | file | owns |
//! | --- | --- |
//! | `line` | options, words and values of a command line |
//! | `value` | the value of an option → JSON: shorthand, JSON, `file://` |
//! | `query` | JMESPath |
//! | `layout` | an answer → `--query` → text, JSON, table |

mod layout;
mod line;
mod query;
mod value;

use super::{Inside, Remote, Said};
use crate::practice::{self, Parameter};
use layout::Layout;
use line::Line;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Exit codes of CLI version 2.
const USAGE: u8 = 252;
const SETTINGS: u8 = 253;
const SERVICE: u8 = 254;
const OTHER: u8 = 255;

/// Most pages that are fetched for one command.
const MOST_PAGES: usize = 1_000;
/// How long a waiter waits, and how often it looks.
const WAIT: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(100);

const HEAD: &str = "\nusage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]\n\
To see help text, you can run:\n\n  aws help\n  aws <command> help\n  aws <command> <subcommand> help\n\n";

fn usage(what: impl std::fmt::Display) -> Said {
    Said::failed(USAGE, format!("{HEAD}aws: error: {what}\n"))
}

/// Runs `aws` with these arguments.
pub fn run(
    remote: Remote,
    region: &str,
    arguments: &[String],
    environment: &BTreeMap<String, String>,
    inside: &mut dyn Inside,
) -> Said {
    perform(remote, region, arguments, environment, inside).unwrap_or_else(|said| said)
}

fn perform(
    remote: Remote,
    region: &str,
    arguments: &[String],
    environment: &BTreeMap<String, String>,
    inside: &mut dyn Inside,
) -> Result<Said, Said> {
    let line = Line::parse(arguments).map_err(usage)?;
    if line.version {
        return Ok(Said::out("aws-cli/2.0.0 (the sandbox of docker-ecr-tutor)\n"));
    }
    let words: Vec<&str> = line.words.iter().map(String::as_str).collect();
    let set = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    if let Some(profile) = line.profile.as_ref().or(set("AWS_PROFILE")).filter(|name| *name != "default") {
        return Err(Said::failed(OTHER, format!("\nThe config profile ({profile}) could not be found\n")));
    }
    let (service, operation) = match words.as_slice() {
        [] => return Err(usage("the following arguments are required: command")),
        ["configure", "get", "region"] => return Ok(Said::out(format!("{region}\n"))),
        ["configure", "get", ..] => return Err(Said::failed(1, "")),
        ["configure", "set", ..] => return Ok(Said::default()),
        ["sts", "get-caller-identity"] => ("sts", "get-caller-identity"),
        ["ecr", "wait", waiter] => ("wait", *waiter),
        ["ecr", operation] => ("ecr", *operation),
        ["ecr"] => return Err(usage("the following arguments are required: operation")),
        ["ecr", _, unknown, ..] => return Err(unknown_options(unknown)),
        ["sts" | "configure", ..] => {
            return Err(usage(
                "the sandbox knows of these only `sts get-caller-identity` and `configure get`",
            ));
        }
        [service, ..] => {
            return Err(usage(format!(
                "argument command: Invalid choice: '{service}'; the sandbox knows `ecr`, `sts` and `configure`"
            )));
        }
    };
    let layout = Layout::new(&line, environment).map_err(usage)?;
    if set("AWS_ACCESS_KEY_ID").is_none() || set("AWS_SECRET_ACCESS_KEY").is_none() {
        let text =
            "\nUnable to locate credentials. You can configure credentials by running \"aws configure\".\n";
        return Err(Said::failed(SETTINGS, text));
    }
    match (service, operation) {
        ("sts", _) => {
            let arn = format!("arn:aws:iam::{}:user/practice", practice::ACCOUNT);
            let identity = json!({ "UserId": "AIDAPRACTICE", "Account": practice::ACCOUNT, "Arn": arn });
            layout.show(identity)
        }
        ("wait", waiter) => wait(remote, waiter, &line, inside),
        (_, "get-login-password") => {
            if let Some((unknown, _)) = line.options.first() {
                return Err(unknown_options(unknown));
            }
            let password =
                remote.password().map_err(|refused| service_error("GetAuthorizationToken", &refused))?;
            Ok(Said::out(format!("{password}\n")))
        }
        (_, operation) => {
            let (name, parameters) = known(operation).ok_or_else(|| invalid_operation(operation))?;
            let input = input(&parameters, &line, inside)?;
            let pages = parameters.iter().any(|parameter| parameter.name == "nextToken")
                && !line.no_paginate
                && !["nextToken", "maxResults"].iter().any(|name| input.contains_key(*name));
            let answer = if pages {
                all_pages(remote, name, input, &line)?
            } else {
                remote.call(name, &Value::Object(input)).map_err(|refused| service_error(name, &refused))?
            };
            layout.show(answer)
        }
    }
}

/// The operation behind a command: `describe-images` → `DescribeImages`.
fn known(command: &str) -> Option<(&'static str, Vec<Parameter>)> {
    practice::operations().find(|(name, _)| value::dashed(name) == command)
}

fn invalid_operation(operation: &str) -> Said {
    let mut choices: Vec<String> = practice::operations().map(|(name, _)| value::dashed(name)).collect();
    choices.extend(["get-login-password", "wait"].map(str::to_owned));
    choices.sort();
    let listed = choices.join("\n");
    usage(format!(
        "argument operation: Invalid choice, valid choices are:\n\n{listed}\n\nInvalid choice: '{operation}'"
    ))
}

fn unknown_options(first: &str) -> Said {
    usage(format!("Unknown options: {first}"))
}

/// The input of a call, from the options of the line.
fn input(parameters: &[Parameter], line: &Line, inside: &mut dyn Inside) -> Result<Map<String, Value>, Said> {
    let mut input = Map::new();
    for (option, values) in &line.options {
        let named = option.trim_start_matches('-');
        let (named, off) = match named.strip_prefix("no-") {
            Some(rest) => (rest, true),
            None => (named, false),
        };
        let parameter = parameters.iter().find(|parameter| value::dashed(parameter.name) == named);
        let Some(parameter) = parameter else { return Err(unknown_options(option)) };
        if off && parameter.takes != practice::Takes::Boolean {
            return Err(unknown_options(option));
        }
        let mut read = Vec::new();
        for value in values {
            read.push(value::content(value, inside).map_err(|why| {
                let text = format!("\nError parsing parameter '--{named}': {why}\n");
                Said::failed(USAGE, text)
            })?);
        }
        let value = if off { Ok(Value::Bool(false)) } else { value::json(&parameter.takes, &read) };
        let value = value.map_err(|why| match why {
            value::Fault::Missing => usage(format!("argument --{named}: expected one argument")),
            value::Fault::Parse(why) => {
                Said::failed(USAGE, format!("\nError parsing parameter '--{named}': {why}\n"))
            }
            value::Fault::Unknown(key, allowed) => Said::failed(
                USAGE,
                format!(
                    "\nParameter validation failed:\nUnknown parameter in {}: \"{key}\", must be one of: {allowed}\n",
                    parameter.name
                ),
            ),
        })?;
        input.insert(parameter.name.to_owned(), value);
    }
    let missing = parameters.iter().filter(|p| p.required && !input.contains_key(p.name));
    let missing: Vec<String> = missing.map(|p| format!("--{}", value::dashed(p.name))).collect();
    if missing.is_empty() {
        Ok(input)
    } else {
        Err(usage(format!("the following arguments are required: {}", missing.join(", "))))
    }
}

/// All pages as one answer.
fn all_pages(remote: Remote, name: &str, mut input: Map<String, Value>, line: &Line) -> Result<Value, Said> {
    let mut whole = Value::Null;
    for _ in 0..MOST_PAGES {
        let page = remote.call(name, &Value::Object(input.clone()));
        let mut page = page.map_err(|refused| service_error(name, &refused))?;
        let next = page.as_object_mut().and_then(|page| page.remove("nextToken"));
        merge(&mut whole, page);
        let enough = line.max_items.is_some_and(|most| listed(&whole) >= most);
        match next {
            Some(token @ Value::String(_)) if !enough => {
                input.insert("nextToken".into(), token);
            }
            _ => break,
        }
    }
    if let (Some(most), Some(whole)) = (line.max_items, whole.as_object_mut())
        && let Some(Value::Array(items)) = whole.values_mut().find(|value| value.is_array())
        && items.len() > most
    {
        items.truncate(most);
        whole.insert("NextToken".into(), "the sandbox does not go on from here".into());
    }
    Ok(whole)
}

fn listed(answer: &Value) -> usize {
    answer.as_object().and_then(|a| a.values().find_map(Value::as_array)).map_or(0, Vec::len)
}

fn merge(whole: &mut Value, page: Value) {
    match (whole, page) {
        (Value::Object(whole), Value::Object(page)) => {
            for (key, value) in page {
                merge(whole.entry(key).or_insert(Value::Null), value);
            }
        }
        (Value::Array(whole), Value::Array(mut page)) => whole.append(&mut page),
        (whole @ Value::Null, page) => *whole = page,
        _ => {}
    }
}

fn service_error(operation: &str, refused: &super::registry::Refused) -> Said {
    if refused.code.is_empty() {
        return Said::failed(
            OTHER,
            format!("\nCould not connect to the endpoint URL: {}\n", refused.message),
        );
    }
    let (code, message) = (&refused.code, &refused.message);
    let text = format!("\nAn error occurred ({code}) when calling the {operation} operation: {message}\n");
    Said::failed(SERVICE, text)
}

/// `aws ecr wait …`: asks until it is so, and says nothing.
fn wait(remote: Remote, waiter: &str, line: &Line, inside: &mut dyn Inside) -> Result<Said, Said> {
    let (title, name, status): (_, _, fn(&Value) -> &Value) = match waiter {
        "image-scan-complete" => {
            ("ImageScanComplete", "DescribeImageScanFindings", |a| &a["imageScanStatus"]["status"])
        }
        "lifecycle-policy-preview-complete" => {
            ("LifecyclePolicyPreviewComplete", "GetLifecyclePolicyPreview", |a| &a["status"])
        }
        other => {
            return Err(usage(format!(
                "argument operation: Invalid choice, valid choices are:\n\nimage-scan-complete\nlifecycle-policy-preview-complete\n\nInvalid choice: '{other}'"
            )));
        }
    };
    let parameters = practice::operations().find(|(known, _)| *known == name).map(|(_, p)| p);
    let input = Value::Object(input(&parameters.unwrap_or_default(), line, inside)?);
    let failed = |why: &str| Said::failed(OTHER, format!("\nWaiter {title} failed: {why}\n"));
    let until = Instant::now() + WAIT;
    loop {
        match remote.call(name, &input) {
            Ok(answer) => match status(&answer).as_str() {
                Some("COMPLETE") => return Ok(Said::default()),
                Some("FAILED") => {
                    let path = if title == "ImageScanComplete" { "imageScanStatus.status" } else { "status" };
                    return Err(failed(&format!(
                        "Waiter encountered a terminal failure state: For expression \"{path}\" we matched expected path: \"FAILED\""
                    )));
                }
                _ => {}
            },
            Err(refused) => {
                let why = format!(
                    "An error occurred ({}) when calling the {name} operation: {}",
                    refused.code, refused.message
                );
                return Err(failed(&why));
            }
        }
        if Instant::now() > until {
            return Err(failed("Max attempts exceeded"));
        }
        std::thread::sleep(LOOK);
    }
}

#[cfg(test)]
mod tests;
