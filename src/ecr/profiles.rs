//! Which accounts one can choose: the profiles of the shared configuration, found by aws-config's own rules, and
//! the regions there are. Only names are read; what a profile holds beside its region stays where it is.

use crate::text::sanitise;

/// Most profiles that are listed.
const MOST: usize = 500;

/// Codes of the regions that have ECR, and where they are, as of November 2026. Another one can be typed.
pub const REGIONS: &[(&str, &str)] = &[
    ("af-south-1", "Cape Town"),
    ("ap-east-1", "Hong Kong"),
    ("ap-east-2", "Taipei"),
    ("ap-northeast-1", "Tokyo"),
    ("ap-northeast-2", "Seoul"),
    ("ap-northeast-3", "Osaka"),
    ("ap-south-1", "Mumbai"),
    ("ap-south-2", "Hyderabad"),
    ("ap-southeast-1", "Singapore"),
    ("ap-southeast-2", "Sydney"),
    ("ap-southeast-3", "Jakarta"),
    ("ap-southeast-4", "Melbourne"),
    ("ap-southeast-5", "Malaysia"),
    ("ap-southeast-6", "New Zealand"),
    ("ap-southeast-7", "Thailand"),
    ("ca-central-1", "Canada, Central"),
    ("ca-west-1", "Calgary"),
    ("cn-north-1", "Beijing"),
    ("cn-northwest-1", "Ningxia"),
    ("eu-central-1", "Frankfurt"),
    ("eu-central-2", "Zurich"),
    ("eu-north-1", "Stockholm"),
    ("eu-south-1", "Milan"),
    ("eu-south-2", "Spain"),
    ("eu-west-1", "Ireland"),
    ("eu-west-2", "London"),
    ("eu-west-3", "Paris"),
    ("il-central-1", "Tel Aviv"),
    ("me-central-1", "Emirates"),
    ("me-south-1", "Bahrain"),
    ("mx-central-1", "Mexico, Central"),
    ("sa-east-1", "São Paulo"),
    ("us-east-1", "North Virginia"),
    ("us-east-2", "Ohio"),
    ("us-gov-east-1", "GovCloud, East"),
    ("us-gov-west-1", "GovCloud, West"),
    ("us-west-1", "North California"),
    ("us-west-2", "Oregon"),
];

/// A profile of the shared configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// The region it names.
    pub region: Option<String>,
}

/// The profiles of the config and credentials files, by name.
///
/// # Errors
/// When a file cannot be read as one; the words say which and where, and quote nothing of it.
pub async fn profiles() -> Result<Vec<Profile>, String> {
    let any = Default::default;
    let found = aws_config::profile::load(&Default::default(), &Default::default(), &any(), None).await;
    let found = found.map_err(|error| {
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            text.push_str(&format!(": {error}"));
            cause = error.source();
        }
        sanitise::bounded(&text, 400).into_owned()
    })?;
    let region = |name: &str| found.get_profile(name).and_then(|profile| profile.get("region"));
    let mut all: Vec<Profile> = found
        .profiles()
        .take(MOST)
        .map(|name| Profile { name: name.to_owned(), region: region(name).map(str::to_owned) })
        .collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

/// Whether a text has the form of a region's code: `eu-central-1`.
pub fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let letters = |part: &str| part.len() >= 2 && part.bytes().all(|b| b.is_ascii_lowercase());
    let number = |part: &str| !part.is_empty() && part.len() <= 2 && part.bytes().all(|b| b.is_ascii_digit());
    let last = parts.next_back();
    let count = parts.clone().count();
    (2..=3).contains(&count) && parts.all(letters) && last.is_some_and(number) && text.len() <= 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_are_known_by_their_form() {
        for (code, _) in REGIONS {
            assert!(is_region(code), "{code}");
        }
        assert!(REGIONS.is_sorted(), "by code");
        for other in ["", "eu", "eu-central", "eu-central-", "EU-central-1", "eu-central-1a", "a-b-1", "eu-1"]
        {
            assert!(!is_region(other), "{other}");
        }
        assert!(is_region("us-isob-east-1") && is_region("eu-central-9"));
    }
}
