//! Work in a registry: the practice ECR, started here when it is first asked for, or real AWS. One task is
//! one job; `ecr_transfer` owns those that move images.

use super::{Context, Jobs, Outcome, Progress};
use crate::ecr::images::{Previewed, Scan};
use crate::ecr::profiles::{self, Profile};
use crate::ecr::repository::Contents;
use crate::ecr::{Change, Consent, Ecr, EcrError, Identity, Options, Repository, TAG};
use crate::engine::transfer::OwnImage;
use crate::practice::{self, OpenError, Server, Serving, Settings, StartError, system_clock};
use std::collections::HashMap;

/// Which registry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Registry {
    /// The practice ECR of this program, below its data folder.
    #[default]
    Practice,
    /// AWS.
    Aws(Account),
}

/// Which account and region of AWS; what is left out, the usual settings say.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Account {
    /// Profile of the shared configuration.
    pub profile: Option<String>,
    /// Region.
    pub region: Option<String>,
}

impl Registry {
    /// Whether it is the one on this machine.
    pub fn is_practice(&self) -> bool {
        *self == Self::Practice
    }
}

/// What can be done with a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Find out whose it is, and list its repositories. What was known of it is forgotten.
    Open,
    /// List its repositories again.
    List,
    /// Look into a repository.
    Look(String),
    /// Say what the last scan of an image found, when it is over.
    Findings {
        /// The repository.
        repository: String,
        /// The image.
        digest: String,
    },
    /// Ask the registry what a lifecycle policy would do.
    Preview {
        /// The repository.
        repository: String,
        /// The policy.
        policy: String,
    },
    /// Change something; somebody was shown this account and region.
    Change(Change, Consent),
    /// Push an image of the engine.
    Push {
        /// Its name or id in the engine.
        image: String,
        /// Name it gets: the repository's URI and a tag.
        reference: String,
        /// What somebody was shown.
        consent: Consent,
    },
    /// Pull an image.
    Pull {
        /// The repository's URI with a tag or a digest.
        reference: String,
    },
    /// List the images of the engine that this program built.
    OwnImages,
    /// List the profiles of AWS that there are to choose from.
    Profiles,
}

impl Task {
    /// Whether it goes on when nobody looks any more: somebody wanted it done.
    pub fn goes_on(&self) -> bool {
        matches!(self, Self::Change(..) | Self::Push { .. } | Self::Pull { .. })
    }
}

/// A registry that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Whose it is.
    pub identity: Identity,
    /// Its endpoint, where it is not AWS's own.
    pub endpoint: Option<String>,
    /// Its repositories, by name.
    pub repositories: Vec<Repository>,
}

/// What came of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The registry is open.
    Opened(Opened),
    /// Its repositories.
    Listed(Vec<Repository>),
    /// What is in a repository, at this time of the registry's clock.
    Contents(Box<Contents>, i64),
    /// What a scan found.
    Findings(Scan),
    /// What the registry says a policy would do.
    Previewed(Vec<Previewed>),
    /// It is changed.
    Changed,
    /// It is pushed; the digest, where the engine says it.
    Pushed(Option<String>),
    /// It is pulled.
    Pulled,
    /// Images of the engine.
    OwnImages(Vec<OwnImage>),
    /// Profiles of AWS, or why they cannot be read.
    Profiles(Result<Vec<Profile>, String>),
}

/// Clients and servers that live as long as the program.
#[derive(Default)]
pub(super) struct Registries {
    clients: tokio::sync::Mutex<HashMap<Registry, Ecr>>,
    practice: tokio::sync::Mutex<Option<Server>>,
}

impl Registries {
    /// Ends the practice ECR, if it was started here.
    pub(super) async fn stop(&self) {
        if let Some(server) = self.practice.lock().await.take() {
            server.stop().await;
        }
    }
}

impl From<EcrError> for Outcome {
    fn from(error: EcrError) -> Self {
        Self::failed(error.to_string(), error.next)
    }
}

pub(super) async fn perform(registry: Registry, task: Task, context: Context) -> Outcome {
    let cancel = context.cancel.clone();
    // A transfer listens itself: it has something to clear up.
    let listens = matches!(task, Task::Push { .. } | Task::Pull { .. });
    let done = tokio::select! {
        biased;
        () = cancel.cancelled(), if !listens => Err(Outcome::Cancelled),
        done = run(registry, task, &context) => done,
    };
    done.map_or_else(|failed| failed, |answer| Outcome::Ecr(Box::new(answer)))
}

async fn run(registry: Registry, task: Task, context: &Context) -> Result<Answer, Outcome> {
    // These ask no registry.
    match task {
        Task::OwnImages => return super::ecr_transfer::own_images(context).await,
        Task::Profiles => return Ok(Answer::Profiles(profiles::profiles().await)),
        _ => {}
    }
    if matches!(task, Task::Open) {
        context.jobs.shared.registries.clients.lock().await.remove(&registry);
    }
    let ecr = client(&registry, &context.jobs).await?;
    Ok(match task {
        Task::Open => {
            let (identity, repositories) = tokio::join!(ecr.identity(), ecr.repositories());
            // Who one is says more about what is wrong than what one may list.
            let identity = identity?;
            Answer::Opened(Opened { identity, endpoint: ecr.endpoint(), repositories: repositories? })
        }
        Task::List => Answer::Listed(ecr.repositories().await?),
        Task::Look(name) => {
            let contents = ecr.contents(&name).await?;
            Answer::Contents(Box::new(contents), now(&registry, &context.jobs))
        }
        Task::Findings { repository, digest } => Answer::Findings(ecr.scan(&repository, &digest).await?),
        Task::Preview { repository, policy } => Answer::Previewed(ecr.preview(&repository, &policy).await?),
        Task::Change(change, consent) => {
            ecr.writer(&consent).await?.change(&change).await?;
            context.reporter.say(Progress::Message(change.done()));
            Answer::Changed
        }
        Task::Push { image, reference, consent } => {
            // The token is asked for only when the account is the one that was shown.
            ecr.writer(&consent).await?;
            super::ecr_transfer::push(&ecr.login().await?, &image, &reference, context).await?
        }
        Task::Pull { reference } => {
            super::ecr_transfer::pull(&ecr.login().await?, &reference, context).await?
        }
        Task::OwnImages => super::ecr_transfer::own_images(context).await?,
        Task::Profiles => Answer::Profiles(profiles::profiles().await),
    })
}

/// The client of a registry, made when it is first asked for.
async fn client(registry: &Registry, jobs: &Jobs) -> Result<Ecr, Outcome> {
    let mut clients = jobs.shared.registries.clients.lock().await;
    if let Some(known) = clients.get(registry) {
        return Ok(known.clone());
    }
    let options = match registry {
        Registry::Aws(account) => {
            Options { profile: account.profile.clone(), region: account.region.clone(), ..Options::default() }
        }
        Registry::Practice => {
            let serving = serving(jobs).await?;
            Options {
                region: Some(serving.region.clone()),
                endpoint: Some(format!("http://{}", serving.address)),
                keys: Some(serving.keys()),
                profile: None,
            }
        }
    };
    let made = Ecr::connect(&options).await;
    clients.insert(registry.clone(), made.clone());
    Ok(made)
}

/// Where the practice ECR answers; it is started here unless another process serves its folder.
async fn serving(jobs: &Jobs) -> Result<Serving, Outcome> {
    let Some(folder) = practice_folder(jobs) else {
        return Err(Outcome::failed("there is no data folder, so there is no practice ECR", Vec::new()));
    };
    let mut ours = jobs.shared.registries.practice.lock().await;
    if let Some(server) = ours.as_ref() {
        return Ok(server.serving().clone());
    }
    match Server::start(Settings::new(folder), system_clock()).await {
        Ok(server) => Ok(ours.insert(server).serving().clone()),
        Err(StartError::Open(OpenError::InUse { serving: Some(running), .. })) => Ok(running),
        Err(error) => Err(Outcome::failed(
            format!("the practice ECR does not start: {}", super::with_causes(&error)),
            vec!["`docker-ecr-tutor practice-ecr --reset` begins it anew".into()],
        )),
    }
}

fn practice_folder(jobs: &Jobs) -> Option<std::path::PathBuf> {
    jobs.shared.data.get().map(|data| data.join("practice-ecr").join("default"))
}

/// The registry's own time: exercises move that of the practice ECR.
fn now(registry: &Registry, jobs: &Jobs) -> i64 {
    let ahead = match (registry, practice_folder(jobs)) {
        (Registry::Practice, Some(folder)) => practice::ahead(&folder),
        _ => 0,
    };
    i64::try_from(system_clock()().later(ahead).seconds()).unwrap_or(i64::MAX)
}

// What is made in a registry and in an engine is known by one name.
const _: () = assert!(same(TAG, crate::engine::LABEL));

const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    one.len() == other.len()
}
