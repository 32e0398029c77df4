//! DET0016 · fixed-ecr-registry: The ECR registry comes from the build, not from the file.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DET0016",
        name: "fixed-ecr-registry",
        severity: Severity::Info,
        summary: "The ECR registry comes from the build, not from the file",
        documentation: include_str!("det0016.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

/// Accounts of AWS itself, whose images everybody takes from there.
const OF_AWS: [&str; 12] = [
    "763104351884",
    "602401143452",
    "683313688378",
    "520713654638",
    "246618743249",
    "811284229777",
    "785573368785",
    "217643126080",
    "141502667606",
    "906394416424",
    "840364872350",
    "727897471807",
];

fn check(cx: &Context<'_>, out: &mut Findings) {
    const MARK: &str = ".dkr.ecr.";
    let source: &str = &cx.file.source;
    for (at, _) in source.match_indices(MARK) {
        let Some(holder) = super::secrets::holder(cx, at) else { continue };
        let names_image = match &holder.kind {
            Kind::From(_) | Kind::Env(_) | Kind::Arg(_) => true,
            Kind::Copy(_) => holder.flag("from").is_some_and(|flag| flag.span.contains(at)),
            Kind::Run(_) => holder.mounts().any(|mount| mount.flag.span.contains(at)),
            _ => false,
        };
        if !names_image {
            continue;
        }
        let before = source.get(..at).unwrap_or("");
        let account = before.get(before.len().saturating_sub(12)..).unwrap_or("");
        let fixed_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let rest = source.get(at + MARK.len()..).unwrap_or("");
        let Some((region, _)) = rest.split_once(".amazonaws.com") else { continue };
        let fixed_region = region.len() < 24
            && region.contains('-')
            && region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if OF_AWS.contains(&account) || !(fixed_account || fixed_region) {
            continue;
        }
        let what = match (fixed_account, fixed_region) {
            (true, true) => format!("account {account} and region {region} are"),
            (true, false) => format!("account {account} is"),
            _ => format!("region {region} is"),
        };
        let start = if fixed_account { at - 12 } else { at + MARK.len() };
        let end = if fixed_region { at + MARK.len() + region.len() } else { at };
        out.at(Span::new(start, end.max(start)), format!("{what} fixed here; take the registry from a build argument, so that the file serves every account and region"));
    }
}
