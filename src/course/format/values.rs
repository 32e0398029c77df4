//! Values that check themselves while they are read.

use crate::text::sanitise;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::time::Duration;

/// Longest text of one field, in bytes.
const MAX_PROSE: usize = 16 * 1024;
/// Longest one-line text, in characters.
const MAX_LINE: usize = 300;
/// Longest path, in bytes.
const MAX_PATH: usize = 200;

/// Declares a string that is checked by `TryFrom` and described by a pattern.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $pattern:literal, $description:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "description": $description })
            }
        }
    };
}

checked_text!(
    /// One line of text without control characters.
    Line,
    "^[^\\u0000-\\u001f]+$",
    "One line of text."
);
checked_text!(
    /// Markdown without control characters, one line or more.
    Prose,
    "^[^\\u0000-\\u0008\\u000b-\\u001f]+$",
    "Markdown, one line or more."
);
checked_text!(
    /// A name made of small letters, digits and hyphens.
    Id,
    "^[a-z0-9]+(-[a-z0-9]+)*$",
    "Small letters, digits and single hyphens."
);
checked_text!(
    /// A relative path that stays where it begins.
    RelPath,
    "^[^/\\\\\\u0000-\\u001f]+(/[^/\\\\\\u0000-\\u001f]+)*$",
    "A relative path with / between its parts and without . or .. among them."
);

impl TryFrom<String> for Line {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("a text is expected here, and it is empty".into());
        }
        if let Some(c) = text.chars().find(|c| sanitise::is_unsafe(*c)) {
            return Err(format!("the text holds the control character U+{:04X}", u32::from(c)));
        }
        if text.chars().nth(MAX_LINE).is_some() {
            return Err(format!("the text is longer than {MAX_LINE} characters"));
        }
        Ok(Self(text))
    }
}

impl TryFrom<String> for Prose {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("a text is expected here, and it is empty".into());
        }
        if let Some(c) = text.chars().find(|c| sanitise::is_unsafe(*c) && !matches!(c, '\n' | '\t')) {
            return Err(format!("the text holds the control character U+{:04X}", u32::from(c)));
        }
        if text.len() > MAX_PROSE {
            return Err(format!("the text is longer than {MAX_PROSE} bytes"));
        }
        Ok(Self(text.trim_end().to_owned()))
    }
}

impl TryFrom<String> for Id {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let fits = text.len() <= 64
            && text.split('-').all(|part| {
                !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            });
        if fits {
            Ok(Self(text))
        } else {
            let shown = sanitise::bounded(&sanitise::plain(&text), 40).into_owned();
            Err(format!("`{shown}` is no id: use small letters, digits and single hyphens, at most 64"))
        }
    }
}

impl TryFrom<String> for RelPath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let shown = sanitise::bounded(&sanitise::plain(&text), 60).into_owned();
        if text.starts_with('/') || text.get(1..3).is_some_and(|s| s == ":\\" || s == ":/") {
            return Err(format!("`{shown}` is an absolute path; paths begin at the exercise's folder"));
        }
        if text.split('/').any(|part| part == "..") {
            return Err(format!("`{shown}` leads out of the exercise's folder"));
        }
        if text.split('/').any(|part| part.is_empty() || part == ".")
            || text.contains('\\')
            || text.chars().any(sanitise::is_unsafe)
            || text.len() > MAX_PATH
        {
            return Err(format!("`{shown}` is no plain relative path such as `src/main.py`"));
        }
        Ok(Self(text))
    }
}

/// A share such as `80%`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Percent(f64);

impl Percent {
    /// Between 0 and 1.
    pub fn share(self) -> f64 {
        self.0 / 100.0
    }
}

impl TryFrom<String> for Percent {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let number = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
        match number {
            Some(number) if number > 0.0 && number < 100.0 => Ok(Self(number)),
            _ => Err("a share is written like 80%, more than 0% and less than 100%".into()),
        }
    }
}

impl From<Percent> for String {
    fn from(value: Percent) -> Self {
        format!("{}%", value.0)
    }
}

/// A length of time such as `30s`, `500ms` or `2m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period(Duration);

impl Period {
    /// As a standard duration.
    pub fn duration(self) -> Duration {
        self.0
    }
}

impl TryFrom<String> for Period {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let millis = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            _ => 0,
        };
        match number.parse::<u64>().ok().and_then(|number| number.checked_mul(millis)) {
            Some(millis) if (1..=3_600_000).contains(&millis) => Ok(Self(Duration::from_millis(millis))),
            _ => Err("a time is written like 500ms, 30s or 2m, up to 60m".into()),
        }
    }
}

impl From<Period> for String {
    fn from(value: Period) -> Self {
        match value.0.as_millis() {
            millis if millis % 1_000 == 0 => format!("{}s", millis / 1_000),
            millis => format!("{millis}ms"),
        }
    }
}

/// A number of bytes such as `150MB` or `64MiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Size(u64);

impl Size {
    /// In bytes.
    pub fn bytes(self) -> u64 {
        self.0
    }
}

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let unit = match unit.trim() {
            "B" => 1,
            "kB" => 1_000,
            "MB" => 1_000_000,
            "GB" => 1_000_000_000,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            _ => 0,
        };
        match number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit)) {
            Some(bytes) if bytes > 0 => Ok(Self(bytes)),
            _ => Err("a size is written like 150MB or 64MiB".into()),
        }
    }
}

impl From<Size> for String {
    fn from(value: Size) -> Self {
        format!("{}B", value.0)
    }
}

/// Gives a type the schema of a string with a pattern.
macro_rules! text_schema {
    ($name:ident, $pattern:literal, $description:literal) => {
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern, "description": $description })
            }
        }
    };
}

text_schema!(Percent, "^[0-9]+(\\.[0-9]+)?\\s*%$", "A share such as 80%.");
text_schema!(Period, "^[0-9]+(ms|s|m)$", "A length of time such as 500ms, 30s or 2m.");
text_schema!(Size, "^[0-9]+\\s*(B|kB|MB|GB|KiB|MiB|GiB)$", "A number of bytes such as 150MB or 64MiB.");
