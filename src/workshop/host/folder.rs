//! The folder of a workshop: `workshops/ID/` in the data folder. Its files are for its owner alone.
//!
//! | file | holds |
//! | --- | --- |
//! | `keys.json` | the token and all keys of the workshop: whoever has it leads the workshop |
//! | `setup.json` | which server, so that `--again` needs no more than the id |
//! | `record.jsonl` | the record |
//! | `server/` | configuration and store of a server of ours, and whose process it is |
//! | `lock` | held by the process that hosts |

use crate::workshop::seat::{Key, Kind, Token};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{self, Write as _};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// A workshop's folder that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// No workshop of this id.
    #[error("there is no workshop {0} here")]
    None(String),
    /// Another process hosts it.
    #[error("workshop {0} is hosted already, by another process")]
    Hosted(String),
    /// Its keys or its setup cannot be read.
    #[error("{path}: {reason}")]
    Broken {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The disk.
    #[error("{path}: {source}")]
    Disk {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Keys cannot be made.
    #[error(transparent)]
    Keys(#[from] crate::workshop::seat::KeyError),
}

/// Which server a workshop uses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "server", rename_all = "snake_case")]
pub enum Setup {
    /// One of our own.
    Own {
        /// Where it listens.
        ip: IpAddr,
        /// At which port; `None` until it has one.
        port: Option<u16>,
        /// How learners reach it, when not under that address.
        #[serde(default)]
        reached_as: Option<(String, Option<u16>)>,
        /// Files with its certificate and the key to that.
        #[serde(default)]
        tls: Option<(PathBuf, PathBuf)>,
        /// File with the certificates to trust beside the machine's.
        #[serde(default)]
        ca: Option<PathBuf>,
    },
    /// Somebody's.
    Theirs {
        /// Whether it must be TLS.
        tls: bool,
        /// Where it is.
        host: String,
        /// At which port.
        port: u16,
        /// The credentials of the instructor.
        creds: PathBuf,
        /// File with the certificates to trust beside the machine's.
        #[serde(default)]
        ca: Option<PathBuf>,
    },
}

/// All keys of a workshop.
#[derive(Debug, Clone)]
pub struct Keys {
    /// What learners get.
    pub token: Token,
    /// Signs the host's words.
    pub words: Key,
    /// The account, on a server of ours.
    pub account: Key,
    /// Vouches for the account, on a server of ours.
    pub operator: Key,
    /// The account that a server of ours keeps for itself.
    pub system: Key,
    /// The instructor's own connection to a server of ours.
    pub me: Key,
}

#[derive(Serialize, Deserialize)]
struct Seeds {
    token: String,
    words: String,
    account: String,
    operator: String,
    system: String,
    me: String,
}

/// A workshop's folder, locked.
#[derive(Debug)]
pub struct Folder {
    /// Where.
    pub path: PathBuf,
    /// The workshop's id.
    pub workshop: String,
    /// Its keys.
    pub keys: Keys,
    /// Its server.
    pub setup: Setup,
    _lock: File,
}

impl Keys {
    fn make() -> Result<Self, FolderError> {
        let words = Key::make(Kind::Account)?;
        Ok(Self {
            token: Token::make(&words.public())?,
            words,
            account: Key::make(Kind::Account)?,
            operator: Key::make(Kind::Operator)?,
            system: Key::make(Kind::Account)?,
            me: Key::make(Kind::Learner)?,
        })
    }

    fn write(&self) -> String {
        let seeds = Seeds {
            token: self.token.reveal(),
            words: self.words.seed(),
            account: self.account.seed(),
            operator: self.operator.seed(),
            system: self.system.seed(),
            me: self.me.seed(),
        };
        serde_json::to_string_pretty(&seeds).unwrap_or_default()
    }

    fn read(text: &str) -> Result<Self, String> {
        // What stands in the file is not repeated in the error: it is secret.
        let seeds: Seeds = serde_json::from_str(text).map_err(|_| "these are no keys of a workshop")?;
        let key = |kind, seed: &str| Key::read(kind, seed).map_err(|error| error.to_string());
        Ok(Self {
            token: Token::read(&seeds.token).map_err(|_| "the token in it is none")?,
            words: key(Kind::Account, &seeds.words)?,
            account: key(Kind::Account, &seeds.account)?,
            operator: key(Kind::Operator, &seeds.operator)?,
            system: key(Kind::Account, &seeds.system)?,
            me: key(Kind::Learner, &seeds.me)?,
        })
    }
}

impl Folder {
    /// A new workshop in this data folder.
    ///
    /// # Errors
    /// When the folder cannot be written, or the machine has no randomness.
    pub fn make(data: &Path, setup: Setup) -> Result<Self, FolderError> {
        let keys = Keys::make()?;
        let workshop = keys.token.workshop();
        let path = data.join("workshops").join(&workshop);
        private_folder(&path)?;
        let lock = lock(&path, &workshop)?;
        write_private(&path.join("keys.json"), keys.write().as_bytes())?;
        let folder = Self { path, workshop, keys, setup, _lock: lock };
        folder.keep_setup()?;
        Ok(folder)
    }

    /// A workshop that was made earlier.
    ///
    /// # Errors
    /// When there is none of this id, another process hosts it, or its files are broken.
    pub fn open(data: &Path, workshop: &str) -> Result<Self, FolderError> {
        let fits = workshop.len() == 8 && workshop.bytes().all(|b| b.is_ascii_lowercase());
        let path = data.join("workshops").join(workshop);
        if !fits || !path.join("keys.json").is_file() {
            let named = crate::text::sanitise::bounded(workshop, 40).into_owned();
            return Err(FolderError::None(crate::text::sanitise::plain(&named).into_owned()));
        }
        let lock = lock(&path, workshop)?;
        let read = |name: &str| {
            let path = path.join(name);
            std::fs::read_to_string(&path).map_err(|source| FolderError::Disk { path, source })
        };
        let broken = |name: &str, reason: String| FolderError::Broken { path: path.join(name), reason };
        let keys = Keys::read(&read("keys.json")?).map_err(|reason| broken("keys.json", reason))?;
        let setup = serde_json::from_str(&read("setup.json")?)
            .map_err(|error| broken("setup.json", error.to_string()))?;
        Ok(Self { path, workshop: workshop.to_owned(), keys, setup, _lock: lock })
    }

    /// Writes the setup down.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn keep_setup(&self) -> Result<(), FolderError> {
        let text = serde_json::to_string_pretty(&self.setup).unwrap_or_default();
        write_private(&self.path.join("setup.json"), text.as_bytes())
    }

    /// The record's file.
    pub fn record(&self) -> PathBuf {
        self.path.join("record.jsonl")
    }

    /// The folder of a server of ours.
    pub fn server(&self) -> PathBuf {
        self.path.join("server")
    }
}

/// One workshop of a data folder, as `workshop list` shows it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// Its id.
    pub workshop: String,
    /// Where its record is.
    pub record: PathBuf,
    /// Whether a process hosts it now.
    pub hosted: bool,
    /// The first line of its record, when it has one that can be read.
    pub head: Option<crate::workshop::record::Head>,
}

/// The workshops of a data folder, the latest first.
///
/// # Errors
/// When the folder is there and cannot be read.
pub fn list(data: &Path) -> Result<Vec<Listed>, FolderError> {
    use std::io::BufRead as _;
    let path = data.join("workshops");
    let entries = match std::fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(FolderError::Disk { path, source }),
    };
    let mut listed = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.join("keys.json").is_file()) {
        let Some(workshop) = path.file_name().and_then(|name| name.to_str()).map(str::to_owned) else {
            continue;
        };
        let record = path.join("record.jsonl");
        let first = || {
            let mut line = String::new();
            let file = io::Read::take(File::open(&record).ok()?, super::book::MAX_LINE as u64);
            io::BufReader::new(file).read_line(&mut line).ok()?;
            match crate::workshop::record::Line::read(line.trim_end(), 1).ok()? {
                crate::workshop::record::Line::Head(head) => Some(*head),
                _ => None,
            }
        };
        let hosted = matches!(lock(&path, &workshop), Err(FolderError::Hosted(_)));
        listed.push(Listed { head: first(), workshop, record, hosted });
    }
    listed.sort_by_key(|one| std::cmp::Reverse(one.head.as_ref().map(|head| head.at)));
    Ok(listed)
}

/// A folder that only its owner may enter; it may be there already.
///
/// # Errors
/// When it cannot be made.
pub fn private_folder(path: &Path) -> Result<(), FolderError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| FolderError::Disk { path: path.to_owned(), source })
}

/// Writes a file that only its owner may read, whole or not at all.
///
/// # Errors
/// When the disk does not take it.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FolderError> {
    let draft = path.with_extension("draft");
    let write = || {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&draft, path)
    };
    write().map_err(|source| FolderError::Disk { path: path.to_owned(), source })
}

fn lock(path: &Path, workshop: &str) -> Result<File, FolderError> {
    let path = path.join("lock");
    let open = std::fs::OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let file = open.map_err(|source| FolderError::Disk { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(FolderError::Hosted(workshop.to_owned())),
        Err(std::fs::TryLockError::Error(source)) => Err(FolderError::Disk { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup() -> Setup {
        let ip = IpAddr::from([127, 0, 0, 1]);
        Setup::Own { ip, port: Some(4333), reached_as: None, tls: None, ca: None }
    }

    #[test]
    fn a_folder_opens_again_for_one_process_at_a_time() {
        let data = tempfile::tempdir().unwrap();
        let made = Folder::make(data.path(), setup()).unwrap();
        let id = made.workshop.clone();
        assert!(matches!(Folder::open(data.path(), &id), Err(FolderError::Hosted(_))));
        assert!(list(data.path()).unwrap()[0].hosted);
        let token = made.keys.token.clone();
        drop(made);
        assert!(!list(data.path()).unwrap()[0].hosted);
        let again = Folder::open(data.path(), &id).unwrap();
        assert_eq!((again.keys.token, again.setup), (token, setup()));
        for wrong in ["abcdefgh", "../../etc", "\u{1b}[2J", ""] {
            assert!(matches!(Folder::open(data.path(), wrong), Err(FolderError::None(_))), "{wrong:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_the_keys() {
        use std::os::unix::fs::PermissionsExt as _;
        let data = tempfile::tempdir().unwrap();
        let made = Folder::make(data.path(), setup()).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&made.path), 0o700);
        assert_eq!(mode(&made.path.join("keys.json")), 0o600);
        let seed = made.keys.words.seed();
        assert!(!format!("{made:?}").contains(&seed));
        std::fs::write(made.path.join("keys.json"), format!("{{\"token\": \"{seed}\"}}")).unwrap();
        let (path, id) = (data.path(), made.workshop.clone());
        drop(made);
        let error = Folder::open(path, &id).unwrap_err();
        assert!(!error.to_string().contains(&seed), "{error}");
    }
}
