//! What a command installs and removes, for every package manager by its own words.

use super::Cmd;
use crate::dockerfile::shell::Arg;

/// A package manager; those with the same words are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Manager {
    /// `apt-get`, `apt`, `aptitude`
    Apt,
    /// `apk`
    Apk,
    /// `dnf`, `microdnf`, `yum`
    Dnf,
    /// `zypper`
    Zypper,
    /// `pacman`
    Pacman,
    /// `pip`, `python -m pip`
    Pip,
    /// `npm`, `yarn`, `pnpm`
    Npm,
    /// `gem`
    Gem,
}

impl Manager {
    /// Whether it installs packages of the system, not of a language.
    pub(in super::super) fn of_system(self) -> bool {
        matches!(self, Self::Apt | Self::Apk | Self::Dnf | Self::Zypper | Self::Pacman)
    }
}

/// What a command does to installed packages.
pub(in super::super) struct Change<'a> {
    /// With which manager.
    pub(in super::super) manager: Manager,
    /// Whether it removes them; it installs them otherwise.
    pub(in super::super) removes: bool,
    /// The words that name packages, files or folders.
    pub(in super::super) words: Vec<&'a Arg>,
}

impl<'a> Cmd<'a> {
    /// What the command installs or removes; `None` when it does neither.
    pub(in super::super) fn packages(&self) -> Option<Change<'a>> {
        let name = self.name.rsplit('/').next().unwrap_or("");
        let (manager, installs, removes, valued): (_, &[&str], &[&str], &[&str]) = match name {
            "apt-get" | "apt" | "aptitude" => (
                Manager::Apt,
                &["install", "reinstall"],
                &["remove", "purge", "autoremove"],
                &["t", "o", "c", "target-release", "option", "config-file"],
            ),
            "apk" => (Manager::Apk, &["add"], &["del"], &["t", "X", "p", "virtual", "repository", "root"]),
            "dnf" | "microdnf" | "yum" => (
                Manager::Dnf,
                &["install", "groupinstall", "localinstall", "reinstall"],
                &["remove", "erase", "autoremove"],
                &["enablerepo", "disablerepo", "setopt", "c", "x", "exclude"],
            ),
            "zypper" => {
                (Manager::Zypper, &["install", "in"], &["remove", "rm"], &["r", "repo", "root", "R", "D"])
            }
            "pacman" => {
                let sync =
                    self.args.iter().find(|arg| arg.text.starts_with("-S") || arg.text.starts_with("-R"))?;
                let removes = sync.text.starts_with("-R");
                return Some(Change { manager: Manager::Pacman, removes, words: self.operands(&[]) });
            }
            "npm" | "pnpm" | "yarn" => (
                Manager::Npm,
                &["install", "i", "add", "ci"],
                &["uninstall", "remove", "rm"],
                &["prefix", "registry", "loglevel", "C", "w", "workspace"],
            ),
            "gem" => (Manager::Gem, &["install", "i"], &["uninstall"], &["v", "version", "i", "n"]),
            pip if pip.starts_with("python") || (pip.starts_with("pip") && !pip.starts_with("pipx")) => (
                Manager::Pip,
                &["install"],
                &["uninstall"],
                &["r", "c", "requirement", "constraint", "i", "index-url", "t", "target", "extra-index-url"],
            ),
            _ => return None,
        };
        let mut words = self.operands(valued);
        if manager == Manager::Pip && name.starts_with("python") {
            // `-m pip install x`: `pip` is the first word that is no flag.
            let module = self.args.iter().position(|arg| arg.text == "-m")?;
            self.args.get(module + 1).filter(|arg| arg.text == "pip")?;
            words.retain(|arg| arg.text != "pip");
        }
        let verb = words.first()?.text.as_str();
        let (installing, removing) = (installs.contains(&verb), removes.contains(&verb));
        if !installing && !removing {
            return None;
        }
        words.remove(0);
        Some(Change { manager, removes: removing, words })
    }
}
