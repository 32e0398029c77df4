//! Tables: columns fitted to the width, cells wrapped; too narrow for columns, rows become lists
//! of "heading: value".

use super::parse::{Align, Inlines, Table};
use super::{Look, Run, wrap};
use crate::text::Role;

/// A column is not made narrower than its longest word, up to this.
const WORD: usize = 28;

pub(super) fn lines(table: &Table, width: usize, ascii: bool) -> Vec<Vec<Run>> {
    let columns = table.head.len();
    if columns == 0 {
        return Vec::new();
    }
    match fit(table, columns, width) {
        Some(widths) => grid(table, &widths, ascii),
        None => stacked(table, width),
    }
}

/// The columns' widths, or `None` when they do not fit.
fn fit(table: &Table, columns: usize, width: usize) -> Option<Vec<usize>> {
    let room = width.checked_sub(3 * (columns - 1))?;
    if room < columns * 3 {
        return None;
    }
    let mut natural = vec![1; columns];
    let mut least = vec![1; columns];
    for row in std::iter::once(&table.head).chain(&table.rows) {
        for ((natural, least), cell) in natural.iter_mut().zip(&mut least).zip(row) {
            let (whole, word) = measure(cell);
            *natural = whole.max(*natural);
            *least = word.min(WORD).max(*least);
        }
    }
    if natural.iter().sum::<usize>() <= room {
        return Some(natural);
    }
    if least.iter().sum::<usize>() > room {
        return None;
    }
    // Narrow columns keep their width; the others share what is left, each at least its words.
    let mut widths = vec![None; columns];
    loop {
        let taken: usize = widths.iter().flatten().sum();
        let open = widths.iter().filter(|width| width.is_none()).count();
        let fair = (room - taken) / open.max(1);
        let settled = (0..columns).filter(|&at| widths[at].is_none()).find(|&at| least[at] >= fair);
        let settled = settled.map(|at| (at, least[at]));
        let settled = settled.or_else(|| {
            (0..columns).find(|&at| widths[at].is_none() && natural[at] <= fair).map(|at| (at, natural[at]))
        });
        match settled {
            Some((at, width)) => widths[at] = Some(width),
            None => return Some(widths.into_iter().map(|width| width.unwrap_or(fair)).collect()),
        }
    }
}

/// Width of the widest line of a cell, and of its widest word.
fn measure(cell: &Inlines) -> (usize, usize) {
    let (mut whole, mut line, mut word) = (0, 0, 0);
    for run in cell {
        if run.text == "\n" {
            line = 0;
            continue;
        }
        line += wrap::width(&run.text);
        whole = whole.max(line);
        word = run.text.split(' ').map(wrap::width).fold(word, usize::max);
    }
    (whole, word)
}

fn grid(table: &Table, widths: &[usize], ascii: bool) -> Vec<Vec<Run>> {
    let border = Look::of(Role::Border);
    let (wall, rule, cross) = if ascii { (" | ", "-", "-+-") } else { (" │ ", "─", "─┼─") };
    let ruler: Vec<String> = widths.iter().map(|width| rule.repeat(*width)).collect();
    let ruler = vec![Run::new(ruler.join(cross), border)];
    let mut rows: Vec<Vec<Vec<Run>>> = vec![row(&strong(&table.head), widths, &table.align, wall)];
    rows.extend(table.rows.iter().map(|cells| row(cells, widths, &table.align, wall)));
    // Rows of several lines need something between them to be told apart.
    let tall = rows.iter().any(|row| row.len() > 1);
    let mut out = Vec::new();
    for (index, row) in rows.into_iter().enumerate() {
        if index == 1 || (tall && index > 1) {
            out.push(ruler.clone());
        }
        out.extend(row);
    }
    out
}

fn row(cells: &[Inlines], widths: &[usize], align: &[Align], wall: &str) -> Vec<Vec<Run>> {
    let wrapped: Vec<Vec<Vec<Run>>> = widths
        .iter()
        .enumerate()
        .map(|(column, width)| cells.get(column).map_or_else(Vec::new, |cell| wrap::words(cell, *width)))
        .collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let text = Look::of(Role::Text);
    (0..height)
        .map(|at| {
            let mut line = Vec::new();
            for (column, (cell, width)) in wrapped.iter().zip(widths).enumerate() {
                if column > 0 {
                    line.push(Run::new(wall, Look::of(Role::Border)));
                }
                let runs = cell.get(at).cloned().unwrap_or_default();
                let used: usize = runs.iter().map(|run| wrap::width(&run.text)).sum();
                let blanks = width.saturating_sub(used);
                let before = match align.get(column) {
                    Some(Align::Right) => blanks,
                    Some(Align::Centre) => blanks / 2,
                    _ => 0,
                };
                line.push(Run::new(" ".repeat(before), text));
                line.extend(runs);
                line.push(Run::new(" ".repeat(blanks - before), text));
            }
            line
        })
        .collect()
}

fn strong(cells: &[Inlines]) -> Vec<Inlines> {
    let bold = |run: &Run| Run { look: Look { strong: true, ..run.look }, ..run.clone() };
    cells.iter().map(|cell| cell.iter().map(bold).collect()).collect()
}

fn stacked(table: &Table, width: usize) -> Vec<Vec<Run>> {
    let head = strong(&table.head);
    let mut out = Vec::new();
    for (index, row) in table.rows.iter().enumerate() {
        if index > 0 {
            out.push(Vec::new());
        }
        for (name, cell) in head.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
            let mut runs = name.clone();
            if !runs.is_empty() {
                runs.push(Run::new(": ", Look::of(Role::Muted)));
            }
            runs.extend(cell.iter().cloned());
            out.extend(wrap::words(&runs, width));
        }
    }
    if table.rows.is_empty() {
        out.extend(head.iter().flat_map(|cell| wrap::words(cell, width)));
    }
    out
}
