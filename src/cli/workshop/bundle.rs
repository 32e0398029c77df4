//! `workshop bundle|load`: a workshop in one file, and out of it again.

use super::plan;
use crate::cli::setup::Told as Line;
use crate::cli::{self, Global};
use crate::engine::Engine;
use crate::failure::{Failure, Kind};
use crate::image::human_size;
use crate::text::sanitise;
use crate::workshop::bundle::{BundleError, Loaded, Manifest, Packing, Told, load, pack, unpack};
use crate::workshop::needs::Needs;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// Makes a bundle of the plan in `file`. Answers with what to say, and the exit code.
pub(super) fn bundle(file: &Path, output: &Path, global: &Global) -> Result<(String, u8), Failure> {
    let course = global.load_course()?;
    let needs = Needs::of(&plan::read(file, &course)?, &course);
    let plan = plan::text(file).map_err(|error| Failure::new(Kind::User, error))?;
    let output = output.to_owned();
    let made = in_the_end(async |cancel: CancellationToken, tell| {
        let engine = if needs.images.is_empty() { None } else { Some(cli::connect(global).await?) };
        let packing = Packing { plan, needs, source: global.source(), output: output.clone() };
        pack(packing, engine.as_ref(), &cancel, move |told| tell(told)).await.map_err(failure)
    })?;
    let manifest = match made {
        Ended::Done(manifest) => manifest,
        Ended::Stopped(signal) => return Ok((String::new(), 128 + signal)),
    };
    let bytes = std::fs::metadata(&output).map_or(0, |metadata| metadata.len());
    let shown = output.display();
    let mut told =
        format!("{shown}: {}, {} files of the course, the plan\n", human_size(bytes), manifest.course.len());
    for image in &manifest.images {
        let _ = writeln!(told, "  {}  {}", image.name, human_size(image.file.bytes));
    }
    let _ = writeln!(told, "Carry it to each learner; there: docker-ecr-tutor workshop load {shown}");
    Ok((told, 0))
}

/// Takes a bundle in. Answers with what to say, and the exit code.
pub(super) fn take(file: &Path, into: Option<&Path>, global: &Global) -> Result<(String, u8), Failure> {
    let target = into.map_or_else(|| folder(file), Path::to_owned);
    let (bundle, to) = (file.to_owned(), target.clone());
    let ended = in_the_end(async |cancel: CancellationToken, tell| {
        let (stop, say) = (cancel.clone(), tell.clone());
        let read = move || unpack(&bundle, &to, &stop, |told| say(told));
        let unpacked = tokio::task::spawn_blocking(read).await.unwrap_or(Err(BundleError::Cancelled));
        let unpacked = unpacked.map_err(failure)?;
        let manifest = unpacked.manifest.clone();
        let engine: Option<Engine> = match manifest.images.is_empty() {
            true => None,
            false => Some(cli::connect(global).await?),
        };
        let loaded = load(unpacked, engine.as_ref(), &cancel, |told| tell(told)).await.map_err(failure)?;
        Ok((manifest, loaded))
    })?;
    match ended {
        Ended::Done((manifest, loaded)) => Ok((next(&target, &manifest, &loaded), 0)),
        Ended::Stopped(signal) => Ok((String::new(), 128 + signal)),
    }
}

/// Where a bundle goes when nobody says: `workshop` for `some/where/workshop.tar.zst`.
fn folder(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = name.strip_suffix(".zst").unwrap_or(&name);
    let name = name.strip_suffix(".tar").unwrap_or(name);
    match name {
        "" | "." | ".." => PathBuf::from("workshop"),
        // A file without an ending would be in its own way.
        name if file == Path::new(name) => PathBuf::from(format!("{name}-workshop")),
        name => PathBuf::from(name),
    }
}

/// What became of a bundle, and what to type next.
fn next(target: &Path, manifest: &Manifest, loaded: &Loaded) -> String {
    let mut told = String::new();
    for name in &loaded.loaded {
        let _ = writeln!(told, "loaded {name}");
    }
    for name in &loaded.kept {
        let _ = writeln!(told, "{name} is there already, and stays as it is");
    }
    let shown = target.display();
    let _ = writeln!(told, "{shown} has the plan and the course");
    // The course inside this program is the same one, and progress in it goes on.
    let same = manifest.embedded && manifest.program == env!("CARGO_PKG_VERSION");
    let course = if same { String::new() } else { format!(" --course {shown}/course") };
    let _ = writeln!(told, "Next: docker-ecr-tutor{course} setup --workshop {shown}/workshop.yaml");
    told
}

/// How work ended that somebody may interrupt.
enum Ended<T> {
    Done(T),
    Stopped(u8),
}

/// Something that hears how far work is.
type Tell = Arc<dyn Fn(Told) + Send + Sync>;

/// Does work on a runtime of its own, tells how far it is, and lets it clear up when a signal comes.
fn in_the_end<T>(
    work: impl AsyncFnOnce(CancellationToken, Tell) -> Result<T, Failure>,
) -> Result<Ended<T>, Failure> {
    cli::runtime()?.block_on(async {
        let cancel = CancellationToken::new();
        let line = Mutex::new(Line::new());
        let tell: Tell = Arc::new(move |told| {
            let mut line = line.lock().unwrap_or_else(PoisonError::into_inner);
            match told {
                Told::Begins(text) => line.message(&text),
                Told::Bytes(bytes) => line.bytes(bytes),
            }
        });
        let mut working = std::pin::pin!(work(cancel.clone(), tell.clone()));
        tokio::select! {
            done = &mut working => done.map(Ended::Done),
            signal = cli::check::stop_signal() => {
                cancel.cancel();
                // How it ended says nothing any more: it was told to.
                let _ = working.await;
                Ok(Ended::Stopped(signal))
            }
        }
    })
}

fn failure(error: BundleError) -> Failure {
    let kind = match &error {
        BundleError::Refused { .. } | BundleError::There(_) | BundleError::File { .. } => Kind::User,
        BundleError::Missing(_)
        | BundleError::Room { .. }
        | BundleError::Platform { .. }
        | BundleError::Engine { .. }
        | BundleError::Cancelled => Kind::Environment,
    };
    let hints = error.hints();
    let told = anyhow::Error::new(error);
    let told = sanitise::lines(&format!("{told:#}")).into_owned();
    hints.into_iter().fold(Failure::new(kind, anyhow::anyhow!(told)), Failure::hint)
}
