//! Go templates, as far as scripts use them in `--format`: fields, `index`, `json`.

use serde_json::Value;

/// Fills `template` with what `about` says.
pub(super) fn fill(template: &str, about: &Value) -> Result<String, String> {
    if template == "json" {
        return Ok(about.to_string());
    }
    let template = template.strip_prefix("table ").unwrap_or(template);
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, inner)) = rest.split_once("{{") {
        text.push_str(before);
        let (action, after) =
            inner.split_once("}}").ok_or("template parsing error: template: :1: unclosed action\n")?;
        text.push_str(&perform(action.trim(), about)?);
        rest = after;
    }
    text.push_str(rest);
    Ok(text.replace("\\t", "\t").replace("\\n", "\n"))
}

fn perform(action: &str, about: &Value) -> Result<String, String> {
    let unknown = || format!("template parsing error: the sandbox does not know {{{{{action}}}}}\n");
    let (before, encoded) = match action.strip_prefix("json ") {
        Some(rest) => (rest.trim(), true),
        None => (action, false),
    };
    let value = match before.strip_prefix("index ") {
        Some(rest) => {
            let mut words = rest.split_whitespace();
            let mut value = field(words.next().unwrap_or_default(), about).ok_or_else(unknown)?;
            for key in words {
                let key = key.trim_matches('"');
                let found = match key.parse::<usize>() {
                    Ok(at) => value.get(at),
                    Err(_) => value.get(key),
                };
                value = found.cloned().ok_or_else(|| {
                    format!("template parsing error: template: :1:2: executing \"\" at <{before}>: error calling index: index out of range: {key}\n")
                })?;
            }
            value
        }
        None => field(before, about).ok_or_else(unknown)?,
    };
    Ok(match value {
        value if encoded => value.to_string(),
        Value::String(text) => text,
        Value::Array(items) => {
            let items: Vec<String> = items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                .collect();
            format!("[{}]", items.join(" "))
        }
        other => other.to_string(),
    })
}

/// `.Config.Labels`, or the whole with `.`.
fn field(path: &str, about: &Value) -> Option<Value> {
    let path = path.strip_prefix('.')?;
    if path.is_empty() {
        return Some(about.clone());
    }
    path.split('.').try_fold(about.clone(), |value, key| value.get(key).cloned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_templates_of_scripts_are_filled() {
        let about =
            json!({ "Id": "sha256:1", "RepoDigests": ["a@sha256:2"], "Config": { "Labels": { "x": "y" } } });
        for (template, wanted) in [
            ("{{.Id}}", "sha256:1"),
            ("{{ .Id }} {{index .RepoDigests 0}}", "sha256:1 a@sha256:2"),
            ("{{json .RepoDigests}}", r#"["a@sha256:2"]"#),
            (r#"{{ index .Config.Labels "x" }}"#, "y"),
            ("{{.RepoDigests}}", "[a@sha256:2]"),
            ("plain", "plain"),
        ] {
            assert_eq!(fill(template, &about).as_deref(), Ok(wanted), "{template}");
        }
        for broken in ["{{.Id", "{{range .X}}", "{{.None}}", "{{index .RepoDigests 7}}"] {
            assert!(fill(broken, &about).is_err(), "{broken}");
        }
    }
}
