//! What `aws configure` knows: profiles of the two files in `~/.aws`, or where the environment says they are.
//! They are in the sandbox, and read when they are needed.

use super::{OTHER, SETTINGS, usage};
use crate::practice::{KEY_ID, SECRET};
use crate::shim::{Inside, Said};
use std::collections::BTreeMap;

/// What goes into the file of credentials.
const SECRETS: [&str; 4] =
    ["aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token"];

/// The environment of a command, and its profile.
pub(super) struct Settings<'a> {
    environment: &'a BTreeMap<String, String>,
    region: &'a str,
    profile: Option<&'a str>,
}

/// Sections of a file, in order: name, and lines that have a value.
type Sections = Vec<(String, Vec<(String, String)>)>;

fn sections(text: &str) -> Sections {
    let mut sections = Sections::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.starts_with(['#', ';']) || trimmed.is_empty() {
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            let name = name.strip_prefix("profile ").unwrap_or(name).trim().trim_matches('"');
            sections.push((name.to_owned(), Vec::new()));
        } else if let (Some((key, value)), Some((_, lines))) = (trimmed.split_once('='), sections.last_mut())
        {
            lines.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }
    sections
}

impl<'a> Settings<'a> {
    pub(super) fn new(
        environment: &'a BTreeMap<String, String>,
        region: &'a str,
        profile: Option<&'a str>,
    ) -> Self {
        Self { environment, region, profile }
    }

    fn set(&self, name: &str) -> Option<&'a str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The profile in use.
    fn named(&self) -> Option<&'a str> {
        self.profile.or_else(|| self.set("AWS_PROFILE")).or_else(|| self.set("AWS_DEFAULT_PROFILE"))
    }

    fn path(&self, variable: &str, name: &str) -> String {
        let home = self.environment.get("HOME").map_or("", String::as_str);
        match self.set(variable) {
            Some(path) => path.strip_prefix("~/").map_or(path.to_owned(), |rest| format!("{home}/{rest}")),
            None => format!("{home}/.aws/{name}"),
        }
    }

    fn config_path(&self) -> String {
        self.path("AWS_CONFIG_FILE", "config")
    }

    fn credentials_path(&self) -> String {
        self.path("AWS_SHARED_CREDENTIALS_FILE", "credentials")
    }

    /// The text of the configuration: where there is none, that of a machine that was set up.
    fn config(&self, inside: &mut dyn Inside) -> String {
        inside
            .read(&self.config_path())
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .unwrap_or_else(|| format!("[default]\nregion = {}\n", self.region))
    }

    fn credentials(&self, inside: &mut dyn Inside) -> String {
        let read = inside.read(&self.credentials_path()).ok();
        read.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// All that is set for a profile; `None` when there is no such one.
    fn of_profile(&self, name: &str, inside: &mut dyn Inside) -> Option<BTreeMap<String, String>> {
        let all = [self.config(inside), self.credentials(inside)];
        let found: Vec<_> =
            all.iter().flat_map(|text| sections(text)).filter(|(known, _)| known == name).collect();
        if found.is_empty() && name != "default" {
            return None;
        }
        Some(found.into_iter().flat_map(|(_, lines)| lines).collect())
    }

    fn profile(&self, inside: &mut dyn Inside) -> Result<BTreeMap<String, String>, Said> {
        let name = self.named().unwrap_or("default");
        self.of_profile(name, inside)
            .ok_or_else(|| Said::failed(OTHER, format!("\nThe config profile ({name}) could not be found\n")))
    }

    /// Whether there are credentials, and the practice's own.
    ///
    /// # Errors
    /// In the words of the command, or of the service that refuses others.
    pub(super) fn signs(&self, operation: &str, inside: &mut dyn Inside) -> Result<(), Said> {
        let (id, secret) = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
        let of_environment = self.set(id).filter(|_| self.profile.is_none());
        let (id, secret) = match (of_environment, self.set(secret)) {
            (Some(id), Some(secret)) => (id.to_owned(), secret.to_owned()),
            (Some(_), None) => {
                let text = format!("\nPartial credentials found in env, missing: {secret}\n");
                return Err(Said::failed(OTHER, text));
            }
            _ => {
                let profile = self.profile(inside)?;
                match (profile.get("aws_access_key_id"), profile.get("aws_secret_access_key")) {
                    (Some(id), Some(secret)) => (id.clone(), secret.clone()),
                    _ => {
                        let text = "\nUnable to locate credentials. You can configure credentials by running \
                                    \"aws configure\".\n";
                        return Err(Said::failed(SETTINGS, text));
                    }
                }
            }
        };
        let (code, message) = if id != KEY_ID {
            ("UnrecognizedClientException", "The security token included in the request is invalid.")
        } else if secret != SECRET {
            (
                "InvalidSignatureException",
                "The request signature we calculated does not match the signature you provided. Check your AWS \
                 Secret Access Key and signing method. Consult the service documentation for details.",
            )
        } else {
            return Ok(());
        };
        // STS speaks another protocol, in which they have other names.
        let code = match (operation, code) {
            ("GetCallerIdentity", "UnrecognizedClientException") => "InvalidClientTokenId",
            ("GetCallerIdentity", _) => "SignatureDoesNotMatch",
            _ => code,
        };
        let refused =
            crate::shim::registry::Refused { code: code.into(), message: message.into(), status: 403 };
        Err(super::service_error(operation, &refused))
    }

    /// The output that the profile asks for. A profile that is named must be there.
    ///
    /// # Errors
    /// When it is not.
    pub(super) fn output(&self, inside: &mut dyn Inside) -> Result<Option<String>, Said> {
        if self.named().is_none() && self.set("AWS_CONFIG_FILE").is_none() && self.set("HOME").is_none() {
            return Ok(None);
        }
        Ok(self.profile(inside)?.remove("output"))
    }

    /// `aws configure …`
    ///
    /// # Errors
    /// In the words of the command.
    pub(super) fn configure(&self, words: &[&str], inside: &mut dyn Inside) -> Result<Said, Said> {
        match words {
            ["get", name] => self.get(name, inside),
            ["get"] => Err(usage("the following arguments are required: varname")),
            ["set", name, value] => self.change(name, value, inside),
            ["set", _] => Err(usage("the following arguments are required: value")),
            ["set"] => Err(usage("the following arguments are required: varname, value")),
            ["list"] => self.list(inside),
            ["list-profiles"] => {
                let mut names = Vec::new();
                let texts = [self.config(inside), self.credentials(inside)];
                for (name, _) in texts.iter().flat_map(|text| sections(text)) {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                Ok(Said::out(names.iter().map(|name| format!("{name}\n")).collect::<String>()))
            }
            ["get" | "list", _, unknown, ..] | ["set", _, _, unknown, ..] | ["list", unknown] => {
                Err(super::unknown_options(unknown))
            }
            _ => Err(usage("the sandbox knows of `aws configure` get, set, list and list-profiles")),
        }
    }

    fn get(&self, name: &str, inside: &mut dyn Inside) -> Result<Said, Said> {
        let parts: Vec<&str> = name.split('.').collect();
        let found = match parts.as_slice() {
            ["profile", profile, name] | [profile @ "default", name] => {
                self.of_profile(profile, inside).and_then(|mut known| known.remove(*name))
            }
            [profile, name] => self.of_profile(profile, inside).and_then(|mut known| known.remove(*name)),
            _ => self.profile(inside)?.remove(name),
        };
        Ok(found.map_or_else(|| Said::failed(1, ""), |value| Said::out(format!("{value}\n"))))
    }

    fn change(&self, name: &str, value: &str, inside: &mut dyn Inside) -> Result<Said, Said> {
        if [name, value].iter().any(|text| text.contains(['\n', '\r'])) {
            let text = format!(
                "\nInvalid value for key {name}: newline characters and carriage returns are not allowed.\n"
            );
            return Err(Said::failed(OTHER, text));
        }
        let parts: Vec<&str> = name.split('.').collect();
        let (profile, name) = match parts.as_slice() {
            ["profile", profile, name] | [profile @ "default", name] => (*profile, *name),
            _ => (self.named().unwrap_or("default"), name),
        };
        let secret = SECRETS.contains(&name);
        let (path, text) = if secret {
            (self.credentials_path(), self.credentials(inside))
        } else {
            (self.config_path(), self.config(inside))
        };
        let section = if secret || profile == "default" {
            profile.to_owned()
        } else if profile.contains(' ') {
            format!("profile \"{profile}\"")
        } else {
            format!("profile {profile}")
        };
        let written = changed(&text, &format!("[{section}]"), name, value);
        let write = inside.write(&path, written.as_bytes());
        write.map(|()| Said::default()).map_err(|why| Said::failed(OTHER, format!("\n{why}\n")))
    }

    fn list(&self, inside: &mut dyn Inside) -> Result<Said, Said> {
        let known = self.profile(inside)?;
        let mut text = String::new();
        let mut row = |name: &str, value: &str, kind: &str, place: &str| {
            text.push_str(&format!("{name:>10} {value:>24} {kind:>16}    {place}\n"));
        };
        row("Name", "Value", "Type", "Location");
        row("----", "-----", "----", "--------");
        let not = "<not set>";
        match (self.profile, self.set("AWS_PROFILE")) {
            (Some(name), _) => row("profile", name, "manual", "--profile"),
            (None, Some(name)) => row("profile", name, "env", "['AWS_PROFILE', 'AWS_DEFAULT_PROFILE']"),
            _ => row("profile", not, "None", "None"),
        }
        let masked = |value: &str| {
            let letters: Vec<char> = value.chars().collect();
            let last: String = letters.iter().skip(letters.len().saturating_sub(4)).collect();
            format!("{}{last}", "*".repeat(16))
        };
        let keys = [
            ("access_key", "AWS_ACCESS_KEY_ID", "aws_access_key_id"),
            ("secret_key", "AWS_SECRET_ACCESS_KEY", "aws_secret_access_key"),
        ];
        for (name, variable, key) in keys {
            match (self.set(variable).filter(|_| self.profile.is_none()), known.get(key)) {
                (Some(value), _) => row(name, &masked(value), "env", ""),
                (None, Some(value)) => row(name, &masked(value), "shared-credentials-file", ""),
                (None, None) => row(name, not, "None", "None"),
            }
        }
        let by_environment = self.set("AWS_REGION").or_else(|| self.set("AWS_DEFAULT_REGION"));
        match (by_environment, known.get("region")) {
            (Some(region), _) => row("region", region, "env", "['AWS_REGION', 'AWS_DEFAULT_REGION']"),
            (None, Some(region)) => row("region", region, "config-file", &self.config_path()),
            _ => row("region", not, "None", "None"),
        }
        Ok(Said::out(text))
    }
}

/// The file with the value in its section; all else stays as it is.
fn changed(text: &str, section: &str, name: &str, value: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let new = format!("{name} = {value}");
    let Some(start) = lines.iter().position(|line| line.trim() == section) else {
        lines.extend([section.to_owned(), new]);
        return lines.join("\n") + "\n";
    };
    let length = lines[start + 1..].iter().take_while(|line| !line.trim_start().starts_with('[')).count();
    let end = start + 1 + length;
    let known = |line: &String| line.split_once('=').is_some_and(|(key, _)| key.trim() == name);
    match lines[start + 1..end].iter().position(known) {
        Some(at) => lines[start + 1 + at] = new,
        None => {
            // Behind the last line that says something.
            let filled = lines[start + 1..end].iter().rposition(|line| !line.trim().is_empty());
            lines.insert(start + 1 + filled.map_or(0, |at| at + 1), new);
        }
    }
    lines.join("\n") + "\n"
}
