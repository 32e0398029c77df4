//! Colours by role. Widgets name a [`Role`]; only this file knows what it looks like.

use ratatui::style::{Color, Modifier, Style};

/// What a piece of text is, so that a theme can say how it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// Text that matters less: counts, times, hints of keys.
    Muted,
    /// Headings and titles.
    Heading,
    /// Emphasis inside text.
    Strong,
    /// Inline code and code blocks.
    Code,
    /// Links.
    Link,
    /// Borders of a pane.
    Border,
    /// Borders of the pane that has the keys.
    BorderFocused,
    /// The selected row or option.
    Selected,
    /// Selected text in the editor.
    Selection,
    /// The line the cursor is on.
    CursorLine,
    /// Line numbers.
    LineNumber,
    /// Something passed.
    Success,
    /// An error, or something that failed.
    Error,
    /// A warning.
    Warning,
    /// Information.
    Info,
    /// Style remarks.
    Hint,
    /// Inserted lines of a diff.
    Added,
    /// Removed lines of a diff.
    Removed,
    /// What search found.
    Match,
    /// The bar of keys.
    KeyBar,
    /// A key's name in it.
    Key,
    /// Syntax: instruction keywords and keywords of languages.
    Keyword,
    /// Syntax: strings.
    String,
    /// Syntax: numbers.
    Number,
    /// Syntax: comments.
    Comment,
    /// Syntax: variables.
    Variable,
    /// Syntax: functions and commands.
    Function,
    /// Syntax: types, stage names, image names.
    Type,
    /// Syntax: flags such as `--from=`.
    Flag,
    /// Syntax: operators and punctuation.
    Operator,
}

/// The themes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ThemeName {
    /// Light text on dark.
    #[default]
    Dark,
    /// Dark text on light.
    Light,
    /// Black, white and a few strong colours.
    HighContrast,
    /// Dark, with blue and orange in place of green and red.
    ColourBlind,
}

/// A theme as it applies to this terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// Which palette.
    pub name: ThemeName,
    /// `false` under `NO_COLOR`: weight and underline alone carry meaning.
    pub colour: bool,
    /// Draw with ASCII only: borders, signs, bars.
    pub ascii: bool,
    /// Links carry their address as OSC 8, for terminals that know it.
    pub hyperlinks: bool,
}

impl Default for Theme {
    fn default() -> Self {
        Self { name: ThemeName::Dark, colour: true, ascii: false, hyperlinks: false }
    }
}

impl Theme {
    /// How `role` looks.
    pub fn style(&self, role: Role) -> Style {
        let base = Style::new();
        match role {
            Role::Heading | Role::Strong => base.add_modifier(Modifier::BOLD),
            Role::Error if self.colour => base.fg(Color::Red),
            _ => base,
        }
    }

    /// A sign for the theme's character set: `fancy`, or `plain` in ASCII mode.
    pub fn sign<'a>(&self, fancy: &'a str, plain: &'a str) -> &'a str {
        if self.ascii { plain } else { fancy }
    }
}
