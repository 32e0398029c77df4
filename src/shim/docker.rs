//! The `docker` command line: a machine's own images, in memory, and their way to the practice ECR and
//! back. What builds here runs nothing: see `build`.
//!
//! | file | owns |
//! | --- | --- |
//! | `build` | a build context and its Dockerfile → an image |
//! | `reference` | names of images; ECR's host names → the practice registry |
//! | `template` | the few Go templates of `--format` that scripts use |

mod build;
mod reference;
mod template;

use super::registry::{Picture, Refused, digest};
use super::{Inside, Remote, Said};
use reference::Reference;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Exit codes: of the command line itself, and of one that cannot be run.
const FAILED: u8 = 1;
const CANNOT: u8 = 125;

/// The images and logins of one machine.
#[derive(Debug)]
pub(super) struct Docker {
    remote: Remote,
    region: String,
    /// By name, as `repository:tag`.
    images: BTreeMap<String, Picture>,
    /// Digests of manifests by the names under which they were pushed or pulled: `repository@sha256:…`.
    digests: BTreeMap<String, String>,
    /// `AWS:password` by registry.
    logins: BTreeMap<String, String>,
}

/// Options of a command, taken apart: those that have a value by name, and the words between them.
struct Options {
    words: Vec<String>,
    given: Vec<(String, String)>,
}

impl Options {
    /// `valued` are the options that take a value.
    fn parse(arguments: &[String], valued: &[&str]) -> Result<Self, Said> {
        let mut read = Self { words: Vec::new(), given: Vec::new() };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            if argument == "-" || !argument.starts_with('-') {
                read.words.push(argument.clone());
                continue;
            }
            let (name, joined) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (argument.as_str(), None),
            };
            if !valued.contains(&name) {
                read.given.push((name.to_owned(), joined.unwrap_or_else(|| "true".into())));
                continue;
            }
            let value = joined.or_else(|| rest.next().cloned());
            let Some(value) = value else {
                return Err(Said::failed(CANNOT, format!("flag needs an argument: {name}\n")));
            };
            read.given.push((name.to_owned(), value));
        }
        Ok(read)
    }

    fn all<'a>(&'a self, names: &'a [&str]) -> impl Iterator<Item = &'a str> {
        self.given.iter().filter(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value.as_str())
    }

    fn one(&self, names: &[&str]) -> Option<&str> {
        self.given.iter().rev().find(|(name, _)| names.contains(&name.as_str())).map(|(_, v)| v.as_str())
    }

    fn has(&self, names: &[&str]) -> bool {
        self.one(names).is_some_and(|value| value != "false")
    }
}

fn daemon(text: impl std::fmt::Display) -> Said {
    Said::failed(FAILED, format!("Error response from daemon: {text}\n"))
}

fn arguments_wanted(command: &str, count: &str) -> Said {
    let text = format!("\"docker {command}\" requires {count}.\nSee 'docker {command} --help'.\n");
    Said::failed(FAILED, text)
}

impl Docker {
    pub(super) fn new(remote: Remote, region: &str) -> Self {
        Self {
            remote,
            region: region.to_owned(),
            images: BTreeMap::new(),
            digests: BTreeMap::new(),
            logins: BTreeMap::new(),
        }
    }

    /// Runs `docker` with these arguments.
    pub(super) fn run(
        &mut self,
        arguments: &[String],
        environment: &BTreeMap<String, String>,
        inside: &mut dyn Inside,
    ) -> Said {
        // Options of docker itself, before the command.
        let mut arguments = arguments;
        while let [first, rest @ ..] = arguments
            && first.starts_with('-')
        {
            match (first.as_str(), rest) {
                ("--version" | "-v", _) => {
                    return Said::out("Docker version 28.0.0, build the sandbox of docker-ecr-tutor\n");
                }
                (
                    "--config" | "--context" | "-c" | "--host" | "-H" | "--log-level" | "-l",
                    [_, more @ ..],
                ) => {
                    arguments = more;
                }
                _ => arguments = rest,
            }
        }
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let after = |count: usize| arguments.get(count..).unwrap_or_default();
        let said = match words.as_slice() {
            ["login", ..] => self.login(after(1), environment, inside),
            ["logout", ..] => self.logout(after(1), environment, inside),
            ["build", ..] => self.build(after(1), inside),
            ["image" | "buildx" | "builder", "build", ..] => self.build(after(2), inside),
            ["buildx", "version"] => {
                Ok(Said::out("github.com/docker/buildx v0.20.0 the sandbox of docker-ecr-tutor\n"))
            }
            ["buildx", "create" | "use" | "inspect" | "ls" | "rm", ..] => Ok(Said::out("default\n")),
            ["tag", ..] => self.tag(after(1)),
            ["image", "tag", ..] => self.tag(after(2)),
            ["push", ..] => self.push(after(1)),
            ["image", "push", ..] => self.push(after(2)),
            ["pull", ..] => self.pull(after(1)),
            ["image", "pull", ..] => self.pull(after(2)),
            ["images", ..] => self.list(after(1)),
            ["image", "ls" | "list", ..] => self.list(after(2)),
            ["inspect", ..] => self.inspect(after(1)),
            ["image", "inspect", ..] => self.inspect(after(2)),
            ["rmi", ..] => self.remove(after(1)),
            ["image", "rm" | "remove", ..] => self.remove(after(2)),
            ["manifest", "inspect", ..] => self.manifest(after(2)),
            ["image" | "system" | "builder", "prune", ..] => Ok(Said::out("Total reclaimed space: 0B\n")),
            ["info", ..] => Ok(Said::out("Server:\n Server Version: 28.0.0\n")),
            ["version", ..] => Ok(Said::out("Client:\n Version: 28.0.0\nServer:\n Version: 28.0.0\n")),
            ["context", ..] => Ok(Said::out("default\n")),
            ["run" | "exec" | "start" | "compose" | "create", ..] => Err(Said::failed(
                CANNOT,
                format!("docker: nothing runs in the sandbox: `docker {}` is not there\n", words[0]),
            )),
            [] => Ok(Said::out("Usage:  docker [OPTIONS] COMMAND\n")),
            [other, ..] => Err(Said::failed(
                FAILED,
                format!("docker: '{other}' is not a docker command.\nSee 'docker --help'\n"),
            )),
        };
        said.unwrap_or_else(|said| said)
    }

    fn reference(&self, text: &str) -> Result<Reference, Said> {
        Reference::parse(text, &self.remote.address.to_string(), &self.region)
            .map_err(|why| Said::failed(FAILED, format!("invalid reference format: {why}\n")))
    }

    fn login(
        &mut self,
        arguments: &[String],
        environment: &BTreeMap<String, String>,
        inside: &mut dyn Inside,
    ) -> Result<Said, Said> {
        let options = Options::parse(arguments, &["-u", "--username", "-p", "--password"])?;
        let registry = options.words.first().map_or("docker.io", String::as_str);
        let host = reference::host(registry, &self.remote.address.to_string(), &self.region);
        let mut warning = String::new();
        let password = if options.has(&["--password-stdin"]) {
            if options.one(&["-u", "--username"]).is_none() {
                return Err(Said::failed(FAILED, "Must provide --username with --password-stdin\n"));
            }
            let read = inside.stdin().map_err(|why| Said::failed(FAILED, format!("{why}\n")))?;
            String::from_utf8_lossy(&read).trim_end_matches(['\n', '\r']).to_owned()
        } else if let Some(password) = options.one(&["-p", "--password"]) {
            warning.push_str("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n");
            password.to_owned()
        } else {
            String::new()
        };
        if password.is_empty() {
            let text = "Error: Cannot perform an interactive login from a non TTY device\n";
            return Err(Said::failed(FAILED, text));
        }
        if host != self.remote.address.to_string() {
            let name = host.split(':').next().unwrap_or_default();
            return Err(daemon(format!("Get \"https://{host}/v2/\": dial tcp: lookup {name}: no such host")));
        }
        let user = format!("{}:{password}", options.one(&["-u", "--username"]).unwrap_or_default());
        self.remote.login(&user).map_err(|refused| match refused.status {
            401 => daemon(format!("login attempt to http://{host}/v2/ failed with status: 401 Unauthorized")),
            _ => daemon(format!("{}: {}", words(&refused.code), refused.message)),
        })?;
        self.logins.insert(host, user);
        self.keep_logins(environment, inside)?;
        Ok(Said::out("Login Succeeded\n").with_err(warning))
    }

    fn logout(
        &mut self,
        arguments: &[String],
        environment: &BTreeMap<String, String>,
        inside: &mut dyn Inside,
    ) -> Result<Said, Said> {
        let options = Options::parse(arguments, &[])?;
        let registry = options.words.first().map_or("docker.io", String::as_str);
        let host = reference::host(registry, &self.remote.address.to_string(), &self.region);
        if self.logins.remove(&host).is_some() {
            self.keep_logins(environment, inside)?;
            return Ok(Said::out(format!("Removing login credentials for {registry}\n")));
        }
        Ok(Said::out(format!("Not logged in to {registry}\n")))
    }

    /// Writes them down where docker does, so that a script which puts that place among its files is seen.
    fn keep_logins(
        &self,
        environment: &BTreeMap<String, String>,
        inside: &mut dyn Inside,
    ) -> Result<(), Said> {
        use base64::Engine as _;
        let encode = |user: &str| base64::engine::general_purpose::STANDARD.encode(user);
        let logins: serde_json::Map<String, Value> =
            self.logins.iter().map(|(host, user)| (host.clone(), json!({ "auth": encode(user) }))).collect();
        let folder = match environment.get("DOCKER_CONFIG").filter(|folder| !folder.is_empty()) {
            Some(folder) => folder.clone(),
            None => format!("{}/.docker", environment.get("HOME").map_or("", String::as_str)),
        };
        let text = format!("{:#}\n", json!({ "auths": logins }));
        inside
            .write(&format!("{folder}/config.json"), text.as_bytes())
            .map_err(|why| Said::failed(FAILED, format!("Error saving credentials: {why}\n")))
    }

    fn build(&mut self, arguments: &[String], inside: &mut dyn Inside) -> Result<Said, Said> {
        let options = Options::parse(arguments, &build::VALUED)?;
        let [context] = options.words.as_slice() else {
            return Err(arguments_wanted("buildx build", "exactly 1 argument"));
        };
        let names: Vec<Reference> =
            options.all(&["-t", "--tag"]).map(|name| self.reference(name)).collect::<Result<_, _>>()?;
        let wanted = build::Wanted {
            context,
            dockerfile: options.one(&["-f", "--file"]),
            target: options.one(&["--target"]),
            arguments: options.all(&["--build-arg"]).map(str::to_owned).collect(),
            labels: options.all(&["--label"]).map(str::to_owned).collect(),
        };
        let image = build::build(&wanted, inside)
            .map_err(|why| Said::failed(FAILED, format!("ERROR: failed to build: {why}\n")))?;
        let id = image.id();
        for name in &names {
            self.images.insert(name.name(), image.clone());
        }
        if let Some(path) = options.one(&["--iidfile"]) {
            inside.write(path, id.as_bytes()).map_err(|why| Said::failed(FAILED, format!("{why}\n")))?;
        }
        if options.has(&["--push"]) {
            if names.is_empty() {
                return Err(Said::failed(FAILED, "ERROR: tag is needed when pushing to registry\n"));
            }
            for name in &names {
                self.push_one(name)
                    .map_err(|said| Said { err: format!("ERROR: failed to push: {}", said.err), ..said })?;
            }
        }
        if options.has(&["-q", "--quiet"]) {
            return Ok(Said::out(format!("{id}\n")));
        }
        let mut told =
            format!("#1 building in the sandbox: what RUN would do is left out\n#2 writing image {id}\n");
        for name in &names {
            told.push_str(&format!("#2 naming to {}\n", name.name()));
        }
        Ok(Said::default().with_err(told))
    }

    /// The image of that name or id.
    fn find(&self, text: &str) -> Result<Option<&Picture>, Said> {
        let named = self.images.get(&self.reference(text)?.name());
        let hex = text.strip_prefix("sha256:").unwrap_or(text);
        let by_id = || {
            let long = hex.len() >= 6 && hex.bytes().all(|b| b.is_ascii_hexdigit());
            self.images.values().find(|image| long && image.id()[7..].starts_with(hex))
        };
        Ok(named.or_else(by_id))
    }

    fn tag(&mut self, arguments: &[String]) -> Result<Said, Said> {
        let options = Options::parse(arguments, &[])?;
        let [from, to] = options.words.as_slice() else {
            return Err(arguments_wanted("tag", "exactly 2 arguments"));
        };
        let source = self.reference(from)?;
        let target = self.reference(to)?;
        let image = self.find(from)?.cloned();
        let image = image.ok_or_else(|| daemon(format!("No such image: {}", source.name())))?;
        self.images.insert(target.name(), image);
        Ok(Said::default())
    }

    fn push(&mut self, arguments: &[String]) -> Result<Said, Said> {
        let options = Options::parse(arguments, &["--platform"])?;
        let [name] = options.words.as_slice() else {
            return Err(arguments_wanted("push", "exactly 1 argument"));
        };
        let name = self.reference(name)?;
        let head = format!("The push refers to repository [{}]\n", name.repository());
        let every = options.has(&["-a", "--all-tags"]);
        let prefix = format!("{}:", name.repository());
        let names: Vec<Reference> = if every {
            let all = self.images.keys().filter(|known| known.starts_with(&prefix));
            all.map(|known| self.reference(known)).collect::<Result<_, _>>()?
        } else {
            vec![name.clone()]
        };
        let mut said = head;
        for name in &names {
            let pushed =
                self.push_one(name).map_err(|refused| Said { out: said.clone().into_bytes(), ..refused })?;
            said.push_str(&pushed);
        }
        if options.has(&["-q", "--quiet"]) {
            return Ok(Said::out(format!("{}\n", name.name())));
        }
        Ok(Said::out(said))
    }

    fn push_one(&mut self, name: &Reference) -> Result<String, Said> {
        let Some(image) = self.images.get(&name.name()) else {
            let text = format!("An image does not exist locally with the tag: {}\n", name.repository());
            return Err(Said::failed(FAILED, text));
        };
        let (host, path) = self.place(name)?;
        let user = self.logins.get(&host).ok_or_else(no_login)?;
        let (digest, size) =
            self.remote.push(user, &path, name.tag(), image).map_err(|refused| words_of(&refused))?;
        let layers: String =
            image.layers.iter().map(|layer| format!("{}: Pushed\n", &self::digest(layer)[7..19])).collect();
        self.digests.insert(format!("{}@{digest}", name.repository()), image.id());
        Ok(format!("{layers}{}: digest: {digest} size: {size}\n", name.tag()))
    }

    /// The registry of a name, when that is ours, and the repository in it.
    fn place(&self, name: &Reference) -> Result<(String, String), Said> {
        let ours = self.remote.address.to_string();
        match name.host() {
            Some(host) if host == ours => Ok((host.to_owned(), name.path().to_owned())),
            Some(host) => {
                let lookup = host.split(':').next().unwrap_or_default();
                Err(daemon(format!("Get \"https://{host}/v2/\": dial tcp: lookup {lookup}: no such host")))
            }
            None => Err(Said::failed(FAILED, "denied: requested access to the resource is denied\n")),
        }
    }

    fn pull(&mut self, arguments: &[String]) -> Result<Said, Said> {
        let options = Options::parse(arguments, &["--platform"])?;
        let [name] = options.words.as_slice() else {
            return Err(arguments_wanted("pull", "exactly 1 argument"));
        };
        let name = self.reference(name)?;
        let (host, path) = self.place(&name)?;
        let user = self.logins.get(&host).ok_or_else(|| {
            daemon(format!(
                "Head \"http://{host}/v2/{path}/manifests/{}\": no basic auth credentials",
                name.tag()
            ))
        })?;
        let manifest = self.remote.manifest(user, &path, name.tag());
        let manifest = manifest.map_err(|refused| match refused.code.as_str() {
            "MANIFEST_UNKNOWN" => daemon(format!(
                "manifest for {} not found: manifest unknown: {}",
                name.name(),
                refused.message
            )),
            _ => words_of(&refused),
        })?;
        let image = self.remote.pull(user, &path, &manifest).map_err(|refused| words_of(&refused))?;
        let digest = digest(&manifest);
        self.digests.insert(format!("{}@{digest}", name.repository()), image.id());
        self.images.insert(name.name(), image);
        if options.has(&["-q", "--quiet"]) {
            return Ok(Said::out(format!("{}\n", name.name())));
        }
        let (tag, full) = (name.tag(), name.name());
        Ok(Said::out(format!(
            "{tag}: Pulling from {path}\nDigest: {digest}\nStatus: Downloaded newer image for {full}\n{full}\n"
        )))
    }

    fn manifest(&mut self, arguments: &[String]) -> Result<Said, Said> {
        let options = Options::parse(arguments, &[])?;
        let [text] = options.words.as_slice() else {
            return Err(arguments_wanted("manifest inspect", "at least 1 argument"));
        };
        let name = self.reference(text)?;
        let (host, path) = self.place(&name)?;
        let user = self.logins.get(&host).ok_or_else(no_login)?;
        let manifest = self.remote.manifest(user, &path, name.tag());
        manifest.map(Said::out).map_err(|_| Said::failed(FAILED, format!("no such manifest: {text}\n")))
    }

    /// What is known of an image, in docker's words.
    fn described(&self, image: &Picture) -> Value {
        let id = image.id();
        let tags: Vec<&String> =
            self.images.iter().filter(|(_, known)| known.id() == id).map(|(name, _)| name).collect();
        let digests: Vec<&String> =
            self.digests.iter().filter(|(_, known)| **known == id).map(|(name, _)| name).collect();
        let config: Value = serde_json::from_slice(&image.config).unwrap_or_default();
        json!({
            "Id": id, "RepoTags": tags, "RepoDigests": digests, "Config": config["config"],
            "Architecture": config["architecture"], "Os": config["os"], "Created": config["created"],
            "Size": image.layers.iter().map(Vec::len).sum::<usize>(),
            "RootFS": { "Type": "layers", "Layers": config["rootfs"]["diff_ids"] },
        })
    }

    fn list(&self, arguments: &[String]) -> Result<Said, Said> {
        let options = Options::parse(arguments, &["--format", "-f", "--filter"])?;
        let wanted = match options.words.first() {
            Some(text) => Some((self.reference(text)?, reference::has_tag(text))),
            None => None,
        };
        let mut text = String::new();
        let quiet = options.has(&["-q", "--quiet"]);
        if !quiet && options.one(&["--format"]).is_none() {
            text.push_str("REPOSITORY   TAG   IMAGE ID   CREATED   SIZE\n");
        }
        let mut ids = Vec::new();
        for (name, image) in &self.images {
            let known = self.reference(name)?;
            let fits = wanted.as_ref().is_none_or(|(wanted, tagged)| {
                wanted.repository() == known.repository() && (!tagged || wanted.tag() == known.tag())
            });
            let filters = options.all(&["-f", "--filter"]);
            let fits = fits
                && filters.filter_map(|filter| filter.strip_prefix("reference=")).all(|pattern| {
                    crate::practice::matches(pattern, name)
                        || crate::practice::matches(pattern, &known.repository())
                });
            if !fits {
                continue;
            }
            let id = image.id();
            let (short, repository, tag) = (&id[7..19], known.repository(), known.tag());
            if quiet {
                let shown = if options.has(&["--no-trunc"]) { id.clone() } else { short.to_owned() };
                if !ids.contains(&shown) {
                    text.push_str(&format!("{shown}\n"));
                    ids.push(shown);
                }
                continue;
            }
            match options.one(&["--format"]) {
                Some(format) => {
                    let about =
                        json!({ "ID": short, "Repository": repository, "Tag": tag, "Digest": "<none>" });
                    let line = template::fill(format, &about).map_err(|why| Said::failed(FAILED, why))?;
                    text.push_str(&format!("{line}\n"));
                }
                None => text
                    .push_str(&format!("{repository}   {tag}   {short}   N/A   {} B\n", image.config.len())),
            }
        }
        Ok(Said::out(text))
    }

    fn inspect(&self, arguments: &[String]) -> Result<Said, Said> {
        let options = Options::parse(arguments, &["--format", "-f", "--type"])?;
        if options.words.is_empty() {
            return Err(arguments_wanted("inspect", "at least 1 argument"));
        }
        let mut found = Vec::new();
        for word in &options.words {
            let image = self.find(word)?;
            let Some(image) = image else {
                return Err(Said { out: b"[]\n".to_vec(), ..daemon(format!("No such image: {word}")) });
            };
            found.push(self.described(image));
        }
        match options.one(&["--format", "-f"]) {
            None => Ok(Said::out(format!("{:#}\n", Value::Array(found)))),
            Some(format) => {
                let lines =
                    found.iter().map(|about| template::fill(format, about).map(|line| format!("{line}\n")));
                lines.collect::<Result<String, _>>().map(Said::out).map_err(|why| Said::failed(FAILED, why))
            }
        }
    }

    fn remove(&mut self, arguments: &[String]) -> Result<Said, Said> {
        let options = Options::parse(arguments, &[])?;
        if options.words.is_empty() {
            return Err(arguments_wanted("rmi", "at least 1 argument"));
        }
        let (mut told, mut missing) = (String::new(), String::new());
        for word in &options.words {
            let name = self.reference(word)?.name();
            if self.images.remove(&name).is_some() {
                told.push_str(&format!("Untagged: {name}\n"));
                continue;
            }
            let id = self.find(word)?.map(Picture::id);
            match id {
                Some(id) => {
                    self.images.retain(|_, image| image.id() != id);
                    told.push_str(&format!("Deleted: {id}\n"));
                }
                None => missing.push_str(&format!("Error response from daemon: No such image: {name}\n")),
            }
        }
        let code = if missing.is_empty() || options.has(&["-f", "--force"]) { 0 } else { FAILED };
        Ok(Said { out: told.into_bytes(), err: missing, code })
    }
}

fn no_login() -> Said {
    Said::failed(FAILED, "no basic auth credentials\n")
}

/// `NAME_UNKNOWN` → `name unknown`, as docker writes codes.
fn words(code: &str) -> String {
    code.to_lowercase().replace('_', " ")
}

fn words_of(refused: &Refused) -> Said {
    match (refused.status, refused.code.as_str()) {
        (401, _) => no_login(),
        (_, "") => Said::failed(FAILED, format!("{}\n", refused.message)),
        (_, code) => Said::failed(FAILED, format!("{}: {}\n", words(code), refused.message)),
    }
}

#[cfg(test)]
mod tests;
