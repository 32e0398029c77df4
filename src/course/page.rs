//! Splits a lesson's body into prose, quizzes and things to try. Pure.

use super::format::QuizFile;
use super::model::{Lesson, Problem, Quiz, QuizKind, QuizOption};
use super::{problem, yaml};

/// A lesson divided into what a reader shows one under the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// In the order of the text.
    pub blocks: Vec<Block>,
    /// Blocks that could not be read. Such a block is missing; the rest is there.
    pub problems: Vec<Problem>,
}

/// A part of a lesson.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Markdown.
    Markdown {
        /// The text.
        text: String,
        /// Line of the lesson's file on which it begins, from 1.
        line: usize,
    },
    /// A question.
    Quiz(Quiz),
    /// Something to try at a key.
    Try(Try),
}

/// A fenced block with `try` behind its language: ```` ```dockerfile try ````, ```` ```sh try with=01-python-basic ````.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    /// Unique within the course: `lesson-slug/try-1`.
    pub id: String,
    /// What is done with it.
    pub kind: TryKind,
    /// The language as written, for colours.
    pub language: String,
    /// The text inside the fence.
    pub text: String,
    /// Name of the worked example whose files lie beside it; `None` for an empty folder.
    pub with: Option<String>,
    /// Whether it shows what one should not do.
    pub bad: bool,
    /// Line of the lesson's file on which the fence stands, from 1.
    pub line: usize,
}

/// What is done with a [`Try`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TryKind {
    /// A Dockerfile: opens in a scratch workbench, where it can be edited and built.
    Dockerfile,
    /// Commands: run one after the other by `sh`.
    Command,
}

/// The parts of `lesson`'s body.
pub fn split(lesson: &Lesson) -> Page {
    let mut splitter =
        Splitter { lesson, page: Page::default(), text: String::new(), text_line: 0, tries: 0 };
    let mut lines = lesson.body.split_inclusive('\n').enumerate();
    while let Some((index, line)) = lines.next() {
        let number = lesson.body_line + index;
        let Some(fence) = Fence::open(line) else {
            splitter.markdown(line, number);
            continue;
        };
        let mut inside = String::new();
        let mut raw = line.to_owned();
        let mut closed = false;
        for (_, line) in lines.by_ref() {
            raw.push_str(line);
            if fence.closes(line) {
                closed = true;
                break;
            }
            inside.push_str(line);
        }
        let words: Vec<&str> = fence.info.split_whitespace().collect();
        let special = words.first() == Some(&"quiz") || words.get(1) == Some(&"try");
        if special && !closed {
            splitter.problem(
                number,
                "The block that begins here has no end.",
                "Close it with the same fence.",
            );
        } else if words.first() == Some(&"quiz") {
            splitter.quiz(&inside, number);
        } else if special {
            splitter.try_block(&words, inside, number);
        } else {
            splitter.markdown(&raw, number);
        }
    }
    splitter.flush();
    splitter.page
}

struct Splitter<'a> {
    lesson: &'a Lesson,
    page: Page,
    /// Markdown not yet pushed, and the line it began on.
    text: String,
    text_line: usize,
    tries: usize,
}

impl Splitter<'_> {
    fn markdown(&mut self, text: &str, line: usize) {
        if self.text.is_empty() {
            self.text_line = line;
        }
        self.text.push_str(text);
    }

    fn flush(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.trim().is_empty() {
            self.page.blocks.push(Block::Markdown { text, line: self.text_line });
        }
    }

    fn problem(&mut self, line: usize, message: &str, remedy: &str) {
        // The snippet is cut from the body, with as many blank lines before it as the front matter has.
        let text = "\n".repeat(self.lesson.body_line.saturating_sub(1)) + &self.lesson.body;
        self.page.problems.push(problem::at(&self.lesson.path, &text, (line, 1), message, remedy));
    }

    fn quiz(&mut self, text: &str, line: usize) {
        self.flush();
        let file_text = "\n".repeat(self.lesson.body_line.saturating_sub(1)) + &self.lesson.body;
        match yaml::read::<QuizFile>(&self.lesson.path, &file_text, text, line + 1) {
            Err(problem) => self.page.problems.push(*problem),
            Ok(file) => match quiz(file, &self.lesson.slug) {
                Ok(quiz) if self.knows(&quiz.id) => {
                    self.problem(
                        line,
                        "Another quiz of this lesson has the same id.",
                        "Give each quiz its own id.",
                    );
                }
                Ok(quiz) => self.page.blocks.push(Block::Quiz(quiz)),
                Err(message) => {
                    self.problem(line, message, "`docker-ecr-tutor course schema quiz` says what a quiz is.")
                }
            },
        }
    }

    fn knows(&self, id: &str) -> bool {
        self.page.blocks.iter().any(|block| matches!(block, Block::Quiz(quiz) if quiz.id == id))
    }

    fn try_block(&mut self, words: &[&str], text: String, line: usize) {
        self.flush();
        let kind = match words.first() {
            Some(&("dockerfile" | "Dockerfile")) => TryKind::Dockerfile,
            Some(&("sh" | "bash" | "console" | "shell")) => TryKind::Command,
            _ => {
                let message = "Only `dockerfile` and `sh` blocks can be tried.";
                return self.problem(line, message, "Write ```dockerfile try or ```sh try.");
            }
        };
        let (mut with, mut bad) = (None, false);
        for word in &words[2..] {
            match word.strip_prefix("with=") {
                None if *word == "bad" => bad = true,
                Some(name) if !name.is_empty() => with = Some(name.to_owned()),
                _ => {
                    let message = "Behind `try` stands something that is neither `with=EXAMPLE` nor `bad`.";
                    return self.problem(line, message, "Write ```dockerfile try with=01-python-basic.");
                }
            }
        }
        self.tries += 1;
        let id = format!("{}/try-{}", self.lesson.slug, self.tries);
        let language = words.first().map(|word| word.to_lowercase()).unwrap_or_default();
        self.page.blocks.push(Block::Try(Try { id, kind, language, text, with, bad, line }));
    }
}

/// A quiz as its file says, or what it lacks.
fn quiz(file: QuizFile, slug: &str) -> Result<Quiz, &'static str> {
    let kind = match (file.options, file.answers) {
        (Some(options), None) => {
            let right = options.iter().filter(|option| option.right).count();
            if right == 0 {
                return Err("No option of this quiz is right.");
            }
            if right == options.len() {
                return Err("Every option of this quiz is right.");
            }
            let options = options
                .into_iter()
                .map(|option| QuizOption {
                    text: option.text.into(),
                    correct: option.right,
                    why: option.why.map(String::from).unwrap_or_default(),
                })
                .collect();
            QuizKind::Choice { options, multiple: right > 1 }
        }
        (None, Some(answers)) if answers.is_empty() => return Err("This quiz accepts no answer."),
        (None, Some(answers)) => QuizKind::Text { answers: answers.into_iter().map(String::from).collect() },
        _ => return Err("A quiz has either `options` or `answers`."),
    };
    Ok(Quiz {
        id: format!("{slug}/{}", file.id.as_str()),
        question: file.question.into(),
        kind,
        explanation: file.explain.into(),
    })
}

/// An opening code fence.
struct Fence<'a> {
    mark: char,
    length: usize,
    info: &'a str,
}

impl<'a> Fence<'a> {
    /// The fence that `line` opens, by CommonMark's rules for fences outside lists and quotes.
    fn open(line: &'a str) -> Option<Self> {
        let text = line.trim_end();
        let indent = text.len() - text.trim_start_matches(' ').len();
        let text = &text[indent..];
        let mark = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
        let info = text.trim_start_matches(mark);
        let length = text.len() - info.len();
        let info = info.trim();
        (indent <= 3 && length >= 3 && !(mark == '`' && info.contains('`'))).then_some(Self {
            mark,
            length,
            info,
        })
    }

    fn closes(&self, line: &str) -> bool {
        let text = line.trim();
        text.len() >= self.length && text.chars().all(|c| c == self.mark)
    }
}

#[cfg(test)]
mod tests;
