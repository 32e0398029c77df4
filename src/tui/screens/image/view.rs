//! Drawing the explorer.

use super::{Asks, Focus, State, Tab};
use crate::image::explore::{Difference, Explored};
use crate::image::finding::{Concern, Finding};
use crate::image::human_size;
use crate::image::stack::{Change, Item};
use crate::image::tar::EntryKind;
use crate::image::waste::Wasted;
use crate::text::sanitise;
use crate::tui::app::Shared;
use crate::tui::keymap::{self, Action};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::{fit, pane, scroll};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// Where the panes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Panes {
    pub layers: Rect,
    pub tab: Rect,
    /// What is selected, in full.
    pub details: Rect,
}

/// The panes in `body`.
pub(super) fn panes(body: Rect) -> Panes {
    let left = (body.width * 4 / 10).clamp(24, 80).min(body.width);
    let details = if body.height >= 20 { 6 } else { 4 }.min(body.height);
    let height = body.height - details;
    let layers = Rect { width: left, height, ..body };
    let tab = Rect { x: body.x + left, width: body.width - left, height, ..body };
    Panes { layers, tab, details: Rect { y: body.y + height, height: details, ..body } }
}

/// Number of rows of the tab that is shown.
pub(super) fn rows(state: &State) -> usize {
    let Some(image) = &state.image else { return 0 };
    match state.tab {
        Tab::Files => state.tree.rows().len(),
        Tab::Hidden => wasted(state, image).len(),
        Tab::Findings => findings(state, image).len(),
        Tab::About => about(image).len(),
        Tab::Compare => state.other.as_ref().map_or(0, |other| other.differences.len()),
    }
}

/// Hidden bytes that the selected layer holds or hides; all of them when all layers are selected.
pub(super) fn wasted<'a>(state: &State, image: &'a Explored) -> Vec<&'a Wasted> {
    let layer = state.one_layer();
    let of = |w: &&Wasted| layer.is_none_or(|layer| w.held_by == layer || w.hidden_by == layer);
    image.waste.paths.iter().filter(of).collect()
}

/// Findings in the selected layer; all of them when all layers are selected.
pub(super) fn findings<'a>(state: &State, image: &'a Explored) -> Vec<&'a Finding> {
    let layer = state.one_layer();
    image.findings.iter().filter(|f| layer.is_none_or(|layer| f.layer == Some(layer))).collect()
}

/// The first row that is shown.
fn offset(state: &State, area: Rect, focus: Focus) -> usize {
    let (selected, total, height) = match focus {
        Focus::Layers => {
            let total = state.image.as_ref().map_or(0, |image| image.layers.len() + 1);
            (state.layer, total, area.height.saturating_sub(2))
        }
        Focus::Tab => (state.row(), rows(state), list_height(state, area)),
    };
    // The middle, so that one sees where one comes from.
    let height = usize::from(height);
    scroll::follow(selected.saturating_sub(height / 2), selected, height, total)
}

fn list_height(state: &State, area: Rect) -> u16 {
    let head = if state.tab == Tab::Compare { COMPARED } else { 0 };
    area.height.saturating_sub(2 + head)
}

/// The row at line `y` of the pane.
pub(super) fn row_at(state: &State, area: Rect, focus: Focus, y: u16) -> Option<usize> {
    let head = if focus == Focus::Tab && state.tab == Tab::Compare { COMPARED } else { 0 };
    let line = usize::from(y.checked_sub(area.y + 1 + head)?);
    let total = match focus {
        Focus::Layers => state.image.as_ref().map_or(0, |image| image.layers.len() + 1),
        Focus::Tab => rows(state),
    };
    let row = offset(state, area, focus) + line;
    (row < total && y + 1 < area.bottom()).then_some(row)
}

/// The tab whose title is at this column.
pub(super) fn tab_at(area: Rect, column: u16) -> Option<Tab> {
    pane::tab_at(area, column, Tab::ALL.map(Tab::title)).map(|at| Tab::ALL[at])
}

/// Draws the screen.
pub fn view(state: &State, shared: &Shared, frame: &mut Frame<'_>, body: Rect) {
    let panes = panes(body);
    layers(state, shared, frame, panes.layers);
    tab(state, shared, frame, panes.tab);
    details(state, shared, frame, panes.details);
}

fn layers(state: &State, shared: &Shared, frame: &mut Frame<'_>, area: Rect) {
    let theme = &shared.theme;
    let focused = state.focus == Focus::Layers && state.prompt.is_none();
    let block = pane::titled(theme, focused, " Layers ");
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let Some(image) = &state.image else { return };
    let offset = offset(state, area, Focus::Layers);
    pane::scroll_mark(theme, frame.buffer_mut(), area, offset, image.layers.len() + 1);
    let room = usize::from(inner.width).saturating_sub(15);
    for (y, row) in (inner.y..inner.bottom()).zip(offset..=image.layers.len()) {
        let (bytes, number, words) = match row.checked_sub(1).and_then(|at| image.layers.get(at)) {
            None => (image.waste.merged_bytes, String::new(), "all layers together".to_owned()),
            Some(layer) if layer.instruction.is_empty() => {
                (layer.bytes, row.to_string(), "(the image does not tell)".to_owned())
            }
            Some(layer) => (layer.bytes, row.to_string(), sanitise::plain(&layer.instruction).into_owned()),
        };
        let share = bytes as f64 / image.waste.layers_bytes.max(1) as f64;
        let role = if row > 0 && share > 0.3 { Role::Warning } else { Role::Text };
        let line = Line::from(vec![
            Span::styled(format!("{:>8} ", human_size(bytes)), theme.style(role)),
            Span::styled(format!("{number:>3}  "), theme.style(Role::LineNumber)),
            Span::styled(fit::cut(&words, room).into_owned(), theme.style(Role::Text)),
        ]);
        selectable(theme, frame, Rect { y, height: 1, ..inner }, line, row == state.layer, focused);
    }
}

/// A row; the selected one stands out, more so in the pane that has the keys.
fn selectable(
    theme: &Theme,
    frame: &mut Frame<'_>,
    area: Rect,
    line: Line<'_>,
    selected: bool,
    focused: bool,
) {
    let buffer = frame.buffer_mut();
    if selected {
        let ground = if focused { Role::Selected } else { Role::CursorLine };
        buffer.set_style(area, theme.style(ground));
        let line = Line::from(
            line.spans
                .into_iter()
                .map(|s| if focused { Span::raw(s.content) } else { s })
                .collect::<Vec<_>>(),
        );
        buffer.set_line(area.x, area.y, &line, area.width);
        buffer.set_style(area, theme.style(ground));
    } else {
        buffer.set_line(area.x, area.y, &line, area.width);
    }
}

fn tab(state: &State, shared: &Shared, frame: &mut Frame<'_>, area: Rect) {
    let theme = &shared.theme;
    let focused = state.focus == Focus::Tab && state.prompt.is_none();
    let mut title = vec![Span::raw(" ")];
    for (at, tab) in Tab::ALL.into_iter().enumerate() {
        if at > 0 {
            title.push(Span::styled(theme.sign(" │ ", " | "), theme.style(Role::Border)));
        }
        let role = if tab == state.tab { Role::Heading } else { Role::Muted };
        title.push(Span::styled(tab.title(), theme.style(role)));
    }
    title.push(Span::raw(" "));
    let block = pane::block(theme, focused).title(Line::from(title));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let Some(image) = &state.image else {
        let lines = waiting(state, shared, usize::from(inner.width.saturating_sub(2)));
        let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        frame.render_widget(Paragraph::new(lines), inner);
        return;
    };
    let head = if state.tab == Tab::Compare { compared(state, shared, frame, inner, image) } else { 0 };
    let list = Rect { y: inner.y + head, height: inner.height.saturating_sub(head), ..inner };
    let total = rows(state);
    if total == 0 {
        frame.render_widget(Paragraph::new(nothing(state, shared)), list);
        return;
    }
    let offset = offset(state, area, Focus::Tab);
    pane::scroll_mark(theme, frame.buffer_mut(), area, offset, total);
    let width = usize::from(list.width);
    for (y, row) in (list.y..list.bottom()).zip(offset..total) {
        let line = match state.tab {
            Tab::Files => file_line(state, image, theme, row, width),
            Tab::Hidden => wasted(state, image).get(row).map(|w| wasted_line(image, w, theme, width)),
            Tab::Findings => findings(state, image).get(row).map(|f| finding_line(f, theme, width)),
            Tab::About => about(image).get(row).map(|(name, value)| about_line(name, value, theme, width)),
            Tab::Compare => state
                .other
                .as_ref()
                .and_then(|other| other.differences.get(row))
                .map(|d| difference_line(d, theme, width)),
        };
        if let Some(line) = line {
            selectable(theme, frame, Rect { y, height: 1, ..list }, line, row == state.row(), focused);
        }
    }
}

/// What stands there while there is no image.
fn waiting(state: &State, shared: &Shared, columns: usize) -> Vec<Line<'static>> {
    let theme = &shared.theme;
    let mut out = Vec::new();
    if let Some(reading) = &state.reading {
        let so_far = if reading.bytes == 0 {
            String::new()
        } else {
            format!(", {} so far", human_size(reading.bytes))
        };
        let text = format!("Reading {}{so_far}", sanitise::plain(&reading.name));
        out.push(Line::styled(fit::cut(&text, columns).into_owned(), theme.style(Role::Muted)));
    }
    if let Some((message, hints)) = &state.failure {
        for line in fit::wrap(&sanitise::lines(message), columns) {
            out.push(Line::styled(line, theme.style(Role::Error)));
        }
        for hint in hints {
            for line in fit::wrap(&format!("try: {}", sanitise::lines(hint)), columns) {
                out.push(Line::styled(line, theme.style(Role::Info)));
            }
        }
    }
    if out.is_empty() {
        let text = "Which image? Its name or id in the engine, or the path of an archive that `docker save` wrote or of an OCI layout.";
        out.extend(
            fit::wrap(text, columns).into_iter().map(|line| Line::styled(line, theme.style(Role::Muted))),
        );
    }
    out
}

fn nothing(state: &State, shared: &Shared) -> Line<'static> {
    let key = |action| keymap::key_of(action).unwrap_or_default();
    let text = match state.tab {
        Tab::Files if !state.tree.find.is_empty() => "No path holds this".to_owned(),
        Tab::Files => "This layer changed nothing".to_owned(),
        Tab::Hidden => "Nothing is hidden: every byte of the layers is in the image".to_owned(),
        Tab::Findings => "Nothing was found".to_owned(),
        Tab::About => String::new(),
        Tab::Compare if state.comparing.is_some() => "Reading the other image…".to_owned(),
        Tab::Compare if state.other.is_some() => "Both show the same files".to_owned(),
        Tab::Compare => format!("{} compares with another image", key(Action::CompareImage)),
    };
    Line::styled(format!(" {text}"), shared.theme.style(Role::Muted))
}

fn file_line(
    state: &State,
    image: &Explored,
    theme: &Theme,
    row: usize,
    width: usize,
) -> Option<Line<'static>> {
    let row = state.tree.rows().get(row)?;
    let (mark, role) = match row.change {
        Some(Change::Added) => ("+", Role::Added),
        Some(Change::Changed) => ("*", Role::Warning),
        Some(Change::Metadata) => ("%", Role::Warning),
        Some(Change::Same) => ("=", Role::Muted),
        Some(Change::Removed) => ("-", Role::Removed),
        None => (" ", Role::Text),
    };
    let sign = match row.folder {
        Some(true) => theme.sign("▾ ", "v "),
        Some(false) => theme.sign("▸ ", "> "),
        None => "  ",
    };
    let layer = state.shown_layer()?;
    let link = image.stack.at(row.node, layer).filter(|item| !item.link.is_empty());
    let link = link.map_or_else(String::new, |item| format!(" -> {}", item.link));
    let name = format!("{}{link}", image.stack.name(row.node));
    let indent = "  ".repeat(usize::from(row.depth).min(width / 4));
    let room = width.saturating_sub(13 + indent.len() + 2);
    let role = if row.change.is_none() && row.folder.is_some() { Role::Strong } else { role };
    Some(Line::from(vec![
        Span::styled(format!("{mark} {:>9}  ", human_size(row.bytes)), theme.style(role)),
        Span::styled(format!("{indent}{sign}"), theme.style(Role::Muted)),
        Span::styled(fit::cut(&sanitise::plain(&name), room).into_owned(), theme.style(role)),
    ]))
}

fn wasted_line(image: &Explored, wasted: &Wasted, theme: &Theme, width: usize) -> Line<'static> {
    let path = image.stack.path(wasted.node);
    let files = if wasted.files > 1 { format!(" ({} files)", wasted.files) } else { String::new() };
    let text = format!("{}{files}", sanitise::plain(&path));
    let layers =
        format!("{:>3} {:<9} {:>3}  ", wasted.held_by + 1, wasted.cause.word(), wasted.hidden_by + 1);
    let room = width.saturating_sub(10 + layers.len());
    Line::from(vec![
        Span::styled(format!("{:>9} ", human_size(wasted.bytes)), theme.style(Role::Warning)),
        Span::styled(layers, theme.style(Role::Muted)),
        Span::styled(fit::cut(&text, room).into_owned(), theme.style(Role::Text)),
    ])
}

fn finding_line(finding: &Finding, theme: &Theme, width: usize) -> Line<'static> {
    let role = match finding.concern {
        _ if finding.doubtful => Role::Muted,
        Concern::Secret | Concern::Escape => Role::Error,
        Concern::Cache => Role::Warning,
        Concern::SetUid | Concern::WorldWritable => Role::Info,
    };
    let layer = finding.layer.map_or_else(String::new, |layer| (layer + 1).to_string());
    let text = format!("{}: {}", sanitise::plain(&finding.place), finding.what);
    Line::from(vec![
        Span::styled(format!("{layer:>3} {:<14} ", finding.concern.key()), theme.style(role)),
        Span::styled(fit::cut(&text, width.saturating_sub(19)).into_owned(), theme.style(Role::Text)),
    ])
}

fn about(image: &Explored) -> Vec<(&'static str, String)> {
    let info = &image.info;
    let config = &info.config;
    let start: Vec<&str> = config.entrypoint.iter().chain(&config.cmd).map(String::as_str).collect();
    let name = |variable: &String| variable.split('=').next().unwrap_or_default().to_owned();
    let dive = &image.dive;
    let hidden = image.waste.bytes() as f64 / image.waste.layers_bytes.max(1) as f64 * 100.0;
    let mut rows = vec![
        ("id", info.id.clone()),
        ("names", info.tags.join(", ")),
        ("platform", info.platform.clone()),
        ("made", image.created.clone()),
        ("size", format!("{} in {} layers", human_size(image.waste.layers_bytes), image.layers.len())),
        ("shown", human_size(image.waste.merged_bytes)),
        ("hidden", format!("{} ({hidden:.1} %)", human_size(image.waste.bytes()))),
        (
            "user",
            if config.user.is_empty() { "root (nothing else is set)".into() } else { config.user.clone() },
        ),
        ("starts", start.join(" ")),
        ("works in", config.working_dir.clone()),
        ("ports", config.exposed_ports.join(", ")),
        ("health", if config.healthcheck { "checked".into() } else { "not checked".into() }),
        ("stops by", config.stop_signal.clone()),
        ("variables", config.env.iter().map(name).collect::<Vec<_>>().join(", ")),
    ];
    rows.extend(config.labels.iter().map(|(name, value)| ("label", format!("{name}={value}"))));
    rows.push(("dive says", format!("efficiency {:.4} %", dive.efficiency * 100.0)));
    rows.push(("", format!("wastedBytes {} ({})", dive.wasted_bytes, human_size(dive.wasted_bytes))));
    rows.push(("", format!("userWastedPercent {:.4} %", dive.user_wasted_percent * 100.0)));
    rows.retain(|(_, value)| !value.is_empty());
    rows
}

fn about_line(name: &str, value: &str, theme: &Theme, width: usize) -> Line<'static> {
    let value = fit::cut(&sanitise::plain(value), width.saturating_sub(12)).into_owned();
    Line::from(vec![
        Span::styled(format!(" {name:<10} "), theme.style(Role::Muted)),
        Span::styled(value, theme.style(Role::Text)),
    ])
}

/// Lines above the differences.
const COMPARED: u16 = 5;

fn compared(state: &State, shared: &Shared, frame: &mut Frame<'_>, area: Rect, image: &Explored) -> u16 {
    let Some(other) = &state.other else { return 0 };
    let theme = &shared.theme;
    let column = usize::from(area.width).saturating_sub(10) / 2;
    let user = |image: &Explored| match image.info.config.user.as_str() {
        "" => "root".to_owned(),
        user => user.to_owned(),
    };
    let secrets = |image: &Explored| {
        image.findings.iter().filter(|f| f.concern == Concern::Secret && !f.doubtful).count().to_string()
    };
    let both = |of: &dyn Fn(&Explored) -> String| (of(image), of(&other.image));
    let rows = [
        ("", both(&|image| image.name.clone())),
        (
            "size",
            both(&|image| {
                format!(
                    "{}, {} hidden",
                    human_size(image.waste.layers_bytes),
                    human_size(image.waste.bytes())
                )
            }),
        ),
        ("layers", both(&|image| image.layers.len().to_string())),
        ("user", both(&user)),
        ("secrets", both(&secrets)),
    ];
    for (y, (name, (one, two))) in (area.y..area.bottom()).zip(rows) {
        let role = if name.is_empty() { Role::Strong } else { Role::Text };
        let line = Line::from(vec![
            Span::styled(format!(" {name:<8} "), theme.style(Role::Muted)),
            Span::styled(fit::pad(&sanitise::plain(&one), column), theme.style(role)),
            Span::styled(fit::cut(&sanitise::plain(&two), column).into_owned(), theme.style(role)),
        ]);
        frame.buffer_mut().set_line(area.x, y, &line, area.width);
    }
    COMPARED
}

fn difference_line(difference: &Difference, theme: &Theme, width: usize) -> Line<'static> {
    let delta = difference.delta();
    let size = human_size(u64::try_from(delta.unsigned_abs()).unwrap_or(u64::MAX));
    let sign = match delta {
        0 => "",
        ..0 => "-",
        _ => "+",
    };
    let (word, role) = match difference.change {
        Change::Added => ("only there", Role::Added),
        Change::Removed => ("only here", Role::Removed),
        Change::Metadata => ("rights", Role::Text),
        Change::Changed | Change::Same => ("otherwise", Role::Warning),
    };
    let files = if difference.files > 1 { format!(" ({} files)", difference.files) } else { String::new() };
    let text = format!("{}{files}", sanitise::plain(&difference.path));
    Line::from(vec![
        Span::styled(format!("{:>10} {word:<11}", format!("{sign}{size}")), theme.style(role)),
        Span::styled(fit::cut(&text, width.saturating_sub(22)).into_owned(), theme.style(Role::Text)),
    ])
}

/// The line that is being typed, else what is selected, in full.
fn details(state: &State, shared: &Shared, frame: &mut Frame<'_>, area: Rect) {
    let theme = &shared.theme;
    let typing = state.prompt.is_some();
    let title = state.prompt.as_ref().map_or(" Selected ", |prompt| match prompt.asks {
        Asks::Image => " Image to explore ",
        Asks::Other => " Image to compare with ",
        Asks::Output => " Write the file to ",
        Asks::Find => " Find ",
    });
    let block = pane::titled(theme, typing, title);
    let inner = block.inner(area);
    frame.render_widget(block, area);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    if let Some(prompt) = &state.prompt {
        let line = Line::styled(prompt.input.text().to_owned(), theme.style(Role::Text));
        frame.buffer_mut().set_line(inner.x, inner.y, &line, inner.width);
        let cursor = inner.x + u16::try_from(fit::width(prompt.input.before())).unwrap_or(0);
        frame.set_cursor_position((cursor.min(inner.right().saturating_sub(1)), inner.y));
        let note = match prompt.asks {
            Asks::Image | Asks::Other => "a name or id, the path of an archive or of an OCI layout",
            Asks::Output => "never over a file that is there",
            Asks::Find => "Enter keeps the search, Esc ends it",
        };
        let line = Line::styled(note, theme.style(Role::Muted));
        if inner.height > 1 {
            frame.buffer_mut().set_line(inner.x, inner.y + 1, &line, inner.width);
        }
        return;
    }
    let Some(image) = &state.image else { return };
    let columns = usize::from(inner.width);
    let lines = match state.focus {
        Focus::Layers => layer_details(state, image),
        Focus::Tab => tab_details(state, image),
    };
    let lines = lines.into_iter().flat_map(|(role, text)| {
        let safe = sanitise::plain(&text).into_owned();
        fit::wrap(&safe, columns).into_iter().map(move |line| (role, line)).collect::<Vec<_>>()
    });
    let lines: Vec<Line<'_>> = lines.map(|(role, line)| Line::styled(line, theme.style(role))).collect();
    frame.render_widget(Paragraph::new(lines), inner);
}

fn layer_details(state: &State, image: &Explored) -> Vec<(Role, String)> {
    let Some(at) = state.one_layer() else {
        let waste = &image.waste;
        let share = waste.bytes() as f64 / waste.layers_bytes.max(1) as f64 * 100.0;
        let text = format!(
            "{} in {} layers; the merged image shows {}, {} ({share:.1} %) are hidden in lower layers",
            human_size(waste.layers_bytes),
            image.layers.len(),
            human_size(waste.merged_bytes),
            human_size(waste.bytes())
        );
        return vec![(Role::Text, text)];
    };
    let Some(layer) = image.layers.get(at) else { return Vec::new() };
    let sum = |list: &[u64]| human_size(list.get(at).copied().unwrap_or(0));
    let (held, hides) = (sum(&image.waste.held), sum(&image.waste.hides));
    let numbers = format!(
        "{} in {} entries; {held} of it hidden by later layers; hides {hides} of lower ones",
        human_size(layer.bytes),
        layer.entries
    );
    let made = if layer.instruction.is_empty() {
        "The image does not tell what made it"
    } else {
        &layer.instruction
    };
    vec![(Role::Text, made.to_owned()), (Role::Muted, numbers), (Role::Muted, layer.diff_id.clone())]
}

fn tab_details(state: &State, image: &Explored) -> Vec<(Role, String)> {
    let mut out = Vec::new();
    if state.tab == Tab::Findings
        && let Some(finding) = findings(state, image).get(state.row())
    {
        out.push((Role::Strong, format!("{}: {}", finding.place, finding.what)));
        if let Some(by) = finding.hidden_by {
            let text = format!(
                "Layer {} hides it. It is in the image all the same: whoever pulls it can read it.",
                by + 1
            );
            out.push((Role::Warning, text));
        }
        if finding.doubtful {
            out.push((Role::Muted, "By its path it may belong to a test or a manual".into()));
        }
        if finding.concern == Concern::Cache {
            let text = format!("{} in {} files", human_size(finding.bytes), finding.files);
            out.push((Role::Muted, text));
        }
        return out;
    }
    let Some(node) = state.node() else { return out };
    let Some(shown) = state.shown_layer() else { return out };
    out.push((Role::Strong, image.stack.path(node)));
    let item = image.stack.at(node, shown);
    let item = item.or_else(|| image.stack.history(node).last().map(|(_, item)| item));
    if let Some(item) = item {
        out.push((Role::Text, item_words(image, item)));
    }
    let did: Vec<String> = (0..image.layers.len())
        .filter_map(|layer| {
            let word = match image.stack.change(node, layer)? {
                Change::Added => "added",
                Change::Changed => "changed",
                Change::Metadata => "given other rights",
                Change::Same => "written again as it was",
                Change::Removed => "removed",
            };
            Some(format!("{word} by layer {}", layer + 1))
        })
        .collect();
    out.push((Role::Muted, did.join(", ")));
    out
}

fn item_words(image: &Explored, item: &Item) -> String {
    let kind = match item.kind {
        EntryKind::File => "file",
        EntryKind::Directory => "folder",
        EntryKind::Symlink => "symbolic link",
        EntryKind::Hardlink => "hard link",
        EntryKind::Character | EntryKind::Block => "device",
        EntryKind::Fifo => "pipe",
    };
    let content = image.stack.content(item);
    let link = if item.link.is_empty() { String::new() } else { format!(" to {}", item.link) };
    let digest: String = content.digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let digest = if content.size == 0 { String::new() } else { format!(", sha256 {digest}…") };
    format!(
        "{kind}{link}, {:04o}, {}:{}, {}{digest}",
        item.mode,
        item.uid,
        item.gid,
        human_size(content.size)
    )
}
