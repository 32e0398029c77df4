//! Where links lead, and which addresses may be given to a terminal.

use crate::text::{percent_encode, sanitise};

/// Longest address that is passed on.
const LONGEST: usize = 2000;

/// Where a link leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An `http` or `https` address, in printable ASCII only (the rest percent-encoded).
    Web(String),
    /// A lesson, by slug, and the heading in it.
    Lesson {
        /// `image-size` of `04-image-size.md`.
        slug: String,
        /// `the-cache` of `#the-cache`.
        heading: Option<String>,
    },
    /// An exercise, by id.
    Exercise(String),
    /// A heading of the same page.
    Heading(String),
    /// A rule of the linter, by code or name.
    Rule(String),
    /// A word of the glossary.
    Word(String),
    /// Anything else: shown, never followed.
    Other(String),
}

impl Target {
    /// What `address` of a document leads to.
    pub fn of(address: &str) -> Self {
        let address = address.trim();
        let other = || Self::Other(sanitise::bounded(&sanitise::plain(address), 200).into_owned());
        if address.chars().any(sanitise::is_unsafe) || address.len() > LONGEST {
            return other();
        }
        if let Some(heading) = address.strip_prefix('#') {
            return Self::Heading(heading.to_lowercase());
        }
        if let Some((scheme, rest)) = address.split_once("://") {
            let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            let host_ok =
                !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
            if web && host_ok {
                return Self::Web(encode(&format!("{}://{rest}", scheme.to_ascii_lowercase())));
            }
            return other();
        }
        let (path, heading) = match address.split_once('#') {
            Some((path, heading)) => (path, Some(heading.to_lowercase())),
            None => (address, None),
        };
        if let Some(slug) = path.strip_prefix("lesson:") {
            return Self::Lesson { slug: slug.to_owned(), heading };
        }
        if let Some(id) = path.strip_prefix("exercise:") {
            return Self::Exercise(id.to_owned());
        }
        if let Some(code) = path.strip_prefix("rule:") {
            return Self::Rule(code.to_owned());
        }
        if let Some(word) = path.strip_prefix("glossary:") {
            return Self::Word(word.to_owned());
        }
        let mut parts = path.split('/').filter(|part| !matches!(*part, "" | "." | ".."));
        if let Some(id) = parts.clone().skip_while(|part| *part != "exercises").nth(1) {
            return Self::Exercise(id.to_owned());
        }
        match parts.next_back().and_then(|file| file.strip_suffix(".md")) {
            Some(stem) if !path.contains(':') => {
                let slug = stem.trim_start_matches(|c: char| c.is_ascii_digit());
                let slug = if slug.len() < stem.len() { slug.strip_prefix('-') } else { Some(stem) };
                Self::Lesson { slug: slug.unwrap_or(stem).to_owned(), heading }
            }
            _ => other(),
        }
    }

    /// What a person is shown of it.
    pub fn label(&self) -> String {
        match self {
            Self::Web(url) => url.clone(),
            Self::Lesson { slug, heading: Some(heading) } => format!("lesson {slug}, {heading}"),
            Self::Lesson { slug, heading: None } => format!("lesson {slug}"),
            Self::Exercise(id) => id.clone(),
            Self::Heading(slug) => format!("#{slug}"),
            Self::Rule(code) => format!("rule {code}"),
            Self::Word(word) => format!("the word {word}"),
            Self::Other(text) => text.clone(),
        }
    }
}

/// `url` in printable ASCII: everything else, and what could end an escape sequence, encoded.
fn encode(url: &str) -> String {
    percent_encode(url, |byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte))
}

/// The name that `#…` links use for a heading: lower case, blanks as dashes, no punctuation.
pub(super) fn slug(heading: &str) -> String {
    heading
        .chars()
        .flat_map(char::to_lowercase)
        .filter_map(|c| match c {
            ' ' | '-' => Some('-'),
            c if c.is_alphanumeric() || c == '_' => Some(c),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_encoded_or_refused() {
        let web = |s: &str| Target::Web(s.to_owned());
        assert_eq!(Target::of("https://a.b/c d"), web("https://a.b/c%20d"));
        assert_eq!(Target::of("HTTP://a.b/é\\"), web("http://a.b/%C3%A9%5C"));
        for bad in [
            "https://a.b/\u{1b}]0;x\u{7}",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://",
            "https://a@b/",
        ] {
            assert!(matches!(Target::of(bad), Target::Other(_)), "{bad:?}");
        }
    }

    #[test]
    fn lessons_and_exercises_are_found_by_their_files() {
        let lesson = |slug: &str, heading: Option<&str>| Target::Lesson {
            slug: slug.to_owned(),
            heading: heading.map(str::to_owned),
        };
        assert_eq!(Target::of("04-image-size.md#Why"), lesson("image-size", Some("why")));
        assert_eq!(Target::of("../lessons/04-image-size.md"), lesson("image-size", None));
        assert_eq!(Target::of("lesson:layers"), lesson("layers", None));
        assert_eq!(Target::of("../exercises/exercise-1/"), Target::Exercise("exercise-1".to_owned()));
        assert_eq!(Target::of("exercise:exercise-2"), Target::Exercise("exercise-2".to_owned()));
        assert_eq!(Target::of("rule:DL3008"), Target::Rule("DL3008".to_owned()));
        assert_eq!(Target::of("glossary:cache-mount"), Target::Word("cache-mount".to_owned()));
        assert_eq!(Target::of("#The-Cache"), Target::Heading("the-cache".to_owned()));
    }

    #[test]
    fn a_heading_is_named_like_on_github() {
        assert_eq!(slug("What's in `RUN`, really?"), "whats-in-run-really");
    }
}
