//! What `aws … help` says here: what there is, and that this is not the real one.

use super::value::dashed;
use crate::practice::{self, Takes};

const NOTE: &str = "This is the `aws` of docker-ecr-tutor's sandbox: version 2's words, options and exit codes for what \
                    scripts about Amazon ECR need, against the practice registry. The whole manual is at \
                    https://docs.aws.amazon.com/cli/.\n";

/// The help on these words; `None` when there is nothing by that name.
pub(super) fn text(words: &[&str]) -> Option<String> {
    match words {
        [] => Some(format!(
            "{NOTE}\naws [options] <command> <subcommand> [parameters]\n\nCOMMANDS\n  configure  get, set, list, \
             list-profiles\n  ecr        see `aws ecr help`\n  sts        get-caller-identity\n\nOPTIONS\n  --output \
             json|text|table|yaml  --query JMESPATH  --profile NAME  --region NAME\n  --no-paginate  --no-cli-pager  \
             --version\n"
        )),
        ["configure"] => {
            Some(format!("{NOTE}\naws configure get NAME | set NAME VALUE | list | list-profiles\n"))
        }
        ["sts"] | ["sts", "get-caller-identity"] => Some(format!("{NOTE}\naws sts get-caller-identity\n")),
        ["ecr", "get-login-password"] => Some(format!("{NOTE}\naws ecr get-login-password\n")),
        ["ecr"] => {
            let mut names: Vec<String> = practice::operations().map(|(name, _)| dashed(name)).collect();
            names.extend(["get-login-password", "wait"].map(str::to_owned));
            names.sort();
            let names: String = names.iter().map(|name| format!("  {name}\n")).collect();
            Some(format!("{NOTE}\naws ecr <subcommand> [parameters]\n\n{names}"))
        }
        ["ecr", operation] => {
            let (_, parameters) = super::known(operation)?;
            let mut text = format!("{NOTE}\naws ecr {operation}\n");
            for parameter in parameters {
                let name = dashed(parameter.name);
                let value = match parameter.takes {
                    Takes::Boolean => format!("--{name} | --no-{name}"),
                    Takes::Text => format!("--{name} <value>"),
                    Takes::Number => format!("--{name} <number>"),
                    Takes::Structure(_) => format!("--{name} <key=value,… or JSON>"),
                    Takes::List(_) => format!("--{name} <value> …"),
                };
                text.push_str(&if parameter.required {
                    format!("  {value}\n")
                } else {
                    format!("  [{value}]\n")
                });
            }
            text.push_str("  [--cli-input-json <value>]\n  [--generate-cli-skeleton]\n");
            Some(text)
        }
        _ => None,
    }
}
