//! What a plan needs of the machine of each learner: base images, an engine, programs, ports, room on the disk.
//! Read from the course alone; whether it is there, others look.

use super::plan::Plan;
use crate::course::model::{Course, Example, Exercise, Lesson};
use crate::course::page::{self, Block, TryKind};
use crate::dockerfile::{self, reference::Reference};
use crate::image::plan::images;
use std::collections::{BTreeMap, BTreeSet};

/// Room that builds of a day take, beside base images, in bytes.
const BUILDS: u64 = 2_000_000_000;
/// What a base image that is not there is taken to need, in bytes: the largest of the course unpack to as much.
const AN_IMAGE: u64 = 1_000_000_000;
/// Programs that lessons call, beside those that every machine has.
const PROGRAMS: [&str; 6] = ["aws", "cosign", "curl", "docker", "jq", "trivy"];

/// What a plan needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// Base images by name, each with what it is for: `exercise-1`, `lesson image-size`.
    pub images: BTreeMap<String, BTreeSet<String>>,
    /// Whether something is built or run.
    pub engine: bool,
    /// Ports of this machine that commands publish, each with what for.
    pub ports: BTreeMap<u16, BTreeSet<String>>,
    /// Programs that the lessons' own commands call, each with what for.
    pub programs: BTreeMap<&'static str, BTreeSet<String>>,
    /// Exercises whose script is graded, which a sandbox does best.
    pub scripts: BTreeSet<String>,
}

impl Needs {
    /// What the lessons and exercises of `plan` need.
    pub fn of(plan: &Plan, course: &Course) -> Self {
        let mut needs = Self::default();
        let mut examples = BTreeSet::new();
        for lesson in plan.parts.iter().flat_map(|part| &part.lessons).filter_map(|slug| course.lesson(slug))
        {
            needs.lesson(lesson, &mut examples);
            let shown = course.examples.iter().filter(|example| lesson.body.contains(&example.name));
            examples.extend(shown.map(|example| example.name.clone()));
        }
        for name in &examples {
            if let Some(example) = course.example(name) {
                needs.example(example);
            }
        }
        for id in plan.parts.iter().flat_map(|part| &part.exercises) {
            if let Some(exercise) = course.exercise(id) {
                needs.exercise(exercise);
            }
        }
        needs.engine |= !needs.images.is_empty();
        needs
    }

    /// Room on the engine's disk, in bytes, when so many of the images are still to come.
    pub fn disk(&self, missing: usize) -> u64 {
        let builds = if self.engine { BUILDS } else { 0 };
        builds + AN_IMAGE.saturating_mul(missing as u64)
    }

    fn lesson(&mut self, lesson: &Lesson, examples: &mut BTreeSet<String>) {
        let what = format!("lesson {}", lesson.slug);
        for block in page::split(lesson).blocks {
            let Block::Try(block) = block else { continue };
            examples.extend(block.with);
            match block.kind {
                TryKind::Dockerfile => self.dockerfile(&block.text, &what),
                TryKind::Command => self.commands(&block.text, &what),
            }
        }
    }

    fn example(&mut self, example: &Example) {
        let what = format!("example {}", example.name);
        self.files(example.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())), &what);
        for line in example.readme.lines() {
            self.published(line, &what);
        }
    }

    fn exercise(&mut self, exercise: &Exercise) {
        self.engine |= exercise.checks.iter().any(|check| !check.kind.is_static());
        if exercise.script.is_some() {
            self.scripts.insert(exercise.id.clone());
        }
        let solution = exercise.solution.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()));
        self.files(exercise.start_files().chain(solution), &exercise.id);
    }

    fn files<'a>(&mut self, files: impl Iterator<Item = (&'a str, &'a [u8])>, what: &str) {
        for (path, bytes) in files {
            let name = path.rsplit('/').next().unwrap_or(path);
            if name == "Dockerfile" || name.starts_with("Dockerfile.") || name.ends_with(".Dockerfile") {
                self.dockerfile(&String::from_utf8_lossy(bytes), what);
            }
        }
    }

    fn dockerfile(&mut self, text: &str, what: &str) {
        self.engine = true;
        for name in images(&dockerfile::parse(text).0, &BTreeMap::new(), "") {
            self.image(&name, what);
        }
    }

    /// Notes an image. `scratch` is none, and what no registry could have is a mistake that a lesson shows.
    fn image(&mut self, name: &str, what: &str) {
        let reference = Reference::of(name);
        if name != "scratch" && reference.is_valid() {
            let tag = if reference.tag.is_none() && reference.digest.is_none() { ":latest" } else { "" };
            self.images.entry(format!("{name}{tag}")).or_default().insert(what.to_owned());
        }
    }

    /// What a shell script needs: images it starts from or names, ports it publishes, programs it calls.
    fn commands(&mut self, text: &str, what: &str) {
        let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || "'\"()`;|&".contains(c)).collect();
        let mut made = BTreeSet::new();
        for pair in words.windows(2) {
            if let [flag, name] = pair
                && matches!(*flag, "-t" | "--tag")
            {
                made.insert(*name);
            }
        }
        for line in text.lines() {
            let mut rest = line;
            while let Some((_, after)) = rest.split_once("FROM ") {
                let name = after.split(|c: char| c.is_whitespace() || "\\'\"".contains(c)).next();
                self.image_in_script(name.unwrap_or_default(), &made, what);
                rest = after;
            }
            self.published(line, what);
        }
        let mut called = None;
        for word in &words {
            match *word {
                "" => {}
                "docker" => called = Some(()),
                name if called.is_some() && name.contains(':') => self.image_in_script(name, &made, what),
                _ => {}
            }
            if let Some(program) = PROGRAMS.iter().find(|program| *program == word) {
                self.programs.entry(program).or_default().insert(what.to_owned());
                self.engine |= *program == "docker";
            }
        }
    }

    /// Notes what a script names, when it is a name with a tag that the script does not make itself.
    fn image_in_script(&mut self, name: &str, made: &BTreeSet<&str>, what: &str) {
        let reference = Reference::of(name);
        let plain =
            name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.contains(['$', '=', '{', '*']);
        let tagged = reference.tag.is_some_and(|tag| !tag.is_empty()) || reference.digest.is_some();
        if plain && tagged && !made.contains(name) {
            self.image(name, what);
        }
    }

    /// Notes the ports that a line publishes: `-p 8080:80`, `-p 127.0.0.1:8000:8000`.
    fn published(&mut self, line: &str, what: &str) {
        let mut words = line.split_whitespace();
        while let Some(word) = words.next() {
            let value = match word {
                "-p" | "--publish" => words.next(),
                _ => word.strip_prefix("--publish="),
            };
            let mut parts = value.unwrap_or_default().trim_matches(['`', '\'', '"', '.', ',']).rsplit(':');
            let (Some(_), Some(port)) = (parts.next(), parts.next()) else { continue };
            if let Some(port) = port.parse().ok().filter(|port| *port > 0) {
                self.ports.entry(port).or_default().insert(what.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::course::embedded;
    use crate::workshop::plan::Part;

    fn of(lessons: &[&str], exercises: &[&str]) -> Needs {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let part = Part { lessons: names(lessons), exercises: names(exercises), ..Part::default() };
        Needs::of(&Plan { format: 1, title: "T".into(), parts: vec![part] }, embedded())
    }

    fn images(needs: &Needs) -> Vec<&str> {
        needs.images.keys().map(String::as_str).collect()
    }

    #[test]
    fn an_exercise_needs_the_bases_of_its_start_and_of_its_solution() {
        let needs = of(&[], &["exercise-1"]);
        assert_eq!(images(&needs), ["python:3.12", "python:3.12-slim-bookworm"]);
        assert!(needs.engine && needs.images["python:3.12"].contains("exercise-1"));
        assert_eq!(needs.disk(2), 4_000_000_000);
    }

    #[test]
    fn a_lesson_needs_what_its_own_commands_name_and_nothing_they_make() {
        let needs = of(&["containers-and-images", "amazon-ecr"], &[]);
        assert_eq!(images(&needs), ["alpine:3.19"]);
        assert_eq!(needs.programs.keys().copied().collect::<Vec<_>>(), ["aws", "docker"]);
        let needs = of(&["image-size"], &[]);
        assert!(images(&needs).contains(&"python:3.12-slim-bookworm"), "{needs:?}");
    }

    #[test]
    fn the_whole_course_needs_the_images_that_the_tests_make_ready_and_no_others() {
        let needs = Needs::of(&Plan::of(embedded()), embedded());
        assert_eq!(
            images(&needs),
            [
                "alpine:3.19",
                "golang:1.22-alpine",
                "node:20-bookworm-slim",
                "python:3.12",
                "python:3.12-slim-bookworm"
            ]
        );
        assert!(needs.ports.contains_key(&8000), "{:?}", needs.ports);
        assert!(!needs.scripts.is_empty());
    }

    #[test]
    fn a_plan_of_words_alone_needs_nothing() {
        let needs = of(&[], &[]);
        assert_eq!((needs.engine, needs.disk(0), needs.images.len()), (false, 0, 0));
    }
}
