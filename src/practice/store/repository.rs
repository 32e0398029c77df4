//! A repository as it is held in memory: its settings, its images, its tags, and who refers to whom.
//! Pure: what changes it is an [`Event`], and each event can be taken back.

use super::digest::Digest;
use super::names::matches_wildcard;
use crate::practice::Moment;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a tag, once pushed, can be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Mutability {
    /// All can.
    #[default]
    Mutable,
    /// None can.
    Immutable,
    /// None can but those that a filter names.
    ImmutableWithExclusion,
    /// All can but those that a filter names.
    MutableWithExclusion,
}

/// What the owner of a repository decides: `repository.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Its name, in which `/` is allowed.
    pub name: String,
    /// Seconds since 1970.
    pub created_at: u64,
    /// Whether tags can be moved.
    #[serde(default)]
    pub mutability: Mutability,
    /// The exclusions of the two mutabilities that have some: tags in which `*` stands for anything.
    #[serde(default)]
    pub exclusions: Vec<String>,
    /// Whether each push is scanned.
    #[serde(default)]
    pub scan_on_push: bool,
    /// Resource tags.
    #[serde(default)]
    pub resource_tags: BTreeMap<String, String>,
    /// What only the control API reads, in the words of ECR's API model (`encryptionConfiguration`, …).
    #[serde(default)]
    pub more: BTreeMap<String, serde_json::Value>,
}

impl Settings {
    /// Those of a repository made with nothing but a name.
    pub fn new(name: impl Into<String>, created_at: u64) -> Self {
        Self {
            name: name.into(),
            created_at,
            mutability: Mutability::default(),
            exclusions: Vec::new(),
            scan_on_push: false,
            resource_tags: BTreeMap::new(),
            more: BTreeMap::new(),
        }
    }

    /// Whether `tag`, once it is there, can be moved.
    pub fn may_move(&self, tag: &str) -> bool {
        let excluded = || self.exclusions.iter().any(|filter| matches_wildcard(filter, tag));
        match self.mutability {
            Mutability::Mutable => true,
            Mutability::Immutable => false,
            Mutability::ImmutableWithExclusion => excluded(),
            Mutability::MutableWithExclusion => !excluded(),
        }
    }
}

/// A pushed manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Media type of the manifest.
    pub media_type: String,
    /// Its `artifactType`, else the media type of its config: ECR's `artifactMediaType`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Digest of the config blob; an index has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Digest>,
    /// Digests of the layers, first to last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<Digest>,
    /// Digests of the manifests that an index names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Digest>,
    /// Digest of the manifest that this one is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Digest>,
    /// Its digest by the other algorithm, by which it is found as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub also: Option<Digest>,
    /// Bytes of the manifest itself.
    pub manifest_bytes: u64,
    /// Compressed bytes of config and layers, as ECR counts; of an index, those of its children.
    pub size_bytes: u64,
    /// When it was pushed.
    pub pushed_at: Moment,
    /// When it was last pulled, when it ever was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pulled_at: Option<Moment>,
    /// Since when it is in the archive storage class, while it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_at: Option<Moment>,
    /// When it was last brought back from the archive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activated_at: Option<Moment>,
    /// Its tags. Kept by [`Event::Tag`] and [`Event::Untag`] alone.
    #[serde(skip)]
    pub tags: BTreeSet<String>,
}

/// A repository with all that is known of it. Only [`Event`]s change its images and tags.
#[derive(Debug, Clone)]
pub struct Repository {
    /// What its owner decided.
    pub settings: Settings,
    /// Its images by digest.
    pub images: BTreeMap<Digest, Image>,
    /// Its tags and what they point at.
    pub tags: BTreeMap<String, Digest>,
    /// For each subject, there or not, the images that are about it.
    pub referrers: BTreeMap<Digest, BTreeSet<Digest>>,
    /// Digests by the other algorithm, and the ones that images are kept by.
    aliases: BTreeMap<Digest, Digest>,
}

/// One step of a repository's history, as it is kept in its journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// An image is there, as described; replaces what was known of it but its tags.
    Image(Digest, Box<Image>),
    /// A tag points at an image.
    Tag(String, Digest),
    /// A tag is gone.
    Untag(String),
    /// An image is gone, with its tags.
    Remove(Digest),
    /// An image was pulled at this moment.
    Pull(Digest, Moment),
}

impl Repository {
    /// An empty one.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            images: BTreeMap::new(),
            tags: BTreeMap::new(),
            referrers: BTreeMap::new(),
            aliases: BTreeMap::new(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// The digest that a tag or a digest names, when there is such an image.
    pub fn resolve(&self, reference: &str) -> Option<&Digest> {
        match self.tags.get(reference) {
            Some(digest) => Some(digest),
            None => self.find(&Digest::parse(reference)?).map(|(digest, _)| digest),
        }
    }

    /// The image with this content, and the digest that it is kept by: the algorithm it was first pushed
    /// with.
    pub fn find(&self, digest: &Digest) -> Option<(&Digest, &Image)> {
        self.images.get_key_value(self.aliases.get(digest).unwrap_or(digest))
    }

    /// The images that are about `subject`, by digest.
    pub fn referrers_of(&self, subject: &Digest) -> impl Iterator<Item = (&Digest, &Image)> {
        let digests = self.referrers.get(subject).into_iter().flatten();
        digests.filter_map(|digest| self.images.get_key_value(digest))
    }

    /// Indexes that name `digest` among their manifests.
    pub fn indexes_with<'a>(&'a self, digest: &'a Digest) -> impl Iterator<Item = &'a Digest> {
        // A child may be named by the other algorithm's digest.
        let names = move |child: &Digest| self.aliases.get(child).unwrap_or(child) == digest;
        let found = self.images.iter().filter(move |(_, image)| image.children.iter().any(names));
        found.map(|(index, _)| index)
    }

    /// Images that have the blob `digest`, as config or layer.
    pub fn images_with<'a>(&'a self, digest: &'a Digest) -> impl Iterator<Item = &'a Digest> {
        let has = move |image: &Image| image.config.iter().chain(&image.layers).any(|blob| blob == digest);
        self.images.iter().filter(move |(_, image)| has(image)).map(|(image, _)| image)
    }

    /// The history that makes this repository from an empty one, shortest first to replay.
    pub(super) fn history(&self) -> Vec<Event> {
        let images = self.images.iter().map(|(d, image)| Event::Image(d.clone(), Box::new(image.clone())));
        let tags = self.tags.iter().map(|(tag, digest)| Event::Tag(tag.clone(), digest.clone()));
        images.chain(tags).collect()
    }

    /// Does what `event` says. Answers with the events that take it back, in order.
    pub(super) fn apply(&mut self, event: Event) -> Vec<Event> {
        match event {
            Event::Image(digest, image) => {
                let mut image = *image;
                let before = self.forget(&digest);
                image.tags = before.as_ref().map(|before| before.tags.clone()).unwrap_or_default();
                if let Some(subject) = &image.subject {
                    self.referrers.entry(subject.clone()).or_default().insert(digest.clone());
                }
                if let Some(also) = &image.also {
                    self.aliases.insert(also.clone(), digest.clone());
                }
                self.images.insert(digest.clone(), image);
                vec![match before {
                    Some(before) => Event::Image(digest, Box::new(before)),
                    None => Event::Remove(digest),
                }]
            }
            Event::Tag(tag, digest) => {
                let Some(image) = self.images.get_mut(&digest) else { return Vec::new() };
                image.tags.insert(tag.clone());
                match self.tags.insert(tag.clone(), digest.clone()) {
                    Some(before) if before == digest => Vec::new(),
                    Some(before) => {
                        if let Some(image) = self.images.get_mut(&before) {
                            image.tags.remove(&tag);
                        }
                        vec![Event::Tag(tag, before)]
                    }
                    None => vec![Event::Untag(tag)],
                }
            }
            Event::Untag(tag) => {
                let Some(digest) = self.tags.remove(&tag) else { return Vec::new() };
                if let Some(image) = self.images.get_mut(&digest) {
                    image.tags.remove(&tag);
                }
                vec![Event::Tag(tag, digest)]
            }
            Event::Remove(digest) => {
                let Some(image) = self.forget(&digest) else { return Vec::new() };
                for tag in &image.tags {
                    self.tags.remove(tag);
                }
                let tags: Vec<Event> =
                    image.tags.iter().map(|tag| Event::Tag(tag.clone(), digest.clone())).collect();
                std::iter::once(Event::Image(digest, Box::new(image))).chain(tags).collect()
            }
            Event::Pull(digest, at) => {
                let Some(image) = self.images.get_mut(&digest) else { return Vec::new() };
                let before = image.clone();
                image.pulled_at = Some(at);
                vec![Event::Image(digest, Box::new(before))]
            }
        }
    }

    /// Takes an image out of the maps that are not about tags.
    fn forget(&mut self, digest: &Digest) -> Option<Image> {
        let image = self.images.remove(digest)?;
        if let Some(also) = &image.also {
            self.aliases.remove(also);
        }
        if let Some(subject) = &image.subject
            && let Some(referrers) = self.referrers.get_mut(subject)
        {
            referrers.remove(digest);
            if referrers.is_empty() {
                self.referrers.remove(subject);
            }
        }
        Some(image)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An image with nothing in it.
    pub fn image(subject: Option<Digest>) -> Image {
        Image {
            media_type: "m".into(),
            artifact_type: None,
            config: None,
            layers: Vec::new(),
            children: Vec::new(),
            subject,
            also: None,
            manifest_bytes: 2,
            size_bytes: 3,
            pushed_at: Moment::of_seconds(4),
            pulled_at: None,
            archived_at: None,
            activated_at: None,
            tags: BTreeSet::new(),
        }
    }

    /// What can be seen of a repository.
    fn seen(repository: &Repository) -> String {
        let Repository { images, tags, referrers, aliases, .. } = repository;
        format!("{images:?} {tags:?} {referrers:?} {aliases:?}")
    }

    #[test]
    fn every_event_can_be_taken_back() {
        let [a, b, c] = [b"a", b"b", b"c"].map(|bytes| Digest::of(bytes));
        let mut repository = Repository::new(Settings::new("ab", 1));
        let put = |digest: &Digest, subject| {
            let also = Some(Digest::with(super::super::digest::Algorithm::Sha512, digest.hex().as_bytes()));
            Event::Image(digest.clone(), Box::new(Image { also, ..image(subject) }))
        };
        let history = [
            put(&a, None),
            Event::Tag("v1".into(), a.clone()),
            put(&b, Some(a.clone())),
            Event::Tag("v1".into(), b.clone()),
            Event::Tag("v2".into(), b.clone()),
            Event::Tag("v2".into(), b.clone()),
            Event::Tag("none".into(), c.clone()),
            put(&b, Some(c.clone())),
            Event::Pull(b.clone(), Moment::of_seconds(9)),
            Event::Untag("v2".into()),
            Event::Untag("none".into()),
            Event::Tag("v3".into(), b.clone()),
            Event::Remove(b.clone()),
            Event::Remove(c),
        ];
        for event in history {
            let before = seen(&repository);
            let undo = repository.apply(event.clone());
            let after = seen(&repository);
            undo.into_iter().for_each(|event| drop(repository.apply(event)));
            assert_eq!(seen(&repository), before, "{event:?}");
            repository.apply(event);
            assert_eq!(seen(&repository), after);
            let mut again = Repository::new(Settings::new("ab", 1));
            repository.history().into_iter().for_each(|event| drop(again.apply(event)));
            assert_eq!(seen(&again), after);
        }
        assert!(repository.tags.is_empty() && repository.referrers.is_empty());
    }

    #[test]
    fn four_mutabilities() {
        let mut settings = Settings::new("ab", 1);
        settings.exclusions = vec!["dev-*".into(), "latest".into()];
        for (mutability, release, dev) in [
            (Mutability::Mutable, true, true),
            (Mutability::Immutable, false, false),
            (Mutability::ImmutableWithExclusion, false, true),
            (Mutability::MutableWithExclusion, true, false),
        ] {
            settings.mutability = mutability;
            assert_eq!(settings.may_move("v1"), release, "{mutability:?}");
            assert_eq!(settings.may_move("dev-1"), dev, "{mutability:?}");
            assert_eq!(settings.may_move("latest"), dev, "{mutability:?}");
        }
        assert_eq!(
            serde_json::to_string(&Mutability::ImmutableWithExclusion).unwrap(),
            "\"IMMUTABLE_WITH_EXCLUSION\""
        );
    }
}
