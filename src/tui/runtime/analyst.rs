//! A thread that lints and checks. When it falls behind, it skips to the latest version. What takes less
//! than waking it is done at once, by whoever asks.
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
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender, WeakUnboundedSender};
use tokio::sync::watch;

/// ShellCheck waits until nobody has typed into a RUN for this long.
const PAUSE: Duration = Duration::from_millis(250);

/// Texts longer than this are the thread's, however quick it was before.
const AT_ONCE: usize = 32 * 1024;

/// The thread's address.
pub struct Analyst {
    orders: UnboundedSender<Said>,
    desk: Arc<Desk>,
}

/// What an analysis needs beside the question.
#[derive(Default)]
struct Desk {
    memory: Mutex<Memory>,
    /// ShellCheck, once it was looked for.
    shell: OnceLock<Option<Shell>>,
}

/// What the thread is told.
enum Said {
    /// Analyse this version.
    Ask(Box<AnalysisRequest>),
    /// This version is the latest, and analysed already.
    Answered(Box<AnalysisRequest>),
    /// ShellCheck knows more than at the last answer.
    Checked,
}

impl Analyst {
    /// Asks for an analysis; a later question makes an unanswered one void.
    pub fn ask(&self, request: Box<AnalysisRequest>) {
        // The thread is gone only when it panicked, of which there is a report.
        let _ = self.orders.send(Said::Ask(request));
    }

    /// The analysis itself, unless that may take long: then the question comes back.
    pub fn at_once(&self, request: Box<AnalysisRequest>) -> Result<Box<Analysis>, Box<AnalysisRequest>> {
        let Some(shell) = self.desk.shell.get() else { return Err(request) };
        if request.texts.values().map(String::len).sum::<usize>() > AT_ONCE {
            return Err(request);
        }
        let Ok(mut memory) = self.desk.memory.try_lock() else { return Err(request) };
        let analysis = answer(&request, &mut memory, shell.as_ref());
        drop(memory);
        let _ = self.orders.send(Said::Answered(request));
        Ok(analysis)
    }
}

/// Analyses, with all that ShellCheck said already, and asks it about the rest.
fn answer(request: &AnalysisRequest, memory: &mut Memory, shell: Option<&Shell>) -> Box<Analysis> {
    let mut analysis = Box::new(analysis::analyse(request, memory));
    if let Some(shell) = shell {
        let unknown = shell.join(&mut analysis);
        shell.ask(unknown);
    }
    analysis
}

/// Starts the thread; it ends when the address is dropped. ShellCheck runs on `runtime`.
pub fn spawn(runtime: &Handle, messages: UnboundedSender<Msg>) -> Analyst {
    let (orders, receiver) = mpsc::unbounded_channel();
    let (again, runtime) = (orders.downgrade(), runtime.clone());
    let desk: Arc<Desk> = Arc::default();
    let theirs = desk.clone();
    std::thread::spawn(move || {
        theirs.shell.get_or_init(|| ShellCheck::find().map(|program| Shell::start(program, again, &runtime)));
        serve(receiver, &theirs, &messages);
    });
    Analyst { orders, desk }
}

fn serve(mut heard: UnboundedReceiver<Said>, desk: &Desk, messages: &UnboundedSender<Msg>) {
    let shell = desk.shell.get().and_then(Option::as_ref);
    let mut latest: Option<Box<AnalysisRequest>> = None;
    while let Some(first) = heard.blocking_recv() {
        let (mut said, mut due) = (Some(first), false);
        while let Some(news) = said {
            match news {
                Said::Ask(request) => (latest, due) = (Some(request), true),
                Said::Answered(request) => latest = Some(request),
                Said::Checked => due = true,
            }
            said = heard.try_recv().ok();
        }
        let Some(request) = latest.as_ref().filter(|_| due) else { continue };
        let mut memory = desk.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let analysis = answer(request, &mut memory, shell);
        drop(memory);
        if messages.send(Msg::Analysed(analysis)).is_err() {
            return;
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
