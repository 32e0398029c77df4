//! What a piece of text is. How that looks is for whoever shows it: the interface's theme, or the
//! escape sequences of the command line.

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

impl Role {
    /// Every role, for tests and the theme preview.
    pub const ALL: [Self; 31] = [
        Self::Text,
        Self::Muted,
        Self::Heading,
        Self::Strong,
        Self::Code,
        Self::Link,
        Self::Border,
        Self::BorderFocused,
        Self::Selected,
        Self::Selection,
        Self::CursorLine,
        Self::LineNumber,
        Self::Success,
        Self::Error,
        Self::Warning,
        Self::Info,
        Self::Hint,
        Self::Added,
        Self::Removed,
        Self::Match,
        Self::KeyBar,
        Self::Key,
        Self::Keyword,
        Self::String,
        Self::Number,
        Self::Comment,
        Self::Variable,
        Self::Function,
        Self::Type,
        Self::Flag,
        Self::Operator,
    ];
}
