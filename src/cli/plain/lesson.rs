//! A lesson, read out section by section, with its questions in place.

use super::{Leave, Room, Talk, explain, split};
use crate::course::model::{Lesson, Quiz, QuizKind};
use crate::course::page::{self, Block, TryKind};
use crate::store::progress::{LessonProgress, LessonState};
use std::collections::BTreeSet;
use std::io;

/// What came of a pause.
enum Then {
    GoOn,
    Leave(Leave),
}

/// Reads `lesson` to the person, from its beginning.
pub(super) fn read(room: &mut Room<'_>, talk: &mut Talk<'_>, lesson: &Lesson) -> io::Result<Leave> {
    if lesson.is_reference() {
        talk.say(&format!("\nReference: {}.", lesson.title))?;
    } else {
        talk.say(&format!(
            "\nLesson {}: {}. About {} minutes.",
            lesson.number, lesson.title, lesson.minutes
        ))?;
    }
    if !lesson.objectives.is_empty() {
        talk.say("Afterwards you can:")?;
        for objective in &lesson.objectives {
            talk.say(&format!("- {objective}"))?;
        }
    }
    keep(room, talk, lesson, LessonState::Begun)?;
    let mut said_something = false;
    for block in page::split(lesson).blocks {
        match block {
            Block::Markdown { text, .. } => {
                for section in sections(&text) {
                    if said_something && let Then::Leave(leave) = pause(talk)? {
                        return Ok(leave);
                    }
                    talk.say("")?;
                    talk.read_out(section)?;
                    said_something = true;
                }
            }
            Block::Quiz(quiz) => {
                if let Then::Leave(leave) = question(room, talk, &quiz)? {
                    return Ok(leave);
                }
                said_something = false;
            }
            Block::Try(block) => {
                let what = match block.kind {
                    TryKind::Dockerfile => "A Dockerfile to try",
                    TryKind::Command => "Commands to try in a shell",
                };
                talk.say(&format!("\n{what}:"))?;
                for line in block.text.lines() {
                    talk.say(&format!("  {line}"))?;
                }
                talk.say("End of code.")?;
            }
        }
    }
    keep(room, talk, lesson, LessonState::Read)?;
    talk.say(if lesson.is_reference() { "\nEnd of the page." } else { "\nEnd of the lesson." })?;
    let practise: Vec<&str> = lesson.exercises.iter().map(String::as_str).collect();
    if !practise.is_empty() {
        talk.say(&format!("It is practised in {}.", practise.join(", ")))?;
    }
    Ok(Leave::Back)
}

fn keep(room: &mut Room<'_>, talk: &mut Talk<'_>, lesson: &Lesson, state: LessonState) -> io::Result<()> {
    let before = room.progress.lessons.get(&lesson.slug).copied().unwrap_or_default();
    let now = LessonProgress { state: before.state.max(state), ..before };
    room.keep(talk, |store| store.set_lesson(&lesson.slug, now))
}

/// The parts of a text that begin with a heading of the second level; headings inside code stay.
fn sections(text: &str) -> Vec<&str> {
    let mut starts = vec![0];
    let (mut at, mut fenced) = (0, false);
    for line in text.split_inclusive('\n') {
        fenced ^= line.trim_start().starts_with("```");
        if !fenced && line.starts_with("## ") && at > 0 {
            starts.push(at);
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let parts = starts.iter().zip(ends).filter_map(|(start, end)| text.get(*start..end));
    parts.filter(|part| !part.trim().is_empty()).collect()
}

fn pause(talk: &mut Talk<'_>) -> io::Result<Then> {
    loop {
        let Some(said) = talk.ask("\nEnter goes on, back leaves the lesson")? else {
            return Ok(Then::Leave(Leave::Quit));
        };
        match split(&said) {
            ("", _) => return Ok(Then::GoOn),
            ("back" | "b", _) => return Ok(Then::Leave(Leave::Back)),
            ("quit" | "q", _) => return Ok(Then::Leave(Leave::Quit)),
            ("rule" | "explain", code) => explain(talk, code)?,
            _ => talk.say("Words: Enter, back, rule CODE, quit.")?,
        }
    }
}

/// Asks a question until it is answered right, or passed over.
fn question(room: &mut Room<'_>, talk: &mut Talk<'_>, quiz: &Quiz) -> io::Result<Then> {
    talk.say("\nQuestion:")?;
    talk.read_out(&quiz.question)?;
    let prompt = match &quiz.kind {
        QuizKind::Choice { options, multiple } => {
            for (at, option) in options.iter().enumerate() {
                talk.say(&format!("{}. {}", at + 1, line(&option.text)))?;
            }
            if *multiple {
                "Type the numbers of all that are right, with blanks between; Enter passes on"
            } else {
                "Type the number of the right one; Enter passes on"
            }
        }
        QuizKind::Text { .. } => "Type the answer; Enter passes on",
    };
    loop {
        let Some(said) = talk.ask(prompt)? else { return Ok(Then::Leave(Leave::Quit)) };
        match said.as_str() {
            "" => return Ok(Then::GoOn),
            "back" | "b" => return Ok(Then::Leave(Leave::Back)),
            "quit" | "q" => return Ok(Then::Leave(Leave::Quit)),
            _ => {}
        }
        let Some((answer, correct)) = judge(talk, quiz, &said)? else { continue };
        room.keep(talk, |store| store.answer_quiz(&quiz.id, &answer, correct))?;
        if correct {
            talk.say("Right.")?;
            talk.read_out(&quiz.explanation)?;
            return Ok(Then::GoOn);
        }
        talk.say("Wrong. Try again.")?;
    }
}

/// The answer as it is kept and whether it is right, with reasons said; `None` when it is no answer.
fn judge(talk: &mut Talk<'_>, quiz: &Quiz, said: &str) -> io::Result<Option<(String, bool)>> {
    let QuizKind::Choice { options, .. } = &quiz.kind else {
        return Ok(Some((said.to_owned(), quiz.is_right_text(said))));
    };
    let numbers: Option<BTreeSet<usize>> = said
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .map(|word| word.parse::<usize>().ok().filter(|n| (1..=options.len()).contains(n)).map(|n| n - 1))
        .collect();
    let Some(chosen) = numbers else {
        talk.say(&format!("Numbers from 1 to {} are answers.", options.len()))?;
        return Ok(None);
    };
    for index in &chosen {
        let Some(option) = options.get(*index).filter(|option| !option.why.is_empty()) else { continue };
        let verdict = if option.correct { "right" } else { "wrong" };
        talk.say(&format!("{} is {verdict}: {}", index + 1, line(&option.why)))?;
    }
    Ok(Some((Quiz::notation(&chosen), quiz.is_right_choice(&chosen))))
}

/// A line of markdown as text.
fn line(markdown: &str) -> String {
    crate::prose::Document::inline(markdown).iter().map(|run| run.text.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_begin_at_headings_outside_code() {
        let text = "a\n## b\n```sh\n## c\n```\n## d\n";
        assert_eq!(sections(text), ["a\n", "## b\n```sh\n## c\n```\n", "## d\n"]);
        assert_eq!(sections("## only\nx\n"), ["## only\nx\n"]);
    }
}
