//! A registry that the screen is tried with.

use crate::ecr::images::{Finding, Image, Scan};
use crate::ecr::repository::Contents;
use crate::ecr::{Identity, Repository, TAG};
use crate::jobs::ecr::Opened;

/// The registry's clock: 2026-11-22 12:00 UTC.
pub const NOW: i64 = 1_795_348_800;

pub fn repository(name: &str, immutable: bool) -> Repository {
    Repository {
        name: name.into(),
        arn: format!("arn:aws:ecr:eu-central-1:123456789012:repository/{name}"),
        uri: format!("123456789012.dkr.ecr.eu-central-1.amazonaws.com/{name}"),
        immutable,
        except: Vec::new(),
        scan_on_push: immutable,
        encryption: "AES256".into(),
        created_at: Some(NOW - 40 * 86_400),
    }
}

pub fn opened() -> Opened {
    Opened {
        identity: Identity {
            account: "123456789012".into(),
            arn: "arn:aws:sts::123456789012:assumed-role/learner/ada".into(),
            region: "eu-central-1".into(),
        },
        endpoint: None,
        repositories: vec![
            repository("app", true),
            repository("legacy", false),
            repository("team/ev\u{1b}[2Jil\u{202e}", false),
        ],
    }
}

pub fn image(number: u8, tags: &[&str], days: i64) -> Image {
    Image {
        digest: format!("sha256:{}", format!("{number:02x}").repeat(32)),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        bytes: 74_000_000 - u64::from(number) * 1_234_567,
        pushed_at: Some((NOW - days * 86_400 - 7_200) * 1000),
        pulled_at: (number == 1).then_some((NOW - 300) * 1000),
        archived_at: None,
        activated_at: None,
        kind: "application/vnd.oci.image.manifest.v1+json".into(),
        children: Vec::new(),
        subject: None,
        scan: (number < 3).then(|| ("COMPLETE".into(), vec![("CRITICAL".into(), 1), ("HIGH".into(), 2)])),
    }
}

pub fn contents(name: &str, policy: Option<&str>) -> Contents {
    Contents {
        repository: repository(name, name == "app"),
        tags: Some(vec![(TAG.into(), "1".into()), ("team".into(), "web".into())]),
        policy: policy.map(str::to_owned),
        images: vec![
            image(1, &["1.4.0", "live"], 0),
            image(2, &["1.3.9"], 3),
            image(3, &[], 20),
            image(4, &["1.3.8"], 41),
        ],
    }
}

pub fn scan() -> Scan {
    let finding = |id: &str, severity: &str, package: &str, fixed: Option<&str>| Finding {
        id: id.into(),
        severity: severity.into(),
        package: Some((package.into(), "1.2.5".into())),
        fixed: fixed.map(str::to_owned),
        place: Some("layer 3".into()),
        uri: format!("https://nvd.nist.gov/vuln/detail/{id}"),
        description: "Prototype pollution through a crafted key lets a request change every object.".into(),
    };
    Scan {
        status: "COMPLETE".into(),
        description: "The scan was completed successfully.".into(),
        done_at: Some(NOW - 7_000),
        findings: vec![
            finding("CVE-2021-44906", "CRITICAL", "minimist", Some("1.2.6")),
            finding("CVE-2022-24999", "HIGH", "qs", Some("6.7.3")),
            finding("CVE-2023-99999", "HIGH", "left\u{1b}[31mpad", None),
        ],
    }
}

pub const POLICY: &str = r#"{"rules":[{"rulePriority":1,"description":"Keep the newest two","selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":2},"action":{"type":"expire"}}]}"#;
