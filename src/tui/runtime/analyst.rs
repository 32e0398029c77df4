//! A thread that lints and checks. When it falls behind, it skips to the latest version.
//!
//! ShellCheck takes longer than a key may, so a task asks it beside the thread: what it said about a
//! RUN is in every answer for as long as the RUN stays as it is, and what it says anew comes in a
//! second answer to the same question.

use crate::jobs::shellcheck::ShellCheck;
use crate::lint::Config;
use crate::lint::shellcheck::{Script, diagnose, scripts};
use crate::tui::message::Msg;
use crate::tui::screens::workbench::analysis::{self, Analysis, AnalysisRequest};
use crate::tui::screens::workbench::outlook::Memory;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender, WeakUnboundedSender};
use tokio::sync::watch;

/// ShellCheck waits until nobody has typed into a RUN for this long.
const PAUSE: Duration = Duration::from_millis(250);

/// The thread's address.
pub struct Analyst(UnboundedSender<Said>);

/// What the thread is told.
enum Said {
    /// Analyse this version.
    Ask(Box<AnalysisRequest>),
    /// ShellCheck knows more than at the last answer.
    Checked,
}

impl Analyst {
    /// Asks for an analysis; a later question makes an unanswered one void.
    pub fn ask(&self, request: AnalysisRequest) {
        // The thread is gone only when it panicked, of which there is a report.
        let _ = self.0.send(Said::Ask(Box::new(request)));
    }
}

/// Starts the thread; it ends when the address is dropped. Call it where tokio runs.
pub fn spawn(messages: UnboundedSender<Msg>) -> Analyst {
    let (sender, receiver) = mpsc::unbounded_channel();
    let (again, runtime) = (sender.downgrade(), Handle::current());
    std::thread::spawn(move || {
        let shell = ShellCheck::find().map(|program| Shell::start(program, again, &runtime));
        serve(receiver, shell.as_ref(), &messages);
    });
    Analyst(sender)
}

fn serve(mut heard: UnboundedReceiver<Said>, shell: Option<&Shell>, messages: &UnboundedSender<Msg>) {
    let mut latest: Option<Box<AnalysisRequest>> = None;
    let mut memory = Memory::default();
    while let Some(first) = heard.blocking_recv() {
        let mut said = Some(first);
        while let Some(news) = said {
            if let Said::Ask(request) = news {
                latest = Some(request);
            }
            said = heard.try_recv().ok();
        }
        let Some(request) = &latest else { continue };
        let mut analysis = analysis::analyse(request, &mut memory);
        let unknown = shell.map(|shell| (shell, shell.join(&mut analysis)));
        if messages.send(Msg::Analysed(Box::new(analysis))).is_err() {
            return;
        }
        if let Some((shell, unknown)) = unknown {
            shell.ask(unknown);
        }
    }
}

/// ShellCheck beside the thread.
struct Shell {
    program: Arc<ShellCheck>,
    wanted: watch::Sender<Vec<Script>>,
}

impl Shell {
    fn start(program: ShellCheck, again: WeakUnboundedSender<Said>, runtime: &Handle) -> Self {
        let program = Arc::new(program);
        let (wanted, questions) = watch::channel(Vec::new());
        runtime.spawn(judge(Arc::clone(&program), questions, again));
        Self { program, wanted }
    }

    /// Adds what is known about the RUNs to the findings; answers the scripts of the others.
    fn join(&self, analysis: &mut Analysis) -> Vec<Script> {
        let config = Config::default();
        let mut unknown = Vec::new();
        for (path, found) in &mut analysis.diagnostics {
            let Some(file) = analysis.trees.get(path) else { continue };
            let mut said = Vec::new();
            for script in scripts(file, &config) {
                match self.program.known(&script) {
                    Some(remarks) => said.push((script, remarks)),
                    None => unknown.push(script),
                }
            }
            found.extend(diagnose(file, &config, said.iter().map(|(script, remarks)| (script, &**remarks))));
            found.sort_by(|a, b| (a.span, a.code).cmp(&(b.span, b.code)));
        }
        unknown
    }

    /// Asks about scripts, unless it was asked about the same already.
    fn ask(&self, scripts: Vec<Script>) {
        self.wanted.send_if_modified(|asked| {
            let news = *asked != scripts;
            *asked = scripts;
            news
        });
    }
}

/// Runs ShellCheck over the latest scripts, again and again; newer ones end a run.
async fn judge(
    program: Arc<ShellCheck>,
    mut wanted: watch::Receiver<Vec<Script>>,
    again: WeakUnboundedSender<Said>,
) {
    while wanted.changed().await.is_ok() {
        while let Ok(changed) = tokio::time::timeout(PAUSE, wanted.changed()).await {
            if changed.is_err() {
                return;
            }
        }
        let scripts = wanted.borrow_and_update().clone();
        if scripts.is_empty() {
            continue;
        }
        tokio::select! {
            biased;
            _ = wanted.changed() => wanted.mark_changed(),
            errors = program.check(&scripts) => {
                for error in errors {
                    tracing::warn!("ShellCheck did not judge every RUN: {error}");
                }
                let Some(address) = again.upgrade() else { return };
                // Nobody listens only when the program is about to end.
                let _ = address.send(Said::Checked);
            }
        }
    }
}
