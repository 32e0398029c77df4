//! What should not be in an image: secrets and left-over caches in any layer, hidden later or not, and
//! rights that are wider than they have to be in what is left.
//!
//! A secret is told by the form of its content ([`secret`]) or by the name of the file;
//! it is named, never shown.

use super::manifest::Config;
use super::secret::{self, names_a_secret};
use super::stack::{Item, NodeId, Stack};
use super::tar::EntryKind;
use std::collections::BTreeMap;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Concern {
    /// A key, a token, a password.
    Secret,
    /// What a package manager or a build left behind.
    Cache,
    /// A program that runs with other rights than those of whoever starts it.
    SetUid,
    /// What everybody may write.
    WorldWritable,
    /// A name that leads out of the image's root.
    Escape,
}

impl Concern {
    /// All of them, gravest first.
    pub const ALL: [Self; 5] = [Self::Secret, Self::Escape, Self::Cache, Self::SetUid, Self::WorldWritable];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Secret => "Secrets",
            Self::Cache => "Caches and leftovers",
            Self::SetUid => "Set-uid and capabilities",
            Self::WorldWritable => "World-writable",
            Self::Escape => "Names that leave the root",
        }
    }

    /// Its name in JSON.
    pub fn key(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Cache => "cache",
            Self::SetUid => "set-uid",
            Self::WorldWritable => "world-writable",
            Self::Escape => "escape",
        }
    }
}

/// One thing that should not be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about.
    pub concern: Concern,
    /// In words: `private key`, `apt package lists`.
    pub what: String,
    /// The path, or where else it is: `ENV NAME`, an instruction. Untrusted.
    pub place: String,
    /// The path in the tree.
    pub node: Option<NodeId>,
    /// The layer that holds it, from 0.
    pub layer: Option<usize>,
    /// Bytes.
    pub bytes: u64,
    /// In so many files.
    pub files: usize,
    /// Whether the merged image shows it.
    pub live: bool,
    /// The layer that hides it, when one does.
    pub hidden_by: Option<usize>,
    /// Whether it is likely a test's or a manual's own.
    pub doubtful: bool,
}

/// Folders of caches. `~` is every home; what lies below is meant, not the folder.
const CACHES: &[(&str, &str)] = &[
    ("var/lib/apt/lists", "apt package lists"),
    ("var/cache/apt", "apt cache"),
    ("var/cache/apk", "apk cache"),
    ("var/cache/yum", "yum cache"),
    ("var/cache/dnf", "dnf cache"),
    ("var/cache/libdnf5", "dnf cache"),
    ("var/cache/zypp", "zypper cache"),
    ("var/cache/pacman/pkg", "pacman cache"),
    ("~/.cache", "user cache (pip, go-build, yarn, …)"),
    ("~/.npm", "npm cache"),
    ("~/.yarn/berry/cache", "yarn cache"),
    ("~/.local/share/pnpm/store", "pnpm store"),
    ("usr/local/share/.cache", "yarn cache"),
    ("go/pkg/mod", "Go module cache"),
    ("~/go/pkg/mod", "Go module cache"),
    ("usr/local/cargo/registry", "Cargo registry"),
    ("~/.cargo/registry", "Cargo registry"),
    ("~/.m2/repository", "Maven repository"),
    ("~/.gradle/caches", "Gradle cache"),
    ("~/.nuget/packages", "NuGet packages"),
    ("~/.composer/cache", "Composer cache"),
    ("~/.bundle/cache", "Bundler cache"),
    ("usr/local/bundle/cache", "Bundler cache"),
    ("opt/conda/pkgs", "conda packages"),
    ("tmp", "temporary files"),
    ("var/tmp", "temporary files"),
];

/// All findings in `stack`, gravest and largest first.
pub fn findings(stack: &Stack, config: &Config) -> Vec<Finding> {
    let alive = stack.alive();
    let mut found = Vec::new();
    in_config(config, &mut found);
    for (place, item) in stack.items().iter().enumerate() {
        let what = secret_of(stack, item);
        if what.is_empty() && !item.signs.has(secret::Signs::ESCAPES) {
            continue;
        }
        let live = alive.get(place) == Some(&true);
        let path = stack.path(item.node);
        let base = Finding {
            concern: Concern::Escape,
            what: "its name in the archive begins with ../".into(),
            node: Some(item.node),
            layer: Some(item.layer),
            bytes: item.size,
            files: 1,
            live,
            hidden_by: if live { None } else { stack.ended(place).map(|(layer, ..)| layer) },
            doubtful: is_sample(&path),
            place: path,
        };
        if item.signs.has(secret::Signs::ESCAPES) {
            found.push(Finding { doubtful: false, ..base.clone() });
        }
        found.extend(what.into_iter().map(|what| Finding {
            concern: Concern::Secret,
            what: what.into(),
            ..base.clone()
        }));
    }
    caches(stack, &alive, &mut found);
    rights(stack, &mut found);
    let grave = |finding: &Finding| {
        (finding.concern != Concern::Secret, finding.concern != Concern::Escape, finding.concern)
    };
    found.sort_by(|a, b| {
        let key = |finding: &Finding| (grave(finding), finding.doubtful, std::cmp::Reverse(finding.bytes));
        key(a).cmp(&key(b)).then_with(|| (&a.place, a.layer, &a.what).cmp(&(&b.place, b.layer, &b.what)))
    });
    found
}

/// What the file gives away, by its content, else by its name.
fn secret_of(stack: &Stack, item: &Item) -> Vec<&'static str> {
    if item.kind != EntryKind::File || item.size == 0 {
        return Vec::new();
    }
    let by_form: Vec<&'static str> = item.signs.secrets().collect();
    if !by_form.is_empty() {
        return by_form;
    }
    let folder = stack.parent(item.node).map_or("", |parent| stack.name(parent));
    by_name(folder, stack.name(item.node)).into_iter().collect()
}

fn by_name(folder: &str, name: &str) -> Option<&'static str> {
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let sample = ends(&[".example", ".sample", ".template", ".dist", ".test"]);
    match (folder, name) {
        (_, ".env") => Some("environment file"),
        (_, name) if name.starts_with(".env.") && !sample => Some("environment file"),
        (_, "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519") => Some("SSH private key"),
        (".aws", "credentials") => Some("AWS credentials"),
        (".kube", "config") => Some("Kubernetes credentials"),
        (".docker", "config.json") | (_, ".dockercfg") => Some("registry login"),
        (_, ".netrc" | "_netrc" | ".git-credentials" | ".pgpass" | ".my.cnf") => Some("passwords"),
        (_, ".pypirc") => Some("PyPI login"),
        (_, ".htpasswd") => Some("password hashes"),
        (_, ".vault-token") => Some("Vault token"),
        (_, "terraform.tfstate") => Some("Terraform state"),
        _ if ends(&[".p12", ".pfx", ".jks", ".keystore", ".kdbx"]) => Some("key store"),
        _ => None,
    }
}

/// Whether the path is where tests, examples and manuals keep their own keys.
fn is_sample(path: &str) -> bool {
    const SAMPLES: [&str; 10] = [
        "test",
        "tests",
        "testdata",
        "test_data",
        "testing",
        "fixtures",
        "example",
        "examples",
        "doc",
        "docs",
    ];
    path.split('/').any(|part| SAMPLES.contains(&part)) || path.starts_with("/usr/share/")
}

/// What the configuration says aloud: variables and build arguments, which everybody can read who can
/// pull the image.
fn in_config(config: &Config, found: &mut Vec<Finding>) {
    let mut push = |what: String, place: String, live: bool| {
        found.push(Finding {
            concern: Concern::Secret,
            what,
            place,
            node: None,
            layer: None,
            bytes: 0,
            files: 0,
            live,
            hidden_by: None,
            doubtful: false,
        });
    };
    for variable in &config.config.env {
        let (name, value) = variable.split_once('=').unwrap_or((variable, ""));
        let forms: Vec<_> = secret::signs(value.as_bytes()).secrets().collect();
        if let Some(form) = forms.first() {
            push((*form).into(), format!("ENV {name}"), true);
        } else if names_a_secret(name) && !value.is_empty() {
            push("a variable that names a secret".into(), format!("ENV {name}"), true);
        }
    }
    for step in &config.history {
        let line = super::manifest::instruction(&step.created_by);
        let verb = line.split_whitespace().next().unwrap_or_default().to_owned();
        if let Some(form) = secret::signs(step.created_by.as_bytes()).secrets().next()
            && verb != "ENV"
        {
            push(form.into(), format!("the history, in a line of {verb}"), true);
        }
        // Builders write the values of build arguments before the command.
        let arguments = step.created_by.trim_start_matches("RUN ").strip_prefix('|');
        let arguments = arguments.and_then(|rest| rest.split_once("/bin/sh")).map_or("", |(args, _)| args);
        for argument in arguments.split_whitespace() {
            if let Some((name, value)) = argument.split_once('=')
                && names_a_secret(name)
                && !value.is_empty()
            {
                push("a build argument that names a secret".into(), format!("the history, ARG {name}"), true);
            }
        }
    }
    found.dedup();
}

fn caches(stack: &Stack, alive: &[bool], found: &mut Vec<Finding>) {
    let mut homes: Vec<NodeId> = stack.find("root").into_iter().collect();
    homes.extend(stack.find("home").map(|home| stack.children(home).to_vec()).unwrap_or_default());
    let home_paths: Vec<String> = homes.iter().map(|home| stack.path(*home)).collect();
    let mut roots: Vec<(NodeId, &str)> = Vec::new();
    for (pattern, what) in CACHES {
        match pattern.strip_prefix("~/") {
            Some(inside) => roots.extend(
                home_paths.iter().filter_map(|home| Some((stack.find(&format!("{home}/{inside}"))?, *what))),
            ),
            None => roots.extend(stack.find(pattern).map(|node| (node, *what))),
        }
    }
    roots.extend(repositories(stack).map(|node| (node, "Git repository, with its whole history")));
    for (root, what) in roots {
        let mut by_layer: BTreeMap<usize, (u64, usize, bool, Option<usize>)> = BTreeMap::new();
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            open.extend(stack.children(node));
            for (place, item) in stack.history(node).filter(|(_, item)| item.size > 0) {
                let sum = by_layer.entry(item.layer).or_default();
                sum.0 = sum.0.saturating_add(item.size);
                sum.1 += 1;
                if alive.get(place) == Some(&true) {
                    sum.2 = true;
                } else {
                    sum.3 = sum.3.max(stack.ended(place).map(|(layer, ..)| layer));
                }
            }
        }
        for (layer, (bytes, files, live, hidden_by)) in by_layer {
            found.push(Finding {
                concern: Concern::Cache,
                what: what.into(),
                place: stack.path(root),
                node: Some(root),
                layer: Some(layer),
                bytes,
                files,
                live,
                hidden_by: if live { None } else { hidden_by },
                doubtful: false,
            });
        }
    }
}

/// Folders `.git` that hold a repository.
fn repositories(stack: &Stack) -> impl Iterator<Item = NodeId> {
    stack.nodes().filter(|node| {
        stack.name(*node) == ".git" && stack.children(*node).iter().any(|child| stack.name(*child) == "HEAD")
    })
}

fn rights(stack: &Stack, found: &mut Vec<Finding>) {
    for node in stack.nodes() {
        let Some(item) = stack.live(node) else { continue };
        let is_program = matches!(item.kind, EntryKind::File | EntryKind::Hardlink) && item.mode & 0o111 != 0;
        let mut push = |concern, what: &str| {
            found.push(Finding {
                concern,
                what: what.into(),
                place: stack.path(node),
                node: Some(node),
                layer: Some(item.layer),
                bytes: item.size,
                files: 1,
                live: true,
                hidden_by: None,
                doubtful: false,
            });
        };
        if is_program && item.mode & 0o4000 != 0 {
            push(Concern::SetUid, &format!("runs as user {}", item.uid));
        }
        if is_program && item.mode & 0o2000 != 0 {
            push(Concern::SetUid, &format!("runs as group {}", item.gid));
        }
        if item.signs.has(secret::Signs::CAPABILITIES) {
            push(Concern::SetUid, "carries Linux capabilities");
        }
        let writable = item.mode & 0o002 != 0;
        match item.kind {
            EntryKind::File | EntryKind::Hardlink if writable => {
                push(Concern::WorldWritable, "a file that everybody may change");
            }
            EntryKind::Directory if writable && item.mode & 0o1000 == 0 => {
                push(Concern::WorldWritable, "a folder in which everybody may replace anything");
            }
            _ => {}
        }
    }
}
