//! InvalidDefinitionDescription · invalid-definition-description: A comment above ARG or FROM describes it by name.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "InvalidDefinitionDescription",
        name: "invalid-definition-description",
        severity: Severity::Info,
        summary: "A comment above ARG or FROM describes it by name",
        documentation: include_str!("invalid_definition_description.md"),
        enabled: false,
        buildkit: Some("InvalidDefinitionDescription"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    let source = &cx.file.source;
    let mut end = 0;
    for instruction in &cx.file.instructions {
        let start = std::mem::replace(&mut end, instruction.span.end);
        let words: Vec<&Word> = match &instruction.kind {
            Kind::Arg(pairs) => pairs.iter().map(|pair| &pair.key).collect(),
            Kind::From(from) => from.name.iter().collect(),
            _ => continue,
        };
        let lower = matches!(instruction.kind, Kind::From(_));
        let name = |word: &&Word| if lower { word.raw.to_lowercase() } else { word.raw.to_string() };
        let names: Vec<String> = words.iter().map(name).collect();
        let (Some(first), Some(word)) = (names.first(), words.first()) else { continue };
        let directive = |span: Span| cx.file.directives.iter().any(|directive| directive.span == span);
        let above = cx.comments_between(start, instruction.span.start);
        let Some(comment) = above.last().filter(|comment| !directive(comment.span)) else { continue };
        let text = comment.span.of(source).strip_prefix('#').unwrap_or("").trim();
        if text.is_empty() || names.iter().any(|name| Some(name.as_str()) == text.split(' ').next()) {
            continue;
        }
        let shown = if names.len() > 1 { "name" } else { first.as_str() };
        out.at(
            word.span,
            format!(
                "tools show the comment above as a description when it begins with the name: `# {shown} …`"
            ),
        );
    }
}
