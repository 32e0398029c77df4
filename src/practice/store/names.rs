//! Which names a repository, a tag and a document may have.

/// Whether `name` may name an ECR repository: the pattern of ECR's API model, 2 to 256 characters.
pub fn is_repository_name(name: &str) -> bool {
    let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    (2..=256).contains(&name.len()) && name.split('/').all(|part| part.split(['.', '_', '-']).all(word))
}

/// Whether a registry request may name `name`: the pattern of the OCI Distribution specification, which
/// allows `__` and runs of `-` where ECR does not. Such a repository is unknown, not misspelt.
pub fn is_oci_name(name: &str) -> bool {
    (1..=256).contains(&name.len()) && name.split('/').all(is_oci_part)
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_oci_part(part: &str) -> bool {
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = part.as_bytes();
    let ends = bytes.first().zip(bytes.last());
    if !ends.is_some_and(|(first, last)| word(*first) && word(*last)) {
        return false;
    }
    part.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        .all(|between| matches!(between, "" | "." | "_" | "__") || between.bytes().all(|b| b == b'-'))
}

/// Whether `tag` may name an image (OCI Distribution, at most 128 characters).
pub fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|b| word(b) || b == b'.' || b == b'-')
}

/// Whether `text`, in which `*` stands for any characters or none, describes the whole of `tag`.
pub fn matches_wildcard(pattern: &str, tag: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == tag };
    let Some(mut left) = tag.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = left.find(part) else { return false };
        left = left.get(at + part.len()..).unwrap_or_default();
    }
    left.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_api_model_and_lead_nowhere_else() {
        for good in ["ab", "team/app", "a.b_c-d/e1"] {
            assert!(is_repository_name(good) && is_oci_name(good), "{good}");
        }
        for bad in ["a", "", "A/b", "../x", "a//b", "/ab", "ab/", "a..b", "a~b", &"a".repeat(257)] {
            assert!(!is_repository_name(bad), "{bad}");
        }
    }

    #[test]
    fn names_of_the_specification_are_more_than_those_of_ecr() {
        for good in ["a", "a__b", "a---b", "0/1/2/3/4/5"] {
            assert!(is_oci_name(good), "{good}");
        }
        for bad in ["", "a___b", "a._b", "-a", "a-", "a..b", "..", "a/../b", "a/./b", "é", "a b", "a%2fb"] {
            assert!(!is_oci_name(bad), "{bad}");
        }
    }

    #[test]
    fn tags_have_the_specifications_characters() {
        for good in ["v1", "_", "A.b-c_1", &"t".repeat(128)] {
            assert!(is_tag(good), "{good}");
        }
        for bad in ["", ".a", "-a", "a/b", "a:b", "a b", "é", &"t".repeat(129)] {
            assert!(!is_tag(bad), "{bad}");
        }
    }

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, tag) in
            [("*", ""), ("v1", "v1"), ("v*", "v"), ("*-dev", "a-dev"), ("a*b*c", "a1b2b3c"), ("**", "x")]
        {
            assert!(matches_wildcard(pattern, tag), "{pattern} {tag}");
        }
        for (pattern, tag) in [("v1", "v12"), ("v*", "1v"), ("*-dev", "dev"), ("a*b*c", "ac"), ("ab*b", "ab")]
        {
            assert!(!matches_wildcard(pattern, tag), "{pattern} {tag}");
        }
    }
}
