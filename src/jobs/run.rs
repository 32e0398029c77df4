//! Running an image until it ends or is cancelled, and asking it over HTTP when it serves.

use super::{Context, Outcome, Progress, with_causes};
use crate::engine::{Container, Engine, EngineError, Network, RunRequest, explain, probe};
use std::time::Duration;

/// How long a container may run.
const LIFETIME: Duration = Duration::from_secs(12 * 3600);
/// How long a server may take to answer.
const START: Duration = Duration::from_secs(30);
/// How long it may take to stop before it is killed; docker's own limit.
const STOP: Duration = Duration::from_secs(10);

pub(super) async fn perform(image: String, http: Option<(u16, String)>, context: Context) -> Outcome {
    let engine = match context.engine().await {
        Ok(engine) => engine,
        Err(error) => return error.into(),
    };
    match run(&engine, image, http, &context).await {
        Ok(code) => Outcome::Ran(code),
        Err(EngineError::Cancelled) => Outcome::Cancelled,
        Err(error) => {
            if matches!(error, EngineError::Lost(_)) {
                context.forget_engine().await;
            }
            let told = with_causes(&error);
            match explain::not_started(&told) {
                Some(known) => Outcome::failed(format!("{}: {told}", known.what), known.tries),
                None => Outcome::failed(told, error.hints()),
            }
        }
    }
}

async fn run(
    engine: &Engine,
    image: String,
    http: Option<(u16, String)>,
    context: &Context,
) -> Result<i64, EngineError> {
    let network = http.as_ref().map_or(Network::None, |(port, _)| Network::Publish(vec![*port]));
    let request = RunRequest { network, lifetime: LIFETIME, ..RunRequest::new(image) };
    let reporter = context.reporter.clone();
    let hear = move |bytes: &[u8]| reporter.say(Progress::Log(bytes.to_vec()));
    let container = engine.run(request, hear, context.cancel.clone()).await?;
    context.reporter.say(Progress::Runs(container.id().to_owned()));
    context.reporter.message(format!("runs as container {:.12}", container.id()));
    if let Some((port, path)) = &http {
        ask(&container, *port, path, context).await;
    }
    let exit = tokio::select! {
        biased;
        exit = container.wait() => exit?,
        () = context.cancel.cancelled() => {
            let report = container.stop(STOP).await?;
            let seconds = Duration::from_millis(report.millis).as_secs_f32();
            context.reporter.message(if report.killed {
                format!("ignored {} for {seconds:.1} s and was killed", report.signal)
            } else {
                format!("stopped {seconds:.1} s after {}", report.signal)
            });
            container.remove().await?;
            return Err(EngineError::Cancelled);
        }
    };
    if exit.out_of_memory {
        context.reporter.message("killed: it used more memory than its limit of 512 MiB");
    }
    if let Some(known) = explain::ended(exit.code, exit.out_of_memory, &container.output()) {
        context.reporter.message(&known.what);
        known.tries.iter().for_each(|text| context.reporter.message(format!("try: {text}")));
    }
    container.remove().await?;
    Ok(exit.code)
}

/// Tells whether and when the container answers; that it does not ends nothing.
async fn ask(container: &Container, port: u16, path: &str, context: &Context) {
    match probe::get(container, port, path, START, &context.cancel).await {
        Ok(answer) => {
            let seconds = Duration::from_millis(answer.millis).as_secs_f32();
            context
                .reporter
                .message(format!("answered {} on {} after {seconds:.1} s", answer.status, answer.url));
        }
        Err(probe::ProbeError::Cancelled) => {}
        Err(error) => context.reporter.message(format!("{error}")),
    }
}
