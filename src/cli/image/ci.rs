//! dive's CI mode: where thresholds come from, and the report.

use crate::failure::{Failure, Kind};
use crate::image::explore::Explored;
use crate::image::human_size;
use crate::image::rules::{self, Status, Thresholds, Verdict};
use crate::text::sanitise;
use serde::Deserialize;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The largest rule file that is read.
const LARGEST: u64 = 64 * 1024;
/// Inefficient files that are told.
const SHOWN: usize = 50;
const FILE: &str = ".dive-ci";

/// dive's options.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "CI, as dive has it")]
pub(super) struct CiArgs {
    /// Judge dive's rules; also on with CI=true
    #[arg(long)]
    ci: bool,
    /// File with the thresholds [default: .dive-ci, where there is one]
    #[arg(long, value_name = "FILE")]
    ci_config: Option<PathBuf>,
    /// Least efficiency, 0 to 1, or `disabled` [default: 0.9]
    #[arg(long = "lowestEfficiency", alias = "lowest-efficiency", value_name = "SHARE")]
    lowest_efficiency: Option<String>,
    /// Most wasted bytes, such as 20MB, or `disabled` [default: disabled]
    #[arg(long = "highestWastedBytes", alias = "highest-wasted-bytes", value_name = "BYTES")]
    highest_wasted_bytes: Option<String>,
    /// Most wasted bytes by bytes above the base layer, 0 to 1, or `disabled` [default: 0.1]
    #[arg(long = "highestUserWastedPercent", alias = "highest-user-wasted-percent", value_name = "SHARE")]
    highest_user_wasted_percent: Option<String>,
}

impl CiArgs {
    /// The thresholds to judge by, `None` outside CI.
    ///
    /// # Errors
    /// When the rule file cannot be read.
    pub(super) fn thresholds(&self) -> Result<Option<Thresholds>, Failure> {
        let variable = std::env::var("CI").unwrap_or_default();
        if !self.ci && !matches!(variable.as_str(), "true" | "1" | "yes") {
            return Ok(None);
        }
        let named = self.ci_config.is_some();
        let path = self.ci_config.clone().unwrap_or_else(|| FILE.into());
        // As with dive, a file takes the options' place.
        if named || path.exists() {
            return read(&path).map(Some);
        }
        let or = |given: &Option<String>, default: String| given.clone().unwrap_or(default);
        let own = Thresholds::default();
        Ok(Some(Thresholds {
            lowest_efficiency: or(&self.lowest_efficiency, own.lowest_efficiency),
            highest_wasted_bytes: or(&self.highest_wasted_bytes, own.highest_wasted_bytes),
            highest_user_wasted_percent: or(
                &self.highest_user_wasted_percent,
                own.highest_user_wasted_percent,
            ),
        }))
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct RuleFile {
    rules: Option<Rules>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Rules {
    #[serde(rename = "lowestEfficiency", alias = "lowest-efficiency")]
    lowest_efficiency: Option<Word>,
    #[serde(rename = "highestWastedBytes", alias = "highest-wasted-bytes")]
    highest_wasted_bytes: Option<Word>,
    #[serde(rename = "highestUserWastedPercent", alias = "highest-user-wasted-percent")]
    highest_user_wasted_percent: Option<Word>,
}

/// `0.9`, `"0.9"`, `20MB`, `false`: rule files hold all of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Word {
    Switch(bool),
    Whole(u64),
    Number(f64),
    Text(String),
}

impl Word {
    fn text(self) -> String {
        match self {
            Self::Switch(on) => on.to_string(),
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text,
        }
    }
}

fn read(path: &Path) -> Result<Thresholds, Failure> {
    use std::io::Read as _;
    let broken = |error: anyhow::Error| {
        let told = error.context(format!("cannot use the rule file {}", path.display()));
        Failure::new(Kind::User, told)
            .hint("its form is `rules:` with `lowestEfficiency: 0.95` and so on below")
    };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(|error| broken(error.into()))?;
    file.take(LARGEST).read_to_string(&mut text).map_err(|error| broken(error.into()))?;
    parse(&text).map_err(broken)
}

fn parse(text: &str) -> Result<Thresholds, anyhow::Error> {
    let file: Option<RuleFile> = serde_saphyr::from_str(text)?;
    let rules = file.unwrap_or_default().rules.unwrap_or_default();
    let own = Thresholds::default();
    let or = |word: Option<Word>, default| word.map_or(default, Word::text);
    Ok(Thresholds {
        lowest_efficiency: or(rules.lowest_efficiency, own.lowest_efficiency),
        highest_wasted_bytes: or(rules.highest_wasted_bytes, own.highest_wasted_bytes),
        highest_user_wasted_percent: or(rules.highest_user_wasted_percent, own.highest_user_wasted_percent),
    })
}

/// Judges the image.
///
/// # Errors
/// When a threshold means nothing.
pub(super) fn judge(thresholds: &Thresholds, image: &Explored) -> Result<Vec<Verdict>, Failure> {
    rules::judge(thresholds, &image.dive).map_err(|error| Failure::new(Kind::User, error))
}

/// What CI logs show.
pub(super) fn report(image: &Explored, verdicts: &[Verdict]) -> String {
    let dive = &image.dive;
    let mut text = String::new();
    let _ = writeln!(text, "Analysis of {}", sanitise::plain(&image.name));
    let _ = writeln!(text, "  efficiency:         {:.4} %", dive.efficiency * 100.0);
    let _ = writeln!(
        text,
        "  wastedBytes:        {} bytes ({})",
        dive.wasted_bytes,
        human_size(dive.wasted_bytes)
    );
    let _ = writeln!(text, "  userWastedPercent:  {:.4} %", dive.user_wasted_percent * 100.0);
    let really = image.waste.bytes();
    let _ = writeln!(text, "  really hidden:      {really} bytes ({})", human_size(really));
    if !dive.inefficient.is_empty() {
        let _ = writeln!(text, "Inefficient files\n  Count  Wasted space  File path");
        for file in dive.inefficient.iter().take(SHOWN) {
            let path = image.stack.path(file.node);
            let size = human_size(file.size_bytes);
            let _ = writeln!(text, "  {:>5}  {size:>12}  {}", file.count, sanitise::plain(&path));
        }
        if let Some(more) = dive.inefficient.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            let _ = writeln!(text, "  and {more} more");
        }
    }
    let _ = writeln!(text, "Rules");
    for verdict in verdicts {
        let _ = writeln!(text, "  {}  {}: {}", verdict.status.word(), verdict.rule, verdict.message);
    }
    let count = |status| verdicts.iter().filter(|verdict| verdict.status == status).count();
    let word = if rules::holds(verdicts) { "PASS" } else { "FAIL" };
    let _ = writeln!(
        text,
        "{word}  {} passed, {} failed, {} skipped",
        count(Status::Pass),
        count(Status::Fail),
        count(Status::Skip)
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_files_of_every_spelling_are_read() {
        let read = |text: &str| {
            let t = parse(text).unwrap();
            [t.lowest_efficiency, t.highest_wasted_bytes, t.highest_user_wasted_percent]
        };
        let usual = "rules:\n  # a comment\n  lowestEfficiency: 0.95\n  highestWastedBytes: 20MB\n  highestUserWastedPercent: 0.20\n";
        assert_eq!(read(usual), ["0.95", "20MB", "0.2"]);
        assert_eq!(
            read("rules:\n  lowest-efficiency: \"0.8\"\n  highestWastedBytes: 4096\n"),
            ["0.8", "4096", "0.1"]
        );
        assert_eq!(
            read("rules:\n  lowestEfficiency: false\n  highestUserWastedPercent: disabled"),
            ["false", "disabled", "disabled"]
        );
        assert_eq!(read("other: 1"), ["0.9", "disabled", "0.1"]);
        assert!(parse("rules: [").is_err());
        assert!(parse("rules:\n  lowestEfficiency: [1]").is_err());
    }
}
