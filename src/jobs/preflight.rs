//! Whether this machine is ready for a workshop: what its plan needs, each as it is, and what to do. With `pull`
//! the images that are missing are fetched; one that is there is never replaced.

mod images;
mod machine;

use super::{Context, DoctorLine, Outcome, doctor};
use crate::engine::Details;
use crate::workshop::mirror::Mirror;
use crate::workshop::needs::Needs;

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// What the plan needs.
    pub needs: Needs,
    /// Fetch images that are missing.
    pub pull: bool,
    /// From here, not from where their names say.
    pub mirror: Option<Mirror>,
    /// The workshop's server, `nats://HOST[:PORT]`, to be asked whether it answers.
    pub server: Option<String>,
    /// Columns and rows of the terminal; `None` when there is none.
    pub terminal: Option<(u16, u16)>,
    /// What the environment says of the terminal's colours: `COLORTERM`, `TERM`, `NO_COLOR`.
    pub colours: Colours,
    /// What to type to have missing images pulled.
    pub how_to_pull: String,
}

/// What the environment says of colours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Colours {
    /// `TERM`.
    pub term: String,
    /// `COLORTERM`.
    pub colorterm: String,
    /// Whether `NO_COLOR` is set.
    pub none: bool,
}

pub(super) async fn perform(request: Request, context: Context) -> Outcome {
    context.forget_engine().await;
    let cancel = context.cancel.clone();
    let look = async {
        let engine = context.engine().await;
        let details = match &engine {
            Ok(engine) => engine.details().await.cloned().unwrap_or_default(),
            Err(_) => Details::default(),
        };
        let needs = &request.needs;
        let mut lines = Vec::new();
        match needs.engine {
            true => lines.extend(doctor::engine_lines(&engine, &details)),
            false => lines.push(line("container engine", None, "this plan needs none", "")),
        }
        let images = images::lines(&request, engine.as_ref().ok(), &context).await?;
        if needs.engine {
            lines.extend(doctor::disk_line(engine.as_ref().ok(), &details, needs.disk(images.missing)));
        }
        lines.extend(images.lines);
        lines.extend(machine::ports(needs).await);
        lines.extend(machine::programs(needs).await);
        lines.push(machine::terminal(request.terminal));
        lines.push(machine::colours(&request.colours));
        lines.push(machine::server(request.server.as_deref()).await);
        Ok(lines)
    };
    tokio::select! {
        biased;
        // A pull hears of it itself, and ends in the engine too.
        outcome = look => outcome.map_or_else(|outcome| outcome, Outcome::Doctored),
        () = cancel.cancelled(), if !request.pull => Outcome::Cancelled,
    }
}

fn line(
    what: impl Into<String>,
    ok: Option<bool>,
    found: impl Into<String>,
    remedy: impl Into<String>,
) -> DoctorLine {
    DoctorLine { what: what.into(), ok, found: found.into(), remedy: remedy.into() }
}

/// What something is for, in a few words: `exercise-1, exercise-4 and 3 more`.
fn for_what(all: &std::collections::BTreeSet<String>) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<&str> = all.iter().take(SHOWN).map(String::as_str).collect();
    match all.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
