//! The Dockerfile syntax tree: lossless, error-tolerant, every node with a span. Pure.
//!
//! [`parse`] never fails. What BuildKit would refuse becomes a [`SyntaxError`] and parsing goes on
//! behind it, so half-typed text in one instruction hides nothing in the others. It takes time
//! linear in the text, and nothing in it recurses on what the text says.

mod checks;
pub mod expand;
mod flags;
mod instruction;
mod json;
mod kind;
mod lexer;
mod pattern;
pub mod reference;
pub mod shell;
mod stage;
mod text;
mod variable;
mod word;

pub use checks::Checks;
pub use flags::nearest;
pub use instruction::{Comment, Directive, Flag, Heredoc, Instruction, KEYWORDS, Mount};
pub use kind::{CommandLine, From, Healthcheck, Image, Kind, Pair, Transfer};
pub use stage::Stage;
pub use text::{Joiner, MappedText, Shared};
pub use variable::{Variable, expand, is_name, variables};
pub use word::Word;

use crate::text::Span;
use std::sync::Arc;

/// A parsed Dockerfile. `source` is kept whole, so nothing is ever lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dockerfile {
    /// The text as given.
    pub source: Arc<str>,
    /// The instructions in order of place.
    pub instructions: Vec<Instruction>,
    /// The parser directives at the top: `# syntax=`, `# escape=`, `# check=`.
    pub directives: Vec<Directive>,
    /// Comment lines in order of place, those inside continued instructions too.
    pub comments: Vec<Comment>,
    /// The character that continues a line.
    pub escape: char,
    /// What is wrong with it: the same as [`parse`] answers beside it.
    pub errors: Vec<SyntaxError>,
}

/// Something the grammar does not allow. Parsing goes on behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where.
    pub span: Span,
    /// What is wrong and what was expected.
    pub message: String,
    /// Whether only the builder says so: the text has the shape of a Dockerfile, and other tools read on.
    pub builder: bool,
}

impl SyntaxError {
    fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), builder: false }
    }

    fn refused(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), builder: true }
    }
}

/// The tree of `source` and what is wrong with it. Never fails.
pub fn parse(source: &str) -> (Dockerfile, Vec<SyntaxError>) {
    lexer::Lexer::new(source).run()
}

#[cfg(test)]
pub(crate) mod tests;
