//! InvalidDefaultArgInFrom · invalid-default-arg-in-from: Without build arguments FROM still names an image.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "InvalidDefaultArgInFrom",
        name: "invalid-default-arg-in-from",
        severity: Severity::Warning,
        summary: "Without build arguments FROM still names an image",
        documentation: include_str!("invalid_default_arg_in_from.md"),
        enabled: true,
        buildkit: Some("InvalidDefaultArgInFrom"),
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for (stage, base) in cx.stages.iter().zip(&cx.scopes().bases) {
        let Some(name) = &base.name else { continue };
        let word = &stage.from.image.word;
        if word.is_empty() || crate::dockerfile::reference::Reference::of(name).is_valid() {
            continue;
        }
        let message = match (stage.from.image.is_variable(), name.is_empty()) {
            (true, true) => "without --build-arg this is empty; give the ARG a default".to_owned(),
            (true, false) => {
                format!("without --build-arg this is `{name}`, which names no image; give the ARG a default")
            }
            (false, _) if name.chars().any(char::is_uppercase) => {
                format!("`{name}` names no image and no stage: capitals are for tags only")
            }
            (false, _) => format!("`{name}` names no image; it has to be name:tag or name@digest"),
        };
        out.at(word.span, message);
    }
}
