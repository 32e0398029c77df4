//! DET0009 · password-in-command: No command is given a password.

use super::prelude::*;
use super::secrets;
use crate::dockerfile::shell::Arg;

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DET0009",
        name: "password-in-command",
        severity: Severity::Warning,
        summary: "No command is given a password",
        documentation: include_str!("det0009.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    for run in &cx.runs {
        let sets_passwords = run.commands().any(|cmd| cmd.is(&["chpasswd"]));
        for cmd in run.commands() {
            if sets_passwords && cmd.is(&["echo", "printf"]) {
                for arg in &cmd.args {
                    if let Some((user, password)) = arg.text.split_once(':')
                        && secrets::literal(password)
                        && is_user(user)
                    {
                        out.secret(cmd.arg_span(arg));
                        out.at(cmd.arg_span(arg), format!("the password of `{user}` stands in the image's history, the same in every container"));
                    }
                }
            }
            if let Some(arg) = password(&cmd) {
                let name = &cmd.name;
                out.secret(cmd.arg_span(arg));
                out.at(cmd.arg_span(arg), format!("`{name}` is given a password, which stays in the image's history; use RUN --mount=type=secret"));
            } else if logs_in(&cmd) {
                let verb = cmd.span_to("login");
                out.at(
                    verb,
                    format!(
                        "`{} login` keeps its credentials in this layer; log in outside the build",
                        cmd.name
                    ),
                );
            }
        }
    }
}

fn is_user(word: &str) -> bool {
    !word.is_empty()
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '$' | '{' | '}'))
}

/// The word of `cmd` that holds a password.
fn password<'a>(cmd: &Cmd<'a>) -> Option<&'a Arg> {
    let behind = |flags: &[&str], given: fn(&str) -> bool| {
        cmd.args()
            .iter()
            .zip(cmd.args().iter().skip(1))
            .find(|(flag, value)| flags.contains(&flag.text.as_str()) && given(&value.text))
            .map(|(_, value)| value)
    };
    let joined = |flags: &[&str]| {
        cmd.args()
            .iter()
            .find(|arg| flags.iter().any(|flag| arg.text.strip_prefix(flag).is_some_and(secrets::literal)))
    };
    let with_user: fn(&str) -> bool =
        |value| value.split_once(':').is_some_and(|(_, password)| secrets::literal(password));
    match cmd.name.as_str() {
        "curl" => behind(&["-u", "--user", "-U", "--proxy-user"], with_user),
        "wget" => joined(&["--password=", "--http-password=", "--ftp-password=", "--proxy-password="]),
        "sshpass" => behind(&["-p"], secrets::literal).or_else(|| joined(&["-p"])),
        "mysql" | "mysqladmin" | "mysqldump" | "mariadb" => joined(&["-p", "--password="]),
        "docker" | "podman" | "helm" | "buildah" | "skopeo" | "crane" if cmd.has("login") => {
            behind(&["-p", "--password"], secrets::literal).or_else(|| joined(&["--password="]))
        }
        "useradd" | "usermod" => {
            behind(&["-p", "--password"], secrets::literal).or_else(|| joined(&["--password="]))
        }
        _ => None,
    }
}

/// Whether `cmd` logs in to a registry, so that what it gets lies in a file of the layer.
fn logs_in(cmd: &Cmd<'_>) -> bool {
    cmd.is(&["docker", "podman"]) && cmd.verb().is_some_and(|verb| verb.text == "login")
}
