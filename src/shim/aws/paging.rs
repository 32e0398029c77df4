//! Answers in pages: which operations have them, how they are fetched and joined, and the token by which the
//! next command goes on from here.

use super::line::Line;
use super::service_error;
use crate::shim::{Remote, Said};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// Most pages that are fetched for one command.
const MOST_PAGES: usize = 1_000;

/// Where an operation's answer has its items, and what is the same on every page.
pub(super) struct Paged {
    items: &'static [&'static str],
    once: &'static [&'static str],
}

/// The pages of an operation that has some, as the command line knows them.
pub(super) fn paged(operation: &str) -> Option<Paged> {
    let (items, once): (&[&str], &[&str]) = match operation {
        "ListImages" => (&["imageIds"], &[]),
        "DescribeImages" => (&["imageDetails"], &[]),
        "DescribeRepositories" => (&["repositories"], &[]),
        "DescribePullThroughCacheRules" => (&["pullThroughCacheRules"], &[]),
        "DescribeRepositoryCreationTemplates" => (&["repositoryCreationTemplates"], &["registryId"]),
        "GetLifecyclePolicyPreview" => (
            &["previewResults"],
            &["registryId", "repositoryName", "lifecyclePolicyText", "status", "summary"],
        ),
        "DescribeImageScanFindings" => (
            &["imageScanFindings.findings", "imageScanFindings.enhancedFindings"],
            &["registryId", "repositoryName", "imageId", "imageScanStatus", "imageScanFindings"],
        ),
        _ => return None,
    };
    Some(Paged { items, once })
}

/// What was fetched.
pub(super) struct Pages {
    paged: Paged,
    pages: Vec<Value>,
    once: Value,
    resume: Option<String>,
}

fn get<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(value, |value, name| value.get(name)).filter(|value| !value.is_null())
}

fn set(value: &mut Value, path: &str, to: Value) {
    let mut place = value;
    for name in path.split('.') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[name];
    }
    *place = to;
}

/// Where a command goes on: the service's token, and how many items of that page have been shown.
fn resumed(token: &str) -> (Option<String>, usize) {
    let read = STANDARD.decode(token).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    match read {
        Some(Value::Object(read)) => {
            let next = read.get("nextToken").and_then(Value::as_str).map(str::to_owned);
            let shown = read.get("boto_truncate_amount").and_then(Value::as_u64).unwrap_or(0);
            (next, usize::try_from(shown).unwrap_or(usize::MAX))
        }
        // As the service gave it, or in the form of old.
        _ => match token.rsplit_once("___") {
            Some((next, shown)) if shown.parse::<usize>().is_ok() => {
                (Some(next.to_owned()).filter(|next| next != "None"), shown.parse().unwrap_or(0))
            }
            _ => (Some(token.to_owned()).filter(|next| next != "None"), 0),
        },
    }
}

fn resume(next: Option<&str>, shown: Option<usize>) -> String {
    let next = Value::from(next);
    let text = match shown {
        Some(shown) => format!("{{\"nextToken\": {next}, \"boto_truncate_amount\": {shown}}}"),
        None => format!("{{\"nextToken\": {next}}}"),
    };
    STANDARD.encode(text)
}

/// Fetches as many pages as the line asks for.
pub(super) fn fetch(
    remote: Remote,
    operation: &str,
    paged: Paged,
    mut input: Map<String, Value>,
    line: &Line,
) -> Result<Pages, Said> {
    if let Some(size) = line.page_size {
        input.insert("maxResults".into(), size.into());
    }
    let (mut next, mut skipped) = line.starting_token.as_deref().map(resumed).unwrap_or_default();
    let primary = paged.items.first().copied().unwrap_or_default();
    let mut fetched = Pages { paged, pages: Vec::new(), once: json!({}), resume: None };
    let mut total = 0;
    for number in 0..MOST_PAGES {
        match &next {
            Some(token) => input.insert("nextToken".into(), token.as_str().into()),
            None => input.remove("nextToken"),
        };
        let page = remote.call(operation, &Value::Object(input.clone()));
        let mut page = page.map_err(|refused| service_error(operation, &refused))?;
        if number == 0 && line.starting_token.is_some() {
            let rest = match get(&page, primary) {
                Some(Value::Array(items)) => items.iter().skip(skipped).cloned().collect(),
                _ => Value::Null,
            };
            set(&mut page, primary, rest);
            for other in &fetched.paged.items[1..] {
                let empty =
                    if get(&page, other).is_some_and(Value::is_array) { json!([]) } else { Value::Null };
                set(&mut page, other, empty);
            }
        } else if number > 0 {
            skipped = 0;
        }
        if number == 0 {
            for name in fetched.paged.once {
                set(&mut fetched.once, name, page.get(*name).cloned().unwrap_or_default());
            }
        }
        let count = get(&page, primary).and_then(Value::as_array).map_or(0, Vec::len);
        if let Some(most) = line.max_items.filter(|most| total + count > *most) {
            let keep = most - total;
            let kept = get(&page, primary).and_then(Value::as_array).map(|items| items[..keep].to_vec());
            set(&mut page, primary, kept.unwrap_or_default().into());
            fetched.resume = Some(resume(next.as_deref(), Some(keep.saturating_add(skipped))));
            fetched.pages.push(page);
            break;
        }
        total += count;
        next = page.get("nextToken").and_then(Value::as_str).map(str::to_owned);
        fetched.pages.push(page);
        if next.is_none() {
            break;
        }
        if line.max_items == Some(total) {
            fetched.resume = Some(resume(next.as_deref(), None));
            break;
        }
    }
    Ok(fetched)
}

impl Pages {
    /// All of it as one answer.
    pub(super) fn whole(self) -> Value {
        let mut whole = json!({});
        for page in &self.pages {
            for path in self.paged.items {
                let Some(found) = get(page, path) else { continue };
                match (get(&whole, path).cloned(), found) {
                    (Some(Value::Array(mut known)), Value::Array(more)) => {
                        known.extend(more.iter().cloned());
                        set(&mut whole, path, known.into());
                    }
                    (None, found) => set(&mut whole, path, found.clone()),
                    _ => {}
                }
            }
        }
        if let Value::Object(once) = self.once {
            for (name, value) in once {
                match (&mut whole[&name], value) {
                    (Value::Object(known), Value::Object(more)) => {
                        for (name, value) in more {
                            known.entry(name).or_insert(value);
                        }
                    }
                    (place, value) => *place = value,
                }
            }
        }
        if let Some(token) = self.resume {
            whole["NextToken"] = token.into();
        }
        whole
    }

    /// One answer for each page, and one for the token.
    pub(super) fn each(self) -> Vec<Value> {
        let mut all = Vec::new();
        for (number, page) in self.pages.iter().enumerate() {
            let mut shown = if number == 0 { self.once.clone() } else { json!({}) };
            for path in self.paged.items {
                set(&mut shown, path, get(page, path).cloned().unwrap_or_default());
            }
            all.push(shown);
        }
        all.extend(self.resume.map(|token| json!({ "NextToken": { "NextToken": token } })));
        all
    }
}
