//! dive's rules for CI, and its `.dive-ci` file: three thresholds on dive's numbers.

use super::dive::Dive;
use super::human_size;

/// The thresholds, as words: what dive's options and file take. Off is an empty word, `disabled`,
/// `off` or `false`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thresholds {
    /// Least share of bytes that are needed, from 0 to 1.
    pub lowest_efficiency: String,
    /// Most wasted bytes: `20MB`, `1.5 GiB`, `4096`.
    pub highest_wasted_bytes: String,
    /// Most wasted bytes by bytes above the base layer, from 0 to 1.
    pub highest_user_wasted_percent: String,
}

impl Default for Thresholds {
    /// dive's own.
    fn default() -> Self {
        Self {
            lowest_efficiency: "0.9".into(),
            highest_wasted_bytes: "disabled".into(),
            highest_user_wasted_percent: "0.1".into(),
        }
    }
}

/// What became of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// It is off.
    Skip,
}

impl Status {
    /// dive's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Skip => "SKIP",
        }
    }
}

/// A rule and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// dive's name of the rule.
    pub rule: &'static str,
    /// Whether it holds.
    pub status: Status,
    /// In words, with figures.
    pub message: String,
}

/// A threshold that means nothing.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{rule} is `{value}`: {what}")]
pub struct Misconfigured {
    /// The rule.
    pub rule: &'static str,
    /// What was given.
    pub value: String,
    /// What it may be.
    pub what: &'static str,
}

/// Judges `dive` by `thresholds`: by rule name.
///
/// # Errors
/// When a threshold is no number, or not from 0 to 1 where it has to be.
pub fn judge(thresholds: &Thresholds, dive: &Dive) -> Result<Vec<Verdict>, Misconfigured> {
    let percent = share("highestUserWastedPercent", &thresholds.highest_user_wasted_percent)?;
    let bytes = size("highestWastedBytes", &thresholds.highest_wasted_bytes)?;
    let efficiency = share("lowestEfficiency", &thresholds.lowest_efficiency)?;
    let verdict = |rule, judged: Option<(bool, String)>| match judged {
        None => Verdict { rule, status: Status::Skip, message: "off".into() },
        Some((holds, message)) => {
            Verdict { rule, status: if holds { Status::Pass } else { Status::Fail }, message }
        }
    };
    Ok(vec![
        verdict(
            "highestUserWastedPercent",
            percent.map(|most| {
                let is = dive.user_wasted_percent;
                (is <= most, format!("{is:.4} of the bytes above the base layer are wasted; at most {most}"))
            }),
        ),
        verdict(
            "highestWastedBytes",
            bytes.map(|most| {
                let is = dive.wasted_bytes;
                let words = format!("{is} bytes ({}) are wasted; at most {most}", human_size(is));
                (is <= most, words)
            }),
        ),
        verdict(
            "lowestEfficiency",
            efficiency.map(|least| {
                let is = dive.efficiency;
                (is >= least, format!("the efficiency is {is:.4}; at least {least}"))
            }),
        ),
    ])
}

/// Whether no rule fails.
pub fn holds(verdicts: &[Verdict]) -> bool {
    verdicts.iter().all(|verdict| verdict.status != Status::Fail)
}

fn off(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "" | "disabled" | "off" | "false")
}

fn share(rule: &'static str, value: &str) -> Result<Option<f64>, Misconfigured> {
    if off(value) {
        return Ok(None);
    }
    let wrong = || Misconfigured { rule, value: value.into(), what: "a number from 0 to 1, or `disabled`" };
    let share: f64 = value.trim().parse().map_err(|_| wrong())?;
    if (0.0..=1.0).contains(&share) { Ok(Some(share)) } else { Err(wrong()) }
}

fn size(rule: &'static str, value: &str) -> Result<Option<u64>, Misconfigured> {
    if off(value) {
        return Ok(None);
    }
    let what = "a number of bytes such as `20MB` or `1GiB`, or `disabled`";
    parse_size(value).map(Some).ok_or_else(|| Misconfigured { rule, value: value.into(), what })
}

/// `20MB`, `1.5 GiB`, `4096`: bytes as people write them; `k`, `M`, `G`, `T` are decimal, `Ki` … binary.
pub fn parse_size(value: &str) -> Option<u64> {
    let value = value.trim();
    let end =
        value.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',' | '_')).unwrap_or(value.len());
    let number: f64 = value[..end].replace([',', '_'], "").parse().ok()?;
    let unit = value[end..].trim().to_ascii_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let factor = match unit {
        "" => 1.0,
        "k" => 1e3,
        "m" => 1e6,
        "g" => 1e9,
        "t" => 1e12,
        "ki" => 1024.0,
        "mi" => 1024.0 * 1024.0,
        "gi" => 1024.0 * 1024.0 * 1024.0,
        "ti" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let bytes = number * factor;
    (bytes < u64::MAX as f64).then_some(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(thresholds: Thresholds) -> Vec<Status> {
        let dive =
            Dive { wasted_bytes: 20_000_000, efficiency: 0.9, user_wasted_percent: 0.1, ..Dive::default() };
        judge(&thresholds, &dive).unwrap().iter().map(|verdict| verdict.status).collect()
    }

    #[test]
    fn what_equals_a_threshold_holds_as_with_dive() {
        assert_eq!(judged(Thresholds::default()), [Status::Pass, Status::Skip, Status::Pass]);
        let strict = Thresholds {
            lowest_efficiency: "0.91".into(),
            highest_wasted_bytes: "19.9MB".into(),
            highest_user_wasted_percent: "0.09".into(),
        };
        assert_eq!(judged(strict), [Status::Fail, Status::Fail, Status::Fail]);
        let off = Thresholds {
            lowest_efficiency: "off".into(),
            highest_wasted_bytes: "20MB".into(),
            highest_user_wasted_percent: " False".into(),
        };
        assert_eq!(judged(off), [Status::Skip, Status::Pass, Status::Skip]);
    }

    #[test]
    fn a_threshold_that_means_nothing_is_told() {
        let wrong = |value: &str| {
            let thresholds = Thresholds { lowest_efficiency: value.into(), ..Thresholds::default() };
            judge(&thresholds, &Dive::default()).unwrap_err().to_string()
        };
        assert_eq!(wrong("95"), "lowestEfficiency is `95`: a number from 0 to 1, or `disabled`");
        assert_eq!(wrong("NaN"), "lowestEfficiency is `NaN`: a number from 0 to 1, or `disabled`");
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        let sizes = ["0", "4096", "20MB", "20 mb", "1.5GiB", "1,000k", "2T"].map(parse_size);
        let wanted = [0, 4096, 20_000_000, 20_000_000, 1_610_612_736, 1_000_000, 2_000_000_000_000];
        assert_eq!(sizes, wanted.map(Some));
        assert_eq!(["", "MB", "-1", "1XB", "1e3"].map(parse_size), [None; 5]);
    }
}
