//! Image references: which texts the builder takes for the name of an image.

/// Whether `text` names an image: `[host[:port]/]path[:tag][@digest]`, as Docker normalises it.
pub fn is_valid(text: &str) -> bool {
    // Sixty-four hex digits are an image's id, never its name.
    if text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return false;
    }
    let (name, digest) = text.split_once('@').map_or((text, None), |(name, digest)| (name, Some(digest)));
    let (host, rest) = host(name);
    let (path, tag) = rest.split_once(':').map_or((rest, None), |(path, tag)| (path, Some(tag)));
    host.is_none_or(is_host)
        && path.split('/').all(is_component)
        && host.map_or("docker.io/library".len(), str::len) + 1 + path.len() <= 255
        && tag.is_none_or(is_tag)
        && digest.is_none_or(is_digest)
}

/// The host in front, when there is one: it has a dot, a colon or a capital, or is `localhost`.
fn host(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((host, rest))
            if host.contains(['.', ':']) || host == "localhost" || host.contains(char::is_uppercase) =>
        {
            (Some(host), rest)
        }
        _ => (None, name),
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
            assert!(is_valid(good), "{good}");
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
            assert!(!is_valid(bad), "{bad}");
        }
    }
}
