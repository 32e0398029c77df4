//! The base images of a plan: which are there, and fetching the rest.

use super::{Request, for_what, line};
use crate::engine::{Engine, EngineError};
use crate::image::human_size;
use crate::jobs::{Context, DoctorLine, Outcome, ecr_transfer, with_causes};

/// The images' lines, and how many of them are missing.
pub(super) struct Images {
    pub(super) lines: Vec<DoctorLine>,
    pub(super) missing: usize,
}

/// Looks at each image, and pulls what is missing when that is wanted. An error is how the job ends.
pub(super) async fn lines(
    request: &Request,
    engine: Option<&Engine>,
    context: &Context,
) -> Result<Images, Outcome> {
    let mut images = Images { lines: Vec::new(), missing: 0 };
    for (name, what) in &request.needs.images {
        let title = format!("image {name}");
        let Some(engine) = engine else {
            images.lines.push(line(title, None, format!("not tried: no engine; for {}", for_what(what)), ""));
            continue;
        };
        let mut failed = None;
        let mut pulled = false;
        if request.pull && matches!(engine.has_image(name).await, Ok(false)) {
            match pull(name, request, engine, context).await {
                Ok(()) => pulled = true,
                Err(EngineError::Cancelled) => return Err(Outcome::Cancelled),
                Err(error) => failed = Some(error),
            }
        }
        let found = match engine.image(name).await {
            Ok(image) => {
                let words = if pulled { "pulled now" } else { "there" };
                line(title, Some(true), format!("{words}, {}", human_size(image.size_bytes)), "")
            }
            Err(EngineError::NotFound(_)) => {
                images.missing += 1;
                let found = match &failed {
                    Some(error) => format!("missing, and could not be pulled: {}", with_causes(error)),
                    None => format!("missing; for {}", for_what(what)),
                };
                line(title, Some(false), found, remedy(request, failed.is_some()))
            }
            Err(error) => line(title, Some(false), with_causes(&error), error.hints().join("; ")),
        };
        images.lines.push(found);
    }
    Ok(images)
}

fn remedy(request: &Request, tried: bool) -> String {
    match (tried, &request.mirror) {
        (false, _) => request.how_to_pull.clone(),
        (true, Some(mirror)) => format!(
            "look whether {mirror} has it and the engine may speak to it; or load a bundle: \
             `docker-ecr-tutor workshop load FILE`"
        ),
        (true, None) => {
            "where the network is poor: `--mirror HOST`, or a bundle: `docker-ecr-tutor workshop load FILE`"
                .into()
        }
    }
}

/// Fetches an image: from its own registry, or from the mirror and then named as everybody knows it.
async fn pull(name: &str, request: &Request, engine: &Engine, context: &Context) -> Result<(), EngineError> {
    let elsewhere = request.mirror.as_ref().map(|mirror| mirror.names(name)).unwrap_or_default();
    if elsewhere.is_empty() {
        context.reporter.message(format!("pulling {name}"));
        return engine.pull(name, None, ecr_transfer::tell(context), context.cancel.clone()).await;
    }
    let mut refused = EngineError::NotFound(name.to_owned());
    for from in elsewhere {
        context.reporter.message(format!("pulling {name} from {from}"));
        let had = engine.has_image(&from).await?;
        match engine.pull(&from, None, ecr_transfer::tell(context), context.cancel.clone()).await {
            Ok(()) => {
                // Somebody else may have brought it meanwhile: what is there stays.
                let named = match engine.has_image(name).await? {
                    true => Ok(()),
                    false => engine.tag(&from, name).await,
                };
                if !had {
                    // The mirror's name alone; the image has its own now.
                    let _ = engine.remove_image(&from).await;
                }
                return named;
            }
            Err(EngineError::Cancelled) => return Err(EngineError::Cancelled),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}
