//! DET0008 · credentials-copied: No file of credentials is copied into the image.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DET0008",
        name: "credentials-copied",
        severity: Severity::Warning,
        summary: "No file of credentials is copied into the image",
        documentation: include_str!("det0008.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for (at, outer) in cx.file.instructions.iter().enumerate() {
        let instruction = outer.inner();
        let (Kind::Copy(copy) | Kind::Add(copy)) = &instruction.kind else { continue };
        if instruction.flag("from").is_some() {
            continue;
        }
        let stage = cx.stages.iter().find(|stage| stage.range.contains(&at)).map(|stage| stage.index);
        for source in &copy.sources {
            let Some((what, sure)) = credentials(source.value()) else { continue };
            let removed = cx
                .runs
                .iter()
                .any(|run| run.index > at && run.stage == stage && removes(run, source.value()));
            if !(sure || (cx.ships(stage) && removed)) {
                continue;
            }
            let rest = if removed { "; removing it later leaves it in this layer" } else { "" };
            let name = &source.raw;
            out.at(source.span, format!("`{name}` holds {what}{rest}; use RUN --mount=type=secret"));
        }
    }
}

/// What a file of this name holds, and whether it surely does.
fn credentials(path: &str) -> Option<(&'static str, bool)> {
    let path = path.trim_end_matches('/');
    let mut parts = path.rsplit('/');
    let (name, folder) = (parts.next()?, parts.next().unwrap_or(""));
    let sure = match (folder, name) {
        (_, "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519" | ".ssh") => "a private key",
        (_, ".netrc" | "_netrc" | ".git-credentials" | ".pgpass" | ".pypirc") => "passwords",
        (".aws", "credentials") | (_, ".aws") => "AWS credentials",
        (".docker", "config.json") | (_, ".dockercfg") => "logins of registries",
        (".kube", "config") | (_, "kubeconfig") => "credentials of a cluster",
        (_, "privkey.pem" | "server.key" | "private.key" | "private.pem" | "tls.key") => "a private key",
        (
            _,
            ".npmrc" | ".yarnrc.yml" | "pip.conf" | "settings.xml" | "auth.json" | ".env" | "nuget.config"
            | "NuGet.Config",
        ) => {
            return Some(("what had to be removed again", false));
        }
        _ if name.ends_with(".p12") || name.ends_with(".pfx") => "a private key",
        _ => return None,
    };
    Some((sure, true))
}

/// Whether `run` removes the file that was copied from `source`.
fn removes(run: &Run<'_>, source: &str) -> bool {
    let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or(source);
    run.commands().filter(|cmd| cmd.is(&["rm", "shred", "unlink"])).any(|cmd| {
        cmd.args
            .iter()
            .any(|arg| arg.text.rsplit('/').next() == Some(name) || arg.text.contains(&format!("/{name}/")))
    })
}
