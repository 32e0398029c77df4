//! The text of a lifecycle policy → rules, refused in the service's own words where it refuses.

use serde_json::{Map, Value};

/// Most rules of a policy (service quota).
const MOST_RULES: usize = 50;
/// Days an image stays in the archive at least, so that none can be expired before.
const LEAST_ARCHIVED_DAYS: u64 = 90;

/// A policy: its rules, highest priority first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// By priority, the lowest number first.
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// `rulePriority`: the lower, the sooner it is applied.
    pub priority: u32,
    /// What its author says of it.
    pub description: String,
    /// Which images it selects by tag.
    pub tags: Tags,
    /// Which images it selects by storage class.
    pub storage: StorageClass,
    /// Which of the selected it acts on.
    pub count: Count,
    /// What it does.
    pub action: Action,
}

/// Selection by tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tags {
    /// For each prefix the image has a tag that begins so.
    Prefixes(Vec<String>),
    /// For each pattern (`*` is anything) the image has a tag that matches.
    Patterns(Vec<String>),
    /// Images without a tag.
    Untagged,
    /// Every image.
    Any,
}

/// Where an image is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StorageClass {
    /// It can be pulled.
    Standard,
    /// It is kept cheaply and cannot be pulled.
    Archive,
}

/// Which of the selected images are too many or too old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// All but the newest so many.
    MoreThan(u64),
    /// Pushed more than so many days ago.
    DaysSincePushed(u64),
    /// Last pulled (or pushed, when never) more than so many days ago.
    DaysSincePulled(u64),
    /// In the archive for more than so many days.
    DaysSinceArchived(u64),
}

/// What a rule does to the images it acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Deletes them.
    Expire,
    /// Moves them to the archive.
    Archive,
}

/// Why a text is no lifecycle policy, in the service's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Lifecycle policy validation failure: {0}")]
pub struct PolicyError(String);

/// Words of the schema validator behind the service for a choice of shapes that none fits.
const NO_SCHEMA: &str = "instance failed to match exactly one schema (matched 0 out of 2)";

/// Reads a policy.
///
/// # Errors
/// When it is no JSON object, breaks the schema, or its rules contradict each other.
pub fn parse(text: &str) -> Result<Policy, PolicyError> {
    let unmapped = || PolicyError("Could not map policyString into LifecyclePolicy.".into());
    let whole: Value = serde_json::from_str(text).map_err(|_| unmapped())?;
    let whole = whole.as_object().ok_or_else(unmapped)?;
    members(whole, &["rules"], &[])?;
    let listed = whole["rules"].as_array().ok_or_else(|| typed(&whole["rules"], "array"))?;
    if listed.is_empty() {
        return failed("array is too short: must have at least 1 elements but instance has 0 elements");
    }
    if listed.len() > MOST_RULES {
        let found = listed.len();
        return failed(format!(
            "array is too long: must have at most {MOST_RULES} elements but instance has {found} elements"
        ));
    }
    let mut rules = listed.iter().map(rule).collect::<Result<Vec<_>, _>>()?;
    rules.sort_by_key(|rule| rule.priority);
    agree(&rules)?;
    Ok(Policy { rules })
}

fn failed<T>(words: impl Into<String>) -> Result<T, PolicyError> {
    Err(PolicyError(words.into()))
}

fn typed(value: &Value, allowed: &str) -> PolicyError {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    PolicyError(format!(
        "instance type ({found}) does not match any allowed primitive type (allowed: [\"{allowed}\"])"
    ))
}

/// All of `required` and nothing but those and `optional`.
fn members(object: &Map<String, Value>, required: &[&str], optional: &[&str]) -> Result<(), PolicyError> {
    let quoted = |names: Vec<&str>| names.iter().map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(",");
    let missing: Vec<&str> = required.iter().copied().filter(|name| !object.contains_key(*name)).collect();
    if !missing.is_empty() {
        return failed(format!("object has missing required properties ([{}])", quoted(missing)));
    }
    let known = |name: &str| required.contains(&name) || optional.contains(&name);
    let strange: Vec<&str> = object.keys().map(String::as_str).filter(|name| !known(name)).collect();
    if !strange.is_empty() {
        let strange = quoted(strange);
        return failed(format!(
            "object instance has properties which are not allowed by the schema: ([{strange}])"
        ));
    }
    Ok(())
}

fn one_of<T: Copy>(value: &Value, values: &[(&str, T)]) -> Result<T, PolicyError> {
    let text = value.as_str().ok_or_else(|| typed(value, "string"))?;
    let found = values.iter().find(|(name, _)| *name == text).map(|(_, meaning)| *meaning);
    found.ok_or_else(|| {
        let values = values.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(",");
        PolicyError(format!("instance value (\"{text}\") not found in enum (possible values: [{values}])"))
    })
}

/// A whole number from 1 up.
fn positive(value: &Value) -> Result<u64, PolicyError> {
    match (value.as_u64(), value.as_i64()) {
        (Some(number), _) if number >= 1 => Ok(number),
        (Some(0), _) | (None, Some(_)) => failed(format!(
            "numeric instance is lower than the required minimum (minimum: 1, found: {value})"
        )),
        _ => Err(typed(value, "integer")),
    }
}

fn rule(value: &Value) -> Result<Rule, PolicyError> {
    let rule = value.as_object().ok_or_else(|| typed(value, "object"))?;
    members(rule, &["action", "rulePriority", "selection"], &["description"])?;
    let description = match rule.get("description") {
        None => String::new(),
        Some(text) => text.as_str().ok_or_else(|| typed(text, "string"))?.to_owned(),
    };
    let priority = positive(&rule["rulePriority"])?;
    let priority = u32::try_from(priority).or_else(|_| {
        failed("numeric instance is greater than the required maximum (maximum: 2147483647)".to_owned())
    })?;
    let selection = &rule["selection"];
    let selection = selection.as_object().ok_or_else(|| typed(selection, "object"))?;
    members(
        selection,
        &["countNumber", "countType", "tagStatus"],
        &["countUnit", "storageClass", "tagPatternList", "tagPrefixList"],
    )?;
    let action = action(&rule["action"])?;
    let count = count(selection)?;
    let storage = storage(selection, count)?;
    if action == Action::Archive && storage == StorageClass::Archive {
        return failed("Only images of the storage class standard can be moved to the archive.");
    }
    Ok(Rule { priority, description, tags: tags(selection)?, storage, count, action })
}

fn action(value: &Value) -> Result<Action, PolicyError> {
    let action = value.as_object().ok_or_else(|| typed(value, "object"))?;
    members(action, &["type"], &["targetStorageClass"])?;
    let kind = one_of(&action["type"], &[("expire", Action::Expire), ("transition", Action::Archive)])?;
    match (kind, action.get("targetStorageClass")) {
        (Action::Expire, None) => Ok(kind),
        (Action::Archive, Some(target)) => one_of(target, &[("archive", Action::Archive)]),
        _ => failed(NO_SCHEMA),
    }
}

fn tags(selection: &Map<String, Value>) -> Result<Tags, PolicyError> {
    let status = one_of(&selection["tagStatus"], &[("tagged", 0), ("untagged", 1), ("any", 2)])?;
    match (status, selection.get("tagPrefixList"), selection.get("tagPatternList")) {
        (0, Some(prefixes), None) => Ok(Tags::Prefixes(words(prefixes)?)),
        (0, None, Some(patterns)) => {
            let patterns = words(patterns)?;
            if let Some(long) = patterns.iter().find(|pattern| pattern.matches('*').count() > 4) {
                return failed(format!("The tag pattern \"{long}\" has more than 4 wildcards (*)."));
            }
            Ok(Tags::Patterns(patterns))
        }
        (1, None, None) => Ok(Tags::Untagged),
        (2, None, None) => Ok(Tags::Any),
        _ => failed(NO_SCHEMA),
    }
}

fn words(value: &Value) -> Result<Vec<String>, PolicyError> {
    let listed = value.as_array().ok_or_else(|| typed(value, "array"))?;
    if listed.is_empty() {
        return failed("array is too short: must have at least 1 elements but instance has 0 elements");
    }
    let mut words = Vec::new();
    for word in listed {
        let word = word.as_str().ok_or_else(|| typed(word, "string"))?;
        if word.is_empty() {
            return failed("string \"\" is too short (length: 0, required minimum: 1)");
        }
        words.push(word.to_owned());
    }
    Ok(words)
}

fn count(selection: &Map<String, Value>) -> Result<Count, PolicyError> {
    let number = positive(&selection["countNumber"])?;
    let name = selection["countType"].as_str().ok_or_else(|| typed(&selection["countType"], "string"))?;
    let count = match name {
        "imageCountMoreThan" => Count::MoreThan(number),
        "sinceImagePushed" => Count::DaysSincePushed(number),
        "sinceImagePulled" => Count::DaysSincePulled(number),
        "sinceImageTransitioned" => Count::DaysSinceArchived(number),
        _ => return failed(NO_SCHEMA),
    };
    match (count, selection.get("countUnit")) {
        (Count::MoreThan(_), None) => Ok(count),
        (Count::MoreThan(_), Some(_)) | (_, None) => failed(NO_SCHEMA),
        (_, Some(unit)) => one_of(unit, &[("days", count)]),
    }
}

fn storage(selection: &Map<String, Value>, count: Count) -> Result<StorageClass, PolicyError> {
    let classes = [("standard", StorageClass::Standard), ("archive", StorageClass::Archive)];
    let named = selection.get("storageClass").map(|class| one_of(class, &classes)).transpose()?;
    let class = named.unwrap_or(StorageClass::Standard);
    match (count, class) {
        (Count::DaysSinceArchived(days), StorageClass::Archive) if days < LEAST_ARCHIVED_DAYS => {
            failed(format!(
                "numeric instance is lower than the required minimum (minimum: {LEAST_ARCHIVED_DAYS}, found: {days})"
            ))
        }
        (Count::DaysSinceArchived(_), StorageClass::Archive) => Ok(class),
        (Count::DaysSinceArchived(_), _) | (_, StorageClass::Archive) => failed(NO_SCHEMA),
        _ => Ok(class),
    }
}

/// What the rules of one policy owe each other.
fn agree(rules: &[Rule]) -> Result<(), PolicyError> {
    for (at, rule) in rules.iter().enumerate() {
        let later = &rules[at + 1..];
        if later.iter().any(|other| other.priority == rule.priority) {
            return failed(format!("Rule priorities must be unique; {} is used twice.", rule.priority));
        }
        let same_class = |other: &&Rule| other.storage == rule.storage;
        match &rule.tags {
            Tags::Any if later.iter().any(|other| same_class(&other)) => {
                return failed(
                    "The rule with tagStatus any must have the highest rulePriority, and there can be one per storage class.",
                );
            }
            Tags::Untagged if later.iter().filter(same_class).any(|other| other.tags == Tags::Untagged) => {
                return failed("Only one rule can select Untagged images per storage class.");
            }
            Tags::Prefixes(prefixes) => {
                let mut prefixes = prefixes.clone();
                prefixes.sort();
                let same = |other: &Rule| match &other.tags {
                    Tags::Prefixes(others) => {
                        let mut others = others.clone();
                        others.sort();
                        others == prefixes
                    }
                    _ => false,
                };
                if later.iter().filter(same_class).any(same) {
                    return failed("The rules must have different tag prefix lists.");
                }
            }
            _ => {}
        }
    }
    Ok(())
}
