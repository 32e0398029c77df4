//! The options of BuildKit's checks: `skip=A,B;error=true;experimental=all`, in the `# check=` directive
//! and in a comment above one instruction.

/// What to check, and how much it matters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checks<'a> {
    /// Checks that are not wanted; `all` for every one.
    pub skip: Vec<&'a str>,
    /// Checks on trial that are wanted; `all` for every one.
    pub experimental: Vec<&'a str>,
    /// Whether a finding fails the build.
    pub error: bool,
}

impl<'a> Checks<'a> {
    /// The options in `text`. A remark may stand behind a blank.
    ///
    /// # Errors
    /// The option that there is not, in words for people.
    pub fn parse(text: &'a str) -> Result<Self, String> {
        let mut checks = Self::default();
        let list = |value: &'a str| value.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        for option in text.split_whitespace().next().unwrap_or("").splitn(3, ';') {
            let (key, value) = option.split_once('=').unwrap_or((option, ""));
            match (key.trim(), value.trim()) {
                ("skip", value) => checks.skip = list(value),
                ("experimental", value) => checks.experimental = list(value),
                ("error", "1" | "t" | "T" | "TRUE" | "true" | "True") => checks.error = true,
                ("error", "0" | "f" | "F" | "FALSE" | "false" | "False") => checks.error = false,
                ("error", value) => return Err(format!("`error` is true or false, not `{value}`")),
                (key, _) => {
                    return Err(format!(
                        "`{key}` is no option of the checks; there are skip, error and experimental"
                    ));
                }
            }
        }
        Ok(checks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_up_to_the_first_blank() {
        let checks = Checks::parse("skip=A,B;error=true;experimental=all because I say so").unwrap();
        assert_eq!(checks, Checks { skip: vec!["A", "B"], experimental: vec!["all"], error: true });
        assert_eq!(Checks::parse("skip=all"), Ok(Checks { skip: vec!["all"], ..Checks::default() }));
        assert!(Checks::parse("error=maybe").is_err() && Checks::parse("slip=A").is_err());
        assert!(
            Checks::parse("skip=A;error=true;experimental=B;skip=C")
                .is_ok_and(|c| c.experimental == ["B;skip=C"])
        );
    }
}
