//! What ARG and ENV set, and which of them an instruction sees.

use super::Context;
use crate::dockerfile::{Kind, Pair, expand};
use std::borrow::Cow;
use std::collections::HashMap;

/// A variable that an ARG or ENV sets.
pub(in super::super) struct Setting {
    /// The index of its instruction.
    pub(in super::super) index: usize,
    /// Whether an ENV sets it, so that it lasts into the image.
    pub(in super::super) env: bool,
    /// Its value with the variables in it replaced; `None` when it has none, or hangs on one that
    /// nobody gave.
    pub(in super::super) value: Option<String>,
}

/// Longer values are not known: values that name each other over and over would fill memory.
const LONGEST: usize = 4096;

/// The settings of one name: by stage and by whether an ENV sets them.
type Places = HashMap<(Option<usize>, bool), Vec<usize>>;

/// Every setting, in order of place, found by stage, kind and name.
pub(super) struct Settings<'a> {
    all: Vec<Setting>,
    by_name: HashMap<&'a str, Places>,
}

impl<'a> Settings<'a> {
    pub(super) fn new(context: &Context<'a>) -> Self {
        let mut settings = Self { all: Vec::new(), by_name: HashMap::new() };
        for (index, instruction) in context.file.instructions.iter().enumerate() {
            let (pairs, env) = match &instruction.kind {
                Kind::Arg(pairs) => (pairs, false),
                Kind::Env(pairs) => (pairs, true),
                _ => continue,
            };
            let stage = context.stage_of(index);
            for pair in pairs {
                let value = settings.value(context, pair, index, env);
                let key = pair.key.value();
                let places = settings.by_name.entry(key).or_default().entry((stage, env)).or_default();
                places.push(settings.all.len());
                settings.all.push(Setting { index, env, value });
            }
        }
        settings
    }

    fn value(&self, context: &Context<'a>, pair: &'a Pair, index: usize, env: bool) -> Option<String> {
        let known = |name: &str| {
            self.find(context, name, index).and_then(|found| found.value.as_deref().map(Cow::from))
        };
        match &pair.value {
            Some(word) if word.value().len() > LONGEST => None,
            Some(word) => expand(word.value(), context.file.escape, &known).filter(|v| v.len() <= LONGEST),
            // `ARG name` in a stage takes the global default.
            None if !env => self.last(pair.key.value(), (None, false), index)?.value.clone(),
            None => None,
        }
    }

    /// As [`Context::setting`].
    pub(super) fn find(&self, context: &Context<'a>, name: &str, index: usize) -> Option<&Setting> {
        let stage = context.stage_of(index);
        let own = stage.and_then(|stage| context.stages.get(stage));
        let Some(own) = own.filter(|own| own.range.start != index) else {
            return self.last(name, (None, false), index);
        };
        if !self.by_name.contains_key(name) {
            return None;
        }
        let env =
            context.chain(own.index).find_map(|stage| self.last(name, (Some(stage.index), true), index));
        env.or_else(|| self.last(name, (stage, false), index))
    }

    pub(super) fn declares(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The last setting of that kind above the instruction of this index.
    fn last(&self, name: &str, of: (Option<usize>, bool), index: usize) -> Option<&Setting> {
        let places = self.by_name.get(name)?.get(&of)?;
        let before = |at: &usize| self.all.get(*at).is_some_and(|setting| setting.index < index);
        let last = places.partition_point(before).checked_sub(1)?;
        self.all.get(*places.get(last)?)
    }
}
