//! The record as it grows, read from the disk like a second board would: what it comes to, and when each event
//! was on it.

use docker_ecr_tutor::workshop::board::Board;
use docker_ecr_tutor::workshop::record::Line;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The pause between two looks at the file.
const LOOK: Duration = Duration::from_millis(5);

/// A thread that reads along.
pub struct Watch {
    counted: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Watched>,
}

/// What there was to see.
pub struct Watched {
    pub board: Board,
    /// Learner, number, and when it was on the board; in that order.
    pub taken: Vec<(String, u64, Instant)>,
}

impl Watch {
    pub fn start(record: &Path) -> Self {
        let (counted, stop) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let file = File::open(record).expect("the record");
        let (count, until) = (Arc::clone(&counted), Arc::clone(&stop));
        let thread = std::thread::spawn(move || follow(file, &count, &until));
        Self { counted, stop, thread }
    }

    /// Events on the board.
    pub fn counted(&self) -> u64 {
        self.counted.load(Ordering::Relaxed)
    }

    /// Reads to the end, and answers with all of it.
    pub fn stop(self) -> Watched {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the record reads well")
    }
}

fn follow(file: File, counted: &AtomicU64, stop: &AtomicBool) -> Watched {
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let (mut text, mut number, mut board) = (String::new(), 0, None::<Board>);
    let mut taken = Vec::new();
    let mut known: HashMap<String, u64> = HashMap::new();
    loop {
        let ending = stop.load(Ordering::Relaxed);
        reader.read_line(&mut text).expect("the record can be read");
        if !text.ends_with('\n') {
            // Half a line is finished by what comes.
            if ending {
                break;
            }
            std::thread::sleep(LOOK);
            continue;
        }
        number += 1;
        let line = Line::read(text.trim_end(), number).expect("a line of the record");
        text.clear();
        let Some(board) = &mut board else {
            let Line::Head(head) = &line else { panic!("the first line is the head") };
            board = Some(Board::new(head));
            continue;
        };
        board.take(&line);
        if let Line::Told(told) = &line {
            let (now, before) = (Instant::now(), known.entry(told.from.clone()).or_default());
            let up_to = board.up_to(&told.from);
            taken.extend((*before + 1..=up_to).map(|seq| (told.from.clone(), seq, now)));
            counted.fetch_add(up_to - *before, Ordering::Relaxed);
            *before = up_to;
        }
    }
    Watched { board: board.expect("a head"), taken }
}
