//! What an exercise says about its script and the registry, as the model has it.

use super::super::super::format::script::{EcrFile, FateFile, SceneFile, ScriptFile, SeverityFile};
use super::super::super::format::values::Line;
use super::super::super::model::script::{
    EcrCheck, PolicyCheck, PolicyImage, Scene, ScriptCheck, SeedImage, SeedRepository,
};
use super::strings;
use std::collections::BTreeMap;
use std::time::Duration;

/// Limit for a run when the course names none.
const WITHIN: Duration = Duration::from_secs(60);

fn environment(listed: &BTreeMap<String, Line>) -> BTreeMap<String, String> {
    listed.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect()
}

pub(super) fn scene(file: SceneFile) -> Scene {
    let repositories = file.repositories.into_iter().map(|repository| SeedRepository {
        name: repository.name.into(),
        immutable: repository.immutable,
        scan_on_push: repository.scan_on_push,
        images: repository
            .images
            .into_iter()
            .map(|image| SeedImage {
                tags: strings(&image.tags),
                days: image.days,
                packages: strings(&image.packages),
            })
            .collect(),
    });
    Scene {
        file: file.file.into(),
        arguments: strings(&file.args),
        environment: environment(&file.env),
        within: file.within.map_or(WITHIN, |period| period.duration()),
        repositories: repositories.collect(),
    }
}

pub(super) fn check(file: &ScriptFile) -> ScriptCheck {
    ScriptCheck {
        environment: environment(&file.env),
        without: strings(&file.without),
        failing: strings(&file.failing),
        fails: file.fails || !file.failing.is_empty(),
        again: file.again,
        pushes_nothing: file.pushes_nothing,
        output: file.output.clone().map(String::from),
        calls: strings(&file.calls),
        never: strings(&file.never),
        keeps_token: file.keeps_token,
        shellcheck: file.shellcheck,
    }
}

pub(super) fn registry(file: &EcrFile) -> EcrCheck {
    EcrCheck {
        repository: file.repository.clone().into(),
        environment: environment(&file.env),
        immutable: file.immutable,
        movable: strings(&file.movable),
        scan_on_push: file.scan_on_push,
        tags: strings(&file.tags),
        same_as: file.same_as.clone().map(String::from),
        no_tags: strings(&file.no_tags),
        findings_below: file.findings_below.map(|severity| {
            match severity {
                SeverityFile::Critical => "CRITICAL",
                SeverityFile::High => "HIGH",
                SeverityFile::Medium => "MEDIUM",
                SeverityFile::Low => "LOW",
            }
            .to_owned()
        }),
        policy: file.lifecycle.as_ref().map(|policy| PolicyCheck {
            file: policy.file.clone().map(String::from),
            images: policy
                .images
                .iter()
                .map(|image| PolicyImage {
                    tags: strings(&image.tags),
                    days: image.days,
                    expires: matches!(image.then, FateFile::Expires),
                })
                .collect(),
        }),
    }
}
