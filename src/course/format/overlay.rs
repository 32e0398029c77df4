//! An instructor's overlay, for `--check … --overlay FILE`.

use super::CheckFile;
use super::values::{Id, Period};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_saphyr::Spanned;
use std::collections::BTreeMap;

/// More checks, other points and other limits for the exercises of a course.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OverlayFile {
    /// Version of this format: 1.
    #[schemars(with = "u32")]
    pub format: Spanned<u32>,
    /// Changes by the id of the exercise.
    pub exercises: BTreeMap<Id, Changes>,
}

/// What is different in an exercise.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// Other points, by the id of the check.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub points: BTreeMap<Id, u32>,
    /// Other limits, for all checks of the exercise's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<LimitsFile>,
    /// More checks. Learners see the title of each, unless `shown` says `all` or `nothing`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<CheckFile>")]
    pub checks: Vec<Spanned<CheckFile>>,
}

/// Other limits.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsFile {
    /// For each build.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<Period>,
    /// For each container to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Period>,
}
