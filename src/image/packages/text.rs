//! What package managers write as text: dpkg's and apk's databases, Python's and npm's descriptions,
//! `os-release`.

use super::{Ecosystem, Listed, System};

/// `var/lib/dpkg/status`: paragraphs of fields (deb822). What is removed but for its configuration is
/// not installed.
pub(super) fn dpkg(text: &str) -> Vec<Listed> {
    let mut found = Vec::new();
    for paragraph in paragraphs(text) {
        let (mut name, mut version, mut source, mut status) = (None, None, None, "install ok installed");
        for line in paragraph {
            let Some((key, value)) = line.split_once(':') else { continue };
            match key {
                "Package" => name = Some(value.trim()),
                "Version" => version = Some(value.trim()),
                "Source" => source = Some(value.trim()),
                "Status" => status = value.trim(),
                _ => {}
            }
        }
        let (Some(name), Some(version)) = (name, version) else { continue };
        if name.is_empty() || version.is_empty() || !status.ends_with(" installed") {
            continue;
        }
        // `Source: openssl (3.0.11-1)`; the version is left out when it is the same.
        let source = source.map(|source| match source.split_once('(') {
            Some((name, version)) => {
                (name.trim().to_owned(), version.trim_end_matches(')').trim().to_owned())
            }
            None => (source.to_owned(), version.to_owned()),
        });
        found.push(Listed {
            ecosystem: Ecosystem::Debian,
            name: name.into(),
            version: version.into(),
            source,
        });
    }
    found
}

fn paragraphs(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let mut lines = text.lines();
    std::iter::from_fn(move || {
        let mut paragraph = Vec::new();
        for line in lines.by_ref() {
            match line.trim_end() {
                "" if paragraph.is_empty() => {}
                "" => return Some(paragraph),
                _ => paragraph.push(line),
            }
        }
        (!paragraph.is_empty()).then_some(paragraph)
    })
}

/// `lib/apk/db/installed`: paragraphs of one-letter fields; `o:` is what it was built from.
pub(super) fn apk(text: &str) -> Vec<Listed> {
    let listed = |paragraph: Vec<&str>| {
        let field = |key: &str| paragraph.iter().find_map(|line| line.strip_prefix(key));
        let (name, version) = (field("P:")?, field("V:")?);
        if name.is_empty() || version.is_empty() {
            return None;
        }
        let source = field("o:").map(|origin| (origin.to_owned(), version.to_owned()));
        Some(Listed { ecosystem: Ecosystem::Alpine, name: name.into(), version: version.into(), source })
    };
    paragraphs(text).filter_map(listed).collect()
}

/// Core metadata: fields up to the first empty line.
pub(super) fn python(text: &str) -> Option<Listed> {
    let header = || text.lines().take_while(|line| !line.trim().is_empty());
    let field = |key: &str| {
        header().find_map(|line| line.split_once(':').filter(|(k, _)| k.eq_ignore_ascii_case(key)))
    };
    let name = normal(field("Name")?.1.trim());
    let version = field("Version")?.1.trim().to_owned();
    let good = !name.is_empty() && !version.is_empty();
    good.then_some(Listed { ecosystem: Ecosystem::Python, name, version, source: None })
}

/// The normalised form of a Python project's name: runs of `-`, `_` and `.` are one `-` (PEP 503).
fn normal(name: &str) -> String {
    let words: Vec<&str> = name.split(['-', '_', '.']).filter(|word| !word.is_empty()).collect();
    words.join("-").to_ascii_lowercase()
}

/// `package.json`.
pub(super) fn node(text: &str) -> Option<Listed> {
    #[derive(serde::Deserialize)]
    struct Described {
        name: String,
        version: String,
    }
    let Described { name, version } = serde_json::from_str(text).ok()?;
    Some(Listed { ecosystem: Ecosystem::Node, name, version, source: None })
}

/// `os-release`: shell assignments.
pub(super) fn system(text: &str) -> Option<System> {
    let field = |key: &str| {
        let value = text.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='))?;
        Some(value.trim().trim_matches(['"', '\'']).to_owned())
    };
    let id = field("ID")?;
    let version = field("VERSION_ID").unwrap_or_default();
    let title = field("PRETTY_NAME").unwrap_or_else(|| format!("{id} {version}").trim().to_owned());
    Some(System { id, version, title })
}
