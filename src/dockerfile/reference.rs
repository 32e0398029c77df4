//! Names of images: their parts, and which texts the builder takes for one.

/// The name of an image, taken apart: `[host[:port]/]path[:tag][@digest]`. Everything that needs a part of such
/// a name takes it from here, so that nobody has a notion of their own of what a host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reference<'a> {
    text: &'a str,
    /// The registry, with its port: the first part, when it has a dot, a colon or a capital, or is `localhost`.
    pub host: Option<&'a str>,
    /// The repository in its registry.
    pub path: &'a str,
    /// What stands behind the `:`.
    pub tag: Option<&'a str>,
    /// What stands behind the `@`.
    pub digest: Option<&'a str>,
}

impl<'a> Reference<'a> {
    /// Takes a name apart; whether it is one, [`Reference::is_valid`] says.
    pub fn of(text: &'a str) -> Self {
        let (name, digest) = text.split_once('@').map_or((text, None), |(name, digest)| (name, Some(digest)));
        let is_host = |first: &str| {
            first.contains(['.', ':']) || first == "localhost" || first.contains(char::is_uppercase)
        };
        let (host, rest) = match name.split_once('/') {
            Some((first, rest)) if is_host(first) => (Some(first), rest),
            _ => (None, name),
        };
        let (path, tag) = rest.split_once(':').map_or((rest, None), |(path, tag)| (path, Some(tag)));
        Self { text, host, path, tag, digest }
    }

    /// Registry and repository, as they are written.
    pub fn repository(&self) -> &'a str {
        let host = self.host.map_or(0, |host| host.len() + 1);
        self.text.get(..host + self.path.len()).unwrap_or(self.text)
    }

    /// The tag; `latest` where a name has neither tag nor digest.
    pub fn tag_or_latest(&self) -> &'a str {
        self.tag.unwrap_or(if self.digest.is_some() { "" } else { "latest" })
    }

    /// Whether the builder takes it for the name of an image, as Docker normalises it.
    pub fn is_valid(&self) -> bool {
        // Sixty-four hex digits are an image's id, never its name.
        if self.text.len() == 64 && self.text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return false;
        }
        self.host.is_none_or(is_host)
            && self.path.split('/').all(is_component)
            && self.host.map_or("docker.io/library".len(), str::len) + 1 + self.path.len() <= 255
            && self.tag.is_none_or(is_tag)
            && self.digest.is_none_or(is_digest)
    }
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, rest)) => {
            let good = address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':') && !address.is_empty();
            if !good || !(rest.is_empty() || rest.starts_with(':')) {
                return false;
            }
            ("", rest.strip_prefix(':'))
        }
        None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
    };
    let label = |label: &str| {
        let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.bytes().all(inner)
    };
    (name.is_empty() && host.starts_with('[') || name.split('.').all(label))
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

/// Small letters and digits, parted by one dot, one or two underscores, or any number of dashes.
fn is_component(text: &str) -> bool {
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    let inside = bytes.first().is_some_and(|b| letter(*b)) && bytes.last().is_some_and(|b| letter(*b));
    inside
        && bytes
            .split(|b| letter(*b))
            .all(|gap| matches!(gap, b"" | b"." | b"_" | b"__") || gap.iter().all(|b| *b == b'-'))
}

fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let mut bytes = tag.bytes();
    tag.len() <= 128 && bytes.next().is_some_and(word) && bytes.all(|b| word(b) || matches!(b, b'.' | b'-'))
}

fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return false,
    };
    hex.len() == length && hex.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tags_and_digests() {
        let digest = "a".repeat(64);
        for good in [
            "debian",
            "debian:12",
            "library/debian",
            "localhost/a",
            "localhost:5000/a/b:1",
            "Host/a",
            "a--b/c__d/e.f",
            "[::1]:5000/a",
            "registry.example.org/a:latest",
            &format!("a:1@sha256:{digest}"),
        ] {
            assert!(Reference::of(good).is_valid(), "{good}");
        }
        for bad in [
            "",
            "Debian",
            "debian:",
            "debian:-x",
            ":x",
            "a//b",
            "a:b:c",
            "a_-b",
            "a..b",
            "-a",
            "host:x/a",
            "a b",
            "a@sha256:ff",
            &digest,
        ] {
            assert!(!Reference::of(bad).is_valid(), "{bad}");
        }
    }
    #[test]
    fn parts_are_found_where_distribution_finds_them() {
        for (text, host, path, tag, digest) in [
            ("alpine", None, "alpine", None, None),
            ("team/app:1", None, "team/app", Some("1"), None),
            ("Team/app:1", Some("Team"), "app", Some("1"), None),
            ("localhost/app", Some("localhost"), "app", None, None),
            ("127.0.0.1:5000/a/b:v1", Some("127.0.0.1:5000"), "a/b", Some("v1"), None),
            ("[::1]:5000/a", Some("[::1]:5000"), "a", None, None),
            ("ghost:5000/a@sha256:00", Some("ghost:5000"), "a", None, Some("sha256:00")),
            ("a:1@sha256:00", None, "a", Some("1"), Some("sha256:00")),
            ("", None, "", None, None),
        ] {
            let found = Reference::of(text);
            assert_eq!(
                (found.host, found.path, found.tag, found.digest),
                (host, path, tag, digest),
                "{text}"
            );
            assert!(text.starts_with(found.repository()), "{text}");
        }
        assert_eq!(Reference::of("127.0.0.1:5000/a/b:v1@x").repository(), "127.0.0.1:5000/a/b");
        let tags = ["a", "a:1", "a@sha256:00"].map(|text| Reference::of(text).tag_or_latest());
        assert_eq!(tags, ["latest", "1", ""]);
    }
}
