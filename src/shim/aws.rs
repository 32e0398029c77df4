//! The `aws` command line, version 2: options and commands → one call of the API → its answer, queried
//! and laid out as the real one does.
//!
//! | file | owns |
//! | --- | --- |
//! | `line` | options, words and values of a command line |
//! | `value` | the value of an option → JSON: shorthand, JSON, `file://` |
//! | `input` | options → the input of a call; `--cli-input-json`, `--generate-cli-skeleton` |
//! | `paging` | answers in pages |
//! | `query` | JMESPath |
//! | `layout` | an answer → `--query` → JSON, YAML, text, table |
//! | `settings` | `aws configure`, profiles, credentials |
//! | `help` | what `aws … help` says here |
//! | `python` | how Python writes values |

mod help;
mod input;
mod layout;
mod line;
mod paging;
mod python;
mod query;
mod settings;
mod value;

use super::{Inside, Remote, Said};
use crate::practice::{self, Parameter};
use input::Asked;
use layout::Layout;
use line::Line;
use serde_json::{Value, json};
use settings::Settings;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Exit codes of CLI version 2.
const USAGE: u8 = 252;
const SETTINGS: u8 = 253;
const SERVICE: u8 = 254;
const OTHER: u8 = 255;

/// How long a waiter waits, and how often it looks.
const WAIT: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(100);

const HEAD: &str = "\nusage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]\n\
To see help text, you can run:\n\n  aws help\n  aws <command> help\n  aws <command> <subcommand> help\n\n";

fn usage(what: impl std::fmt::Display) -> Said {
    Said::failed(USAGE, format!("{HEAD}aws: error: {what}\n"))
}

/// What `expression` finds in `document`, as `--query` does.
///
/// # Errors
/// In the words of the command when it is none, or asks of a value what it cannot do.
pub fn query(expression: &str, document: &Value) -> Result<Value, String> {
    query::parse(expression)?.search(document)
}

/// Choices of an option or a command, two in a line, as the command lists them.
fn choices(of: &[&str]) -> String {
    let pair = |pair: &[&str]| pair.iter().map(|one| format!("{one:<40}")).collect::<Vec<_>>().join(" | ");
    of.chunks(2).map(pair).collect::<Vec<_>>().join("\n")
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
    let mut line = Line::parse(arguments).map_err(usage)?;
    if line.version {
        return Ok(Said::out("aws-cli/2.0.0 (the sandbox of docker-ecr-tutor)\n"));
    }
    let (words, profile) = (line.words.clone(), line.profile.clone());
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let settings = Settings::new(environment, region, profile.as_deref());
    if let [before @ .., "help"] = words.as_slice()
        && let Some(text) = help::text(before)
    {
        return Ok(Said::out(text));
    }
    let (service, operation) = match words.as_slice() {
        [] => return Err(usage("the following arguments are required: command")),
        ["configure", words @ ..] => return settings.configure(words, inside),
        ["sts", "get-caller-identity"] => ("sts", "get-caller-identity"),
        ["ecr", "wait", waiter] => ("wait", *waiter),
        ["ecr", "wait"] | ["ecr" | "sts"] => {
            return Err(usage("the following arguments are required: operation"));
        }
        ["ecr", operation] => ("ecr", *operation),
        ["ecr" | "sts", _, unknown, ..] => return Err(unknown_options(unknown)),
        ["sts", ..] => return Err(usage("the sandbox knows of `sts` only `get-caller-identity`")),
        [service, ..] => {
            return Err(usage(format!(
                "argument command: Invalid choice, valid choices are:\n\n{}\n\nInvalid choice: '{service}'; the sandbox knows no other",
                choices(&["configure", "ecr", "sts"])
            )));
        }
    };
    let configured = settings.output(inside)?;
    let layout = Layout::new(&line, environment, configured.as_deref())?;
    match (service, operation) {
        ("sts", _) => {
            refuse_options(&line)?;
            settings.signs("GetCallerIdentity", inside)?;
            let arn = format!("arn:aws:iam::{}:user/practice", practice::ACCOUNT);
            let identity = json!({ "UserId": "AIDAPRACTICE", "Account": practice::ACCOUNT, "Arn": arn });
            layout.show("GetCallerIdentity", identity)
        }
        ("wait", waiter) => wait(remote, waiter, &mut line, &settings, inside),
        (_, "get-login-password") => {
            refuse_options(&line)?;
            settings.signs("GetAuthorizationToken", inside)?;
            let password =
                remote.password().map_err(|refused| service_error("GetAuthorizationToken", &refused))?;
            Ok(Said::out(format!("{password}\n")))
        }
        (_, operation) => {
            let (name, parameters) = known(operation).ok_or_else(|| invalid_operation(operation))?;
            let paged = paging::paged(name);
            let (input, by_hand) = match input::read(&parameters, &mut line, paged.is_some(), inside)? {
                Asked::Form(text) => return Ok(Said::out(text)),
                Asked::Call(input, by_hand) => (input, by_hand),
            };
            let pages = paged.filter(|_| !line.no_paginate && !by_hand);
            if pages.is_none() {
                refuse_paging(&line)?;
            }
            settings.signs(name, inside)?;
            match pages {
                Some(paged) => layout.show_pages(name, paging::fetch(remote, name, paged, input, &line)?),
                None => {
                    let answer = remote.call(name, &Value::Object(input));
                    layout.show(name, answer.map_err(|refused| service_error(name, &refused))?)
                }
            }
        }
    }
}

fn refuse_options(line: &Line) -> Result<(), Said> {
    let typed = line.options.iter().flat_map(|(option, values)| std::iter::once(option).chain(values));
    let typed: Vec<&str> = typed.map(String::as_str).collect();
    if typed.is_empty() { Ok(()) } else { Err(unknown_options(&typed.join(", "))) }
}

/// Paging options have no place where there are no pages.
fn refuse_paging(line: &Line) -> Result<(), Said> {
    let set = [line.starting_token.is_some(), line.page_size.is_some(), line.max_items.is_some()];
    let set: Vec<&str> =
        line::PAGING.into_iter().zip(set).filter(|(_, set)| *set).map(|(name, _)| name).collect();
    if set.is_empty() {
        return Ok(());
    }
    let text = format!(
        "\nError during pagination: Cannot specify --no-paginate along with pagination arguments: {}\n",
        set.join(", ")
    );
    Err(Said::failed(OTHER, text))
}

/// The operation behind a command: `describe-images` → `DescribeImages`.
fn known(command: &str) -> Option<(&'static str, Vec<Parameter>)> {
    practice::operations().find(|(name, _)| value::dashed(name) == command)
}

fn invalid_operation(operation: &str) -> Said {
    let mut known: Vec<String> = practice::operations().map(|(name, _)| value::dashed(name)).collect();
    known.extend(["get-login-password", "wait"].map(str::to_owned));
    known.sort();
    let listed = choices(&known.iter().map(String::as_str).collect::<Vec<_>>());
    usage(format!(
        "argument operation: Invalid choice, valid choices are:\n\n{listed}\n\nInvalid choice: '{operation}'"
    ))
}

fn unknown_options(first: &str) -> Said {
    Said::failed(USAGE, format!("{HEAD}\nUnknown options: {first}\n"))
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
fn wait(
    remote: Remote,
    waiter: &str,
    line: &mut Line,
    settings: &Settings<'_>,
    inside: &mut dyn Inside,
) -> Result<Said, Said> {
    let (title, name, status): (_, _, fn(&Value) -> &Value) = match waiter {
        "image-scan-complete" => {
            ("ImageScanComplete", "DescribeImageScanFindings", |a| &a["imageScanStatus"]["status"])
        }
        "lifecycle-policy-preview-complete" => {
            ("LifecyclePolicyPreviewComplete", "GetLifecyclePolicyPreview", |a| &a["status"])
        }
        other => {
            return Err(usage(format!(
                "argument operation: Invalid choice, valid choices are:\n\n{}\n\nInvalid choice: '{other}'",
                choices(&["image-scan-complete", "lifecycle-policy-preview-complete"])
            )));
        }
    };
    let parameters = practice::operations().find(|(known, _)| *known == name).map(|(_, p)| p);
    let input = match input::read(&parameters.unwrap_or_default(), line, false, inside)? {
        Asked::Form(text) => return Ok(Said::out(text)),
        Asked::Call(input, _) => Value::Object(input),
    };
    settings.signs(name, inside)?;
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
