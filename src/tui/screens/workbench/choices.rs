//! How the learner wants a build: target, platform, build arguments, secrets. Remembered for each
//! exercise, but for values that look secret and the wish to build without the cache. Pure.

use crate::engine::BuildRequest;
use std::collections::BTreeMap;
use std::path::Path;

/// Words in the name of an argument whose value is never written down.
const SECRET: [&str; 7] = ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "APIKEY", "API_KEY", "CREDENTIAL"];

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Choices {
    /// `--target`: a stage; empty for the last.
    pub target: String,
    /// `--platform`; empty for the engine's.
    pub platform: String,
    /// `--build-arg`s: `NAME=value OTHER="a b"`.
    pub build_args: String,
    /// `--secret`s: `id=file other=file`; files, never values.
    pub secrets: String,
    /// `--no-cache`, for one build.
    pub no_cache: bool,
}

impl Choices {
    /// Whether nothing was chosen.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is wrong with them, in a sentence.
    pub fn problem(&self) -> Option<String> {
        let words = [("target", &self.target), ("platform", &self.platform)];
        let spaced = words.iter().find(|(_, text)| text.trim().contains(char::is_whitespace));
        if let Some((name, _)) = spaced {
            return Some(format!("The {name} is one word"));
        }
        match (pairs(&self.build_args), pairs(&self.secrets)) {
            (Err(word), _) => Some(format!("{word} is no NAME=value")),
            (_, Err(word)) => Some(format!("{word} is no id=file")),
            _ => None,
        }
    }

    /// Puts them into a request; secrets' files are looked for in `folder` unless they are absolute.
    pub fn apply(&self, request: &mut BuildRequest, folder: &Path) {
        request.target = self.target.trim().to_owned();
        request.platform = self.platform.trim().to_owned();
        request.no_cache = self.no_cache;
        request.build_args.extend(pairs(&self.build_args).unwrap_or_default());
        let secrets = pairs(&self.secrets).unwrap_or_default();
        request.secrets.extend(secrets.into_iter().map(|(id, file)| (id, folder.join(file))));
    }

    /// In words, for the log: `target test, 2 build args, without the cache`.
    pub fn words(&self) -> String {
        let mut words = Vec::new();
        for (name, text) in [("target", &self.target), ("platform", &self.platform)] {
            if !text.trim().is_empty() {
                words.push(format!("{name} {}", text.trim()));
            }
        }
        for (name, text) in [("build arg", &self.build_args), ("secret", &self.secrets)] {
            match pairs(text).map_or(0, |pairs| pairs.len()) {
                0 => {}
                1 => words.push(format!("1 {name}")),
                many => words.push(format!("{many} {name}s")),
            }
        }
        if self.no_cache {
            words.push("without the cache".to_owned());
        }
        words.join(", ")
    }

    /// As they are remembered.
    pub fn to_text(&self) -> String {
        let harmless = |(name, _): &(String, String)| {
            let name = name.to_uppercase();
            !SECRET.iter().any(|word| name.contains(word))
        };
        let kept = pairs(&self.build_args).unwrap_or_default().into_iter().filter(harmless);
        let build_args: Vec<String> =
            kept.map(|(name, value)| format!("{name}={}", quoted(&value))).collect();
        let lines = [self.target.trim(), self.platform.trim(), &build_args.join(" "), self.secrets.trim()];
        lines.join("\n")
    }

    /// From what was remembered.
    pub fn from_text(text: &str) -> Self {
        let mut lines = text.lines().map(str::to_owned);
        let mut next = || lines.next().unwrap_or_default();
        Self { target: next(), platform: next(), build_args: next(), secrets: next(), no_cache: false }
    }
}

fn quoted(value: &str) -> String {
    if value.contains(char::is_whitespace) { format!("\"{value}\"") } else { value.to_owned() }
}

/// `A=1 B="two words"`; the word that is no pair otherwise.
fn pairs(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut words = vec![String::new()];
    let mut inside = false;
    for c in text.chars() {
        match c {
            '"' => inside = !inside,
            c if c.is_whitespace() && !inside => words.push(String::new()),
            c => words.last_mut().into_iter().for_each(|word| word.push(c)),
        }
    }
    let pair = |word: String| match word.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(word),
    };
    words.into_iter().filter(|word| !word.is_empty()).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choices() -> Choices {
        Choices {
            target: " test ".into(),
            platform: "linux/arm64".into(),
            build_args: "VERSION=1.2 GREETING=\"hello world\" NPM_TOKEN=hush EMPTY=".into(),
            secrets: "npm=.npmrc aws=/home/a/.aws".into(),
            no_cache: true,
        }
    }

    #[test]
    fn they_reach_the_request() {
        let mut request = BuildRequest::default();
        choices().apply(&mut request, Path::new("/w"));
        assert_eq!(
            (request.target.as_str(), request.platform.as_str(), request.no_cache),
            ("test", "linux/arm64", true)
        );
        assert_eq!(request.build_args["GREETING"], "hello world");
        assert_eq!(request.build_args["EMPTY"], "");
        assert_eq!(request.secrets["npm"], Path::new("/w/.npmrc"));
        assert_eq!(request.secrets["aws"], Path::new("/home/a/.aws"));
        assert_eq!(
            choices().words(),
            "target test, platform linux/arm64, 4 build args, 2 secrets, without the cache"
        );
    }

    #[test]
    fn no_secret_value_is_remembered() {
        let text = choices().to_text();
        assert!(!text.contains("hush") && !text.contains("NPM_TOKEN"), "{text}");
        let again = Choices::from_text(&text);
        assert_eq!(again.build_args, "EMPTY= GREETING=\"hello world\" VERSION=1.2");
        assert_eq!(
            (again.target.as_str(), again.secrets.as_str(), again.no_cache),
            ("test", choices().secrets.as_str(), false)
        );
        assert_eq!(Choices::from_text(""), Choices::default());
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        assert_eq!(choices().problem(), None);
        let wrong = Choices { build_args: "A=1 B".into(), ..Choices::default() };
        assert_eq!(wrong.problem().as_deref(), Some("B is no NAME=value"));
        let wrong = Choices { target: "a b".into(), ..Choices::default() };
        assert_eq!(wrong.problem().as_deref(), Some("The target is one word"));
    }
}
