//! DET0010 · build-tools-left: What only builds need is not left in the image.

use super::prelude::*;
use crate::lint::context::{Manager, Package};

pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        code: "DET0010",
        name: "build-tools-left",
        severity: Severity::Info,
        summary: "What only builds need is not left in the image",
        documentation: include_str!("det0010.md"),
        enabled: true,
        buildkit: None,
    },
    check,
};

fn check(cx: &Context<'_>, out: &mut Findings) {
    if cx.program().is_none() {
        return;
    }
    let packages = cx.packages();
    let mut at = 0;
    while let Some(first) = packages.get(at) {
        let mine = packages.iter().skip(at).take_while(|package| package.run == first.run).count();
        let run = packages.get(at..at + mine).unwrap_or(&[]);
        at += mine;
        let ships = cx.runs.get(first.run).is_some_and(|run| {
            // With marks of its own it says what may go again, in more ways than we can follow.
            cx.ships(run.stage) && !run.commands().any(|cmd| cmd.is(&["apt-mark"]))
        });
        // A clean-up whose words are variables may remove any of them.
        let unknown = run.iter().any(|package| package.removed && package.name.contains('$'));
        if !ships || unknown {
            continue;
        }
        let gone = |package: &&Package| {
            run.iter().any(|other| {
                other.removed && (other.name == package.name || package.group.as_ref() == Some(&other.name))
            })
        };
        let left = run.iter().filter(|package| !package.removed && is_tool(&package.name, package.manager));
        let left: Vec<_> = left.filter(|package| !gone(package)).collect();
        let Some(first) = left.first() else { continue };
        let names: Vec<&str> = left.iter().map(|package| package.name.as_str()).take(3).collect();
        let more = left.len().saturating_sub(3);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let names = names.join("`, `");
        let message = format!(
            "`{names}`{more}: for building only, and left in the image; build in a stage of its own, or remove it in the same RUN"
        );
        out.at(first.span, message);
    }
}

/// Whether a package serves to build others.
fn is_tool(name: &str, manager: Manager) -> bool {
    const TOOLS: [&str; 29] = [
        "gcc",
        "g++",
        "gcc-c++",
        "clang",
        "build-essential",
        "build-base",
        "alpine-sdk",
        "make",
        "cmake",
        "ninja-build",
        "ninja",
        "autoconf",
        "automake",
        "libtool",
        "linux-headers",
        "kernel-devel",
        "golang",
        "golang-go",
        "rustc",
        "cargo",
        "maven",
        "gradle",
        "musl-dev",
        "bison",
        "flex",
        "pkg-config",
        "dpkg-dev",
        "gfortran",
        "sbt",
    ];
    let headers = match manager {
        Manager::Dnf | Manager::Zypper => name.ends_with("-devel"),
        _ => name.ends_with("-dev"),
    };
    headers || TOOLS.contains(&name)
}
