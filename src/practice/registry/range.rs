//! Ranges and conditions of requests (RFC 9110), and the `Content-Range` of chunks. Pure.

use axum::http::{HeaderMap, header};

/// What part of a representation is asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it: no range, or one that is none.
    Whole,
    /// These bytes: first, and how many.
    Some(u64, u64),
    /// Bytes that are not there.
    None,
}

/// The part that `headers` ask for, of content with `size` bytes and this entity tag. Several ranges at
/// once are answered with the whole, which is allowed.
pub fn part(headers: &HeaderMap, size: u64, tag: &str) -> Part {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if text(header::IF_RANGE).is_some_and(|wanted| wanted.trim() != tag) {
        return Part::Whole;
    }
    let Some(spec) = text(header::RANGE).and_then(|range| range.trim().strip_prefix("bytes=")) else {
        return Part::Whole;
    };
    let Some((first, last)) = spec.trim().split_once('-') else { return Part::Whole };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !digits(first) || !digits(last) {
        return Part::Whole;
    }
    // A number too large to read is larger than any blob.
    let number = |text: &str| text.parse().unwrap_or(u64::MAX);
    match (first, last) {
        ("", "") => Part::Whole,
        ("", suffix) => match number(suffix).min(size) {
            0 => Part::None,
            length => Part::Some(size - length, length),
        },
        (first, "") if number(first) < size => Part::Some(number(first), size - number(first)),
        (_, "") => Part::None,
        (first, last) if number(first) > number(last) => Part::Whole,
        (first, _) if number(first) >= size => Part::None,
        (first, last) => Part::Some(number(first), number(last).min(size - 1) - number(first) + 1),
    }
}

/// What the conditions of a read come to.
#[derive(Debug, PartialEq, Eq)]
pub enum Condition {
    /// Go on.
    Met,
    /// The client has it already.
    NotModified,
    /// The client wants another one.
    Failed,
}

/// Whether content with this entity tag meets `If-Match` and `If-None-Match`.
pub fn condition(headers: &HeaderMap, tag: &str) -> Condition {
    let lists = |name| -> Option<bool> {
        let mut values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).peekable();
        values.peek()?;
        Some(values.flat_map(|list| list.split(',')).any(|one| {
            let one = one.trim();
            one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag
        }))
    };
    if lists(header::IF_MATCH) == Some(false) {
        return Condition::Failed;
    }
    if lists(header::IF_NONE_MATCH) == Some(true) { Condition::NotModified } else { Condition::Met }
}

/// The `Content-Range` of a chunk: first byte and how many.
#[derive(Debug, PartialEq, Eq)]
pub enum Chunk {
    /// Not said: the chunk goes to the end of what there is.
    Next,
    /// Said.
    At(u64, u64),
    /// Not of the form `<first>-<last>`.
    Unreadable,
}

/// Reads `Content-Range: 100-199`. Older clients write `bytes 100-199/*`.
pub fn chunk(headers: &HeaderMap) -> Chunk {
    let Some(value) = headers.get(header::CONTENT_RANGE) else { return Chunk::Next };
    let read = || {
        let text = value.to_str().ok()?.trim();
        let text = text.strip_prefix("bytes ").or_else(|| text.strip_prefix("bytes=")).unwrap_or(text);
        let text = text.split('/').next()?.trim();
        let (first, last) = text.split_once('-')?;
        let number =
            |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok())?;
        let (first, last) = (number(first)?, number(last)?);
        Some(Chunk::At(first, last.checked_sub(first)?.checked_add(1)?))
    };
    read().unwrap_or(Chunk::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn parts_of_ten_bytes() {
        for (range, found) in [
            ("bytes=0-9", Part::Some(0, 10)),
            ("bytes=0-0", Part::Some(0, 1)),
            ("bytes=3-5", Part::Some(3, 3)),
            ("bytes=3-", Part::Some(3, 7)),
            ("bytes=-4", Part::Some(6, 4)),
            ("bytes=-99", Part::Some(0, 10)),
            ("bytes=3-99999999999999999999999", Part::Some(3, 7)),
            ("bytes=10-", Part::None),
            ("bytes=10-20", Part::None),
            ("bytes=99999999999999999999999-", Part::None),
            ("bytes=-0", Part::None),
            ("bytes=5-3", Part::Whole),
            ("bytes=0-1,3-4", Part::Whole),
            ("bytes=-", Part::Whole),
            ("bytes=a-b", Part::Whole),
            ("lines=1-2", Part::Whole),
        ] {
            assert_eq!(part(&headers(&[(header::RANGE, range)]), 10, "\"t\""), found, "{range}");
        }
        assert_eq!(part(&headers(&[]), 10, "\"t\""), Part::Whole);
        assert_eq!(part(&headers(&[(header::RANGE, "bytes=0-")]), 0, "\"t\""), Part::None);
        for (tag, found) in [("\"t\"", Part::Some(1, 1)), ("\"u\"", Part::Whole)] {
            let asked = headers(&[(header::RANGE, "bytes=1-1"), (header::IF_RANGE, tag)]);
            assert_eq!(part(&asked, 10, "\"t\""), found);
        }
    }

    #[test]
    fn conditions() {
        use Condition as C;
        for (name, value, found) in [
            (header::IF_NONE_MATCH, "\"t\"", C::NotModified),
            (header::IF_NONE_MATCH, "\"a\", W/\"t\"", C::NotModified),
            (header::IF_NONE_MATCH, "*", C::NotModified),
            (header::IF_NONE_MATCH, "\"a\"", C::Met),
            (header::IF_MATCH, "\"t\"", C::Met),
            (header::IF_MATCH, "*", C::Met),
            (header::IF_MATCH, "\"a\"", C::Failed),
        ] {
            assert_eq!(condition(&headers(&[(name, value)]), "\"t\""), found, "{value}");
        }
        assert_eq!(condition(&headers(&[]), "\"t\""), C::Met);
    }

    #[test]
    fn chunks() {
        for (value, found) in [
            ("0-9", Chunk::At(0, 10)),
            ("10-10", Chunk::At(10, 1)),
            ("bytes 10-19/*", Chunk::At(10, 10)),
            ("9-0", Chunk::Unreadable),
            ("-9", Chunk::Unreadable),
            ("0-", Chunk::Unreadable),
            ("a-b", Chunk::Unreadable),
            ("0-18446744073709551615", Chunk::Unreadable),
            ("0-99999999999999999999", Chunk::Unreadable),
        ] {
            assert_eq!(chunk(&headers(&[(header::CONTENT_RANGE, value)])), found, "{value}");
        }
        assert_eq!(chunk(&headers(&[])), Chunk::Next);
    }
}
