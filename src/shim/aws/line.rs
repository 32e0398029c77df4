//! The words and options of an `aws` command line.

/// A command line taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// Service and operation.
    pub(super) words: Vec<String>,
    /// Options of the operation with their values, in order.
    pub(super) options: Vec<(String, Vec<String>)>,
    pub(super) profile: Option<String>,
    pub(super) output: Option<String>,
    pub(super) query: Option<String>,
    /// Paging, where the operation has pages.
    pub(super) max_items: Option<usize>,
    pub(super) page_size: Option<usize>,
    pub(super) starting_token: Option<String>,
    pub(super) no_paginate: bool,
    pub(super) version: bool,
}

/// Options that only operations with pages have.
pub(super) const PAGING: [&str; 3] = ["--starting-token", "--page-size", "--max-items"];

/// Global options that take a value, and those that take none.
const VALUED: [&str; 10] = [
    "--region",
    "--profile",
    "--output",
    "--query",
    "--endpoint-url",
    "--color",
    "--ca-bundle",
    "--cli-read-timeout",
    "--cli-connect-timeout",
    "--cli-binary-format",
];
const FLAGS: [&str; 8] = [
    "--no-cli-pager",
    "--no-paginate",
    "--no-verify-ssl",
    "--no-sign-request",
    "--no-cli-auto-prompt",
    "--cli-auto-prompt",
    "--debug",
    "--version",
];

impl Line {
    /// # Errors
    /// In the words of the command when an option lacks its value.
    pub(super) fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut line = Self::default();
        let mut rest = arguments.iter().peekable();
        while let Some(argument) = rest.next() {
            let (name, joined) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
                _ => (argument.as_str(), None),
            };
            if VALUED.contains(&name) {
                let value = joined.or_else(|| rest.next().cloned());
                let value = value.ok_or_else(|| format!("argument {name}: expected one argument"))?;
                line.global(name, value);
            } else if FLAGS.contains(&name) {
                line.no_paginate |= name == "--no-paginate";
                line.version |= name == "--version";
            } else if name.starts_with("--") {
                let mut values: Vec<String> = joined.into_iter().collect();
                while values.is_empty() || !argument.contains('=') {
                    match rest.next_if(|next| !next.starts_with("--")) {
                        Some(value) => values.push(value.clone()),
                        None => break,
                    }
                }
                line.options.push((name.to_owned(), values));
            } else {
                line.words.push(argument.clone());
            }
        }
        Ok(line)
    }

    fn global(&mut self, name: &str, value: String) {
        match name {
            "--profile" => self.profile = Some(value),
            "--output" => self.output = Some(value),
            "--query" => self.query = Some(value),
            _ => {}
        }
    }

    /// Takes the paging options out of those of the operation.
    ///
    /// # Errors
    /// In the words of the command when one lacks its value, or has one that is no number.
    pub(super) fn page(&mut self) -> Result<(), String> {
        let (paging, others) = std::mem::take(&mut self.options)
            .into_iter()
            .partition(|(name, _): &(String, _)| PAGING.contains(&name.as_str()));
        self.options = others;
        for (name, values) in paging {
            let value = values.first().ok_or_else(|| format!("argument {name}: expected one argument"))?;
            if name == "--starting-token" {
                self.starting_token = Some(value.clone());
                continue;
            }
            let number = value.trim().parse::<usize>();
            let number = number.map_err(|_| format!("argument {name}: invalid int value: '{value}'"))?;
            let place = if name == "--page-size" { &mut self.page_size } else { &mut self.max_items };
            *place = Some(number);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Line {
        Line::parse(&text.split(' ').map(str::to_owned).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn options_stand_anywhere_and_take_their_values_both_ways() {
        let line = parse(
            "--region=eu-west-1 ecr --output text describe-images --repository-name a/b --image-ids imageTag=1 imageTag=2 --query=x[0]",
        );
        assert_eq!(line.words, ["ecr", "describe-images"]);
        assert_eq!(line.output.as_deref(), Some("text"));
        assert_eq!(line.query.as_deref(), Some("x[0]"));
        let two = vec!["imageTag=1".to_owned(), "imageTag=2".to_owned()];
        assert_eq!(line.options[0], ("--repository-name".into(), vec!["a/b".into()]));
        assert_eq!(line.options[1], ("--image-ids".into(), two));
    }

    #[test]
    fn a_joined_value_is_the_only_one_and_a_flag_has_none() {
        let line = parse("ecr delete-repository --repository-name=x --force");
        assert_eq!(line.options[0].1, ["x"]);
        assert_eq!(line.options[1], ("--force".into(), vec![]));
        assert!(Line::parse(&["--region".into()]).is_err());
    }
}
