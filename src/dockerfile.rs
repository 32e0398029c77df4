//! The Dockerfile syntax tree: lossless, error-tolerant, every node with a span. Pure.

use crate::text::Span;

/// A parsed Dockerfile. `source` is kept whole, so nothing is ever lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dockerfile {
    /// The text as given.
    pub source: String,
    /// The instructions in order of place.
    pub instructions: Vec<Instruction>,
}

/// One instruction, from its keyword to its last line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// The keyword in capitals: `FROM`, `RUN`, … or what was typed when it is none of them.
    pub keyword: String,
    /// Where the whole instruction stands, without its final newline.
    pub span: Span,
}

/// Something the grammar does not allow. Parsing goes on behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where.
    pub span: Span,
    /// What is wrong and what was expected.
    pub message: String,
}

/// The tree of `source` and what is wrong with it. Never fails.
pub fn parse(source: &str) -> (Dockerfile, Vec<SyntaxError>) {
    (Dockerfile { source: source.to_owned(), instructions: Vec::new() }, Vec::new())
}
