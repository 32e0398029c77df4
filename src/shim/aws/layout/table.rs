//! Table output: sections in one frame, a bar at either side for each level; one that is wider than the screen
//! is turned, so that each field has a line.

use super::super::python;
use serde_json::{Map, Value};
use unicode_width::UnicodeWidthStr;

/// Columns of a screen that is not known.
const SCREEN: usize = 80;
/// Blanks around a cell, its bars included.
const PADDING: usize = 4;

/// A title, perhaps a head, and rows below it.
#[derive(Default)]
struct Section {
    title: String,
    level: usize,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    count: Option<usize>,
    widths: Vec<usize>,
}

/// The answer to `operation` as a table.
///
/// # Errors
/// When rows of one section differ in length.
pub(super) fn drawn(operation: &str, answer: &Value) -> Result<String, String> {
    let mut sections = Vec::new();
    if !build(&mut sections, Some(operation), answer, 0)? {
        return Ok(String::new());
    }
    let mut width = widest(&sections);
    if width > SCREEN {
        sections = sections.into_iter().map(Section::turned).collect::<Result<_, _>>()?;
        width = widest(&sections);
    }
    let mut text = format!("{}\n", "-".repeat(width));
    for section in &sections {
        let mut lines = Vec::new();
        section.draw(width.saturating_sub(2 * section.level), &mut lines);
        let bars = "|".repeat(section.level);
        for line in lines {
            text.push_str(&format!("{bars}{line}{bars}\n"));
        }
    }
    Ok(text)
}

fn widest(sections: &[Section]) -> usize {
    sections.iter().map(Section::width).max().unwrap_or(0)
}

fn nests(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

fn build(
    sections: &mut Vec<Section>,
    title: Option<&str>,
    value: &Value,
    level: usize,
) -> Result<bool, String> {
    let nothing = match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
    };
    if nothing {
        return Ok(false);
    }
    if let Some(title) = title {
        sections.push(Section { title: title.to_owned(), level, ..Section::default() });
    }
    match value {
        Value::Array(items) if items.first().is_some_and(Value::is_object) => {
            list(sections, items, level, title.unwrap_or_default())?;
        }
        Value::Array(items) => {
            for item in items {
                match item {
                    Value::Array(cells) if !cells.iter().any(nests) => {
                        row(sections, cells.iter().map(python::str).collect())?;
                    }
                    Value::Object(members) => row(sections, members.keys().cloned().collect())?,
                    Value::Array(_) => {
                        build(sections, None, item, 0)?;
                    }
                    scalar => row(sections, vec![python::str(scalar)])?,
                }
            }
        }
        Value::Object(members) => object(sections, members, level)?,
        _ => {}
    }
    Ok(true)
}

fn row(sections: &mut [Section], cells: Vec<String>) -> Result<(), String> {
    sections.last_mut().map_or(Ok(()), |section| section.add(cells))
}

fn object(sections: &mut Vec<Section>, members: &Map<String, Value>, level: usize) -> Result<(), String> {
    let mut keys: Vec<&String> = members.keys().collect();
    keys.sort();
    let (below, heads): (Vec<&String>, Vec<&String>) =
        keys.into_iter().partition(|key| nests(&members[*key]));
    let shown = |key: &&String| python::str(&members[*key]);
    if let [head] = heads.as_slice() {
        row(sections, vec![(*head).clone(), shown(head)])?;
    } else if let Some(section) = sections.last_mut().filter(|_| !heads.is_empty()) {
        section.head(heads.iter().map(|head| (*head).clone()).collect());
        section.add(heads.iter().map(shown).collect())?;
    }
    for key in below {
        build(sections, Some(key), &members[key], level + 1)?;
    }
    Ok(())
}

fn list(sections: &mut Vec<Section>, items: &[Value], level: usize, title: &str) -> Result<(), String> {
    let members = || items.iter().filter_map(Value::as_object).flatten();
    let sorted = |mut keys: Vec<String>| {
        keys.sort();
        keys.dedup();
        keys
    };
    let heads = sorted(members().filter(|(_, value)| !nests(value)).map(|(key, _)| key.clone()).collect());
    let below = sorted(members().filter(|(_, value)| nests(value)).map(|(key, _)| key.clone()).collect());
    if let Some(section) = sections.last_mut() {
        section.head(heads.clone());
    }
    for (at, item) in items.iter().enumerate() {
        if at > 0 && !below.is_empty() {
            let mut section = Section { title: title.to_owned(), level, ..Section::default() };
            section.head(heads.clone());
            sections.push(section);
        }
        row(
            sections,
            heads.iter().map(|head| item.get(head).map(python::str).unwrap_or_default()).collect(),
        )?;
        for key in &below {
            if let Some(value) = item.get(key) {
                build(sections, Some(key), value, level + 1)?;
            }
        }
    }
    Ok(())
}

impl Section {
    fn measure(&mut self, cells: &[String]) {
        self.widths.resize(self.widths.len().max(cells.len()), 0);
        for (width, cell) in self.widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.width());
        }
    }

    fn head(&mut self, cells: Vec<String>) {
        self.measure(&cells);
        self.count.get_or_insert(cells.len());
        self.head = cells;
    }

    fn add(&mut self, cells: Vec<String>) -> Result<(), String> {
        let count = *self.count.get_or_insert(cells.len());
        if cells.len() != count {
            return Err(format!("Row should have {count} elements, instead it has {}", cells.len()));
        }
        self.measure(&cells);
        self.rows.push(cells);
        Ok(())
    }

    /// One row with a head: each field in a line of its own.
    fn turned(self) -> Result<Self, String> {
        if self.rows.len() != 1 || self.head.is_empty() {
            return Ok(self);
        }
        let mut turned = Self { title: self.title, level: self.level, ..Self::default() };
        for (head, cell) in self.head.into_iter().zip(self.rows.into_iter().flatten()) {
            turned.add(vec![head, cell])?;
        }
        Ok(turned)
    }

    fn width(&self) -> usize {
        let cells: usize = self.widths.iter().map(|width| width + PADDING).sum();
        (cells + 2).max(self.title.width() + 2) + 2 * self.level
    }

    /// Widths of the columns, stretched to `width` in all.
    fn stretched(&self, width: usize) -> Vec<usize> {
        let plain: Vec<usize> = self.widths.iter().map(|width| width + PADDING).collect();
        let factor = width as f64 / plain.iter().sum::<usize>() as f64;
        let mut scaled: Vec<usize> =
            plain.iter().map(|plain| (factor * *plain as f64).round_ties_even() as usize).collect();
        let mut at = 0;
        while let sum = scaled.iter().sum::<usize>()
            && sum != width
            && !scaled.is_empty()
        {
            let place = at % scaled.len();
            if sum > width {
                scaled[place] = scaled[place].saturating_sub(1);
            } else {
                let place = scaled.len() - 1 - place;
                scaled[place] += 1;
            }
            at += 1;
            if at > 10_000 {
                break;
            }
        }
        scaled
    }

    fn draw(&self, width: usize, lines: &mut Vec<String>) {
        if !self.title.is_empty() {
            lines.push(centred(&self.title, width, "|"));
            if self.head.is_empty() && self.rows.is_empty() {
                lines.push(format!("+{}+", "-".repeat(width.saturating_sub(2))));
            }
        }
        let widths = self.stretched(width);
        let edge = |at: usize| if at == 0 { "|" } else { "" };
        let rule = || {
            let part = |(at, width): (usize, &usize)| {
                let start = if at == 0 { "+" } else { "" };
                format!("{start}{}+", "-".repeat(width.saturating_sub(1 + start.len())))
            };
            widths.iter().enumerate().map(part).collect::<String>()
        };
        if !self.head.is_empty() {
            lines.push(rule());
            let cells = self.head.iter().zip(&widths).enumerate();
            lines.push(cells.map(|(at, (cell, width))| centred(cell, *width, edge(at))).collect());
        }
        if self.rows.is_empty() || widths.is_empty() {
            return;
        }
        lines.push(rule());
        for row in &self.rows {
            let cells = row.iter().zip(&widths).enumerate();
            lines.push(cells.map(|(at, (cell, width))| aligned(cell, *width, edge(at))).collect());
        }
        lines.push(rule());
    }
}

fn centred(text: &str, width: usize, edge: &str) -> String {
    let before = (width / 2).saturating_sub(text.width() / 2 + 1);
    let after = width.saturating_sub(1 + edge.len() + before + text.width());
    format!("{edge}{}{text}{}|", " ".repeat(before), " ".repeat(after))
}

fn aligned(text: &str, width: usize, edge: &str) -> String {
    let before = if width > text.width() + 2 + edge.len() { 2 } else { 0 };
    let after = width.saturating_sub(edge.len() + before + text.width() + 1);
    format!("{edge}{}{text}{}|", " ".repeat(before), " ".repeat(after))
}
