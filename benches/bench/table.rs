//! Samples, and the table they are shown in.

use std::fmt::Write;
use std::time::Duration;

/// One line of the table.
pub struct Row {
    /// What was measured.
    pub what: String,
    /// What the design allows, in words.
    pub budget: String,
    /// What was found.
    pub found: String,
    /// Whether the budget holds; `None` when there is none.
    pub holds: Option<bool>,
    /// Others in the same run: `vim 56 ms`.
    pub peers: Vec<String>,
}

/// Times of the same thing, sorted.
pub struct Samples(Vec<Duration>);

impl Samples {
    pub fn new(mut times: Vec<Duration>) -> Self {
        assert!(!times.is_empty(), "nothing was measured");
        times.sort();
        Self(times)
    }

    pub fn p50(&self) -> Duration {
        self.0[self.0.len() / 2]
    }

    pub fn p99(&self) -> Duration {
        self.0[(self.0.len() * 99 / 100).min(self.0.len() - 1)]
    }

    /// `p50 1.2 ms, p99 3.4 ms`.
    pub fn both(&self) -> String {
        format!("p50 {}, p99 {}", show(self.p50()), show(self.p99()))
    }
}

/// Three digits and a unit.
pub fn show(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    let (value, unit) = match micros {
        m if m < 1e3 => (m, "µs"),
        m if m < 1e6 => (m / 1e3, "ms"),
        m => (m / 1e6, "s"),
    };
    let digits = if value < 10.0 {
        2
    } else if value < 100.0 {
        1
    } else {
        0
    };
    format!("{value:.digits$} {unit}")
}

/// The table as text.
pub fn render(rows: &[Row]) -> String {
    let mark = |row: &Row| match row.holds {
        Some(true) => "holds",
        Some(false) => "MISSED",
        None => "",
    };
    let head = ["measure", "budget", "found", "", "beside it"].map(str::to_owned);
    let cells = rows.iter().map(|row| {
        [row.what.clone(), row.budget.clone(), row.found.clone(), mark(row).to_owned(), row.peers.join("; ")]
    });
    let cells: Vec<[String; 5]> = std::iter::once(head).chain(cells).collect();
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<_> = (0..5).map(width).collect();
    let mut out = String::new();
    for row in &cells {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell:width$}  ");
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}
