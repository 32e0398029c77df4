//! A thread that lints and checks. When it falls behind, it skips to the latest version.

use crate::tui::message::Msg;
use crate::tui::screens::workbench::analysis::{self, AnalysisRequest};
use std::sync::mpsc::{self, Sender};
use tokio::sync::mpsc::UnboundedSender;

/// The thread's address.
pub struct Analyst(Sender<AnalysisRequest>);

impl Analyst {
    /// Asks for an analysis; a later question makes an unanswered one void.
    pub fn ask(&self, request: AnalysisRequest) {
        // The thread is gone only when it panicked, of which there is a report.
        let _ = self.0.send(request);
    }
}

/// Starts the thread; it ends when the address is dropped.
pub fn spawn(messages: UnboundedSender<Msg>) -> Analyst {
    let (sender, receiver) = mpsc::channel::<AnalysisRequest>();
    std::thread::spawn(move || {
        while let Ok(mut request) = receiver.recv() {
            while let Ok(newer) = receiver.try_recv() {
                request = newer;
            }
            let analysis = analysis::analyse(&request);
            if messages.send(Msg::Analysed(Box::new(analysis))).is_err() {
                break;
            }
        }
    });
    Analyst(sender)
}
