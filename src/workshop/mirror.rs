//! A registry that stands in for the public ones: `HOST[:PORT][/PREFIX]`.

use crate::dockerfile::reference::Reference;

/// A registry mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror(String);

impl Mirror {
    /// Reads `HOST[:PORT][/PREFIX]`; a scheme in front and a `/` at the end are let go.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bare = text.trim();
        let bare = bare.strip_prefix("https://").or(bare.strip_prefix("http://")).unwrap_or(bare);
        let bare = bare.trim_end_matches('/');
        let (host, prefix) = bare.split_once('/').map_or((bare, None), |(host, rest)| (host, Some(rest)));
        let probe = format!("{host}/{}", prefix.unwrap_or("probe"));
        let reference = Reference::of(&probe);
        let plain = prefix.is_none_or(|prefix| !prefix.contains([':', '@']));
        if plain && reference.host == Some(host) && reference.is_valid() {
            Ok(Self(bare.to_owned()))
        } else {
            Err("a mirror is written HOST[:PORT][/PREFIX], like registry.example.com/hub; HOST has a dot or a port"
                .to_owned())
        }
    }

    /// The names under which the mirror may have an image, the most likely first; none for an image that is
    /// pinned by its digest, which cannot be given its name again.
    pub fn names(&self, image: &str) -> Vec<String> {
        let reference = Reference::of(image);
        if reference.digest.is_some() {
            return Vec::new();
        }
        let (path, tag) = (reference.path, reference.tag_or_latest());
        let hub = reference.host.is_none_or(|host| host == "docker.io");
        let mut names = Vec::new();
        if hub && !path.contains('/') {
            // As Docker Hub itself calls its own.
            names.push(format!("{}/library/{path}:{tag}", self.0));
        }
        names.push(format!("{}/{path}:{tag}", self.0));
        names
    }
}

impl std::fmt::Display for Mirror {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_looked_for_as_the_hub_calls_it_and_by_its_own_name() {
        let mirror = Mirror::parse("https://127.0.0.1:5000/hub/").unwrap();
        assert_eq!(
            mirror.names("python:3.12"),
            ["127.0.0.1:5000/hub/library/python:3.12", "127.0.0.1:5000/hub/python:3.12"]
        );
        assert_eq!(mirror.names("bitnami/redis"), ["127.0.0.1:5000/hub/bitnami/redis:latest"]);
        assert_eq!(mirror.names("public.ecr.aws/x/y:1"), ["127.0.0.1:5000/hub/x/y:1"]);
        assert_eq!(mirror.names(&format!("python@sha256:{}", "0".repeat(64))), Vec::<String>::new());
    }

    #[test]
    fn what_names_no_registry_is_refused() {
        for text in ["", "python", "mirror/hub", "a b.c", "host:5000/Up", "host:5000/a:1", "-x.y"] {
            assert!(Mirror::parse(text).is_err(), "{text}");
        }
        for text in ["localhost", "localhost:5000", "registry.example.com", "10.0.0.1/a/b"] {
            assert_eq!(Mirror::parse(text).unwrap().to_string(), text);
        }
    }
}
