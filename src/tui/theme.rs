//! Colours by role. Widgets name a [`Role`]; only this file knows what it looks like.
//!
//! A palette is a table of 24-bit colours; on terminals that know only 256, each becomes the nearest
//! one there. Under `NO_COLOR` no colour is ever set: weight, underline and reversal carry meaning.

mod palette;

pub use crate::text::Role;

use palette::Palette;
use ratatui::style::{Color, Modifier, Style};

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

impl ThemeName {
    /// Every theme, in the order in which the switch goes round.
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::HighContrast, Self::ColourBlind];

    /// Its name for people and for the settings file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::ColourBlind => "colour-blind",
        }
    }

    /// The theme of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }

    /// The next one, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Dark => Self::Light,
            Self::Light => Self::HighContrast,
            Self::HighContrast => Self::ColourBlind,
            Self::ColourBlind => Self::Dark,
        }
    }
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
    /// Whether the terminal shows 24-bit colours; otherwise the nearest of 256.
    pub true_colour: bool,
}

impl Default for Theme {
    fn default() -> Self {
        Self { name: ThemeName::Dark, colour: true, ascii: false, hyperlinks: false, true_colour: true }
    }
}

impl Theme {
    /// How an empty screen looks: ordinary text on the theme's background.
    pub fn base(&self) -> Style {
        if !self.colour {
            return Style::new();
        }
        let palette = self.palette();
        Style::new().fg(self.adapt(palette.text)).bg(self.adapt(palette.background))
    }

    /// How `role` looks. Only roles that are areas (selection, cursor line, bars) set a background,
    /// so that text keeps the ground it stands on.
    pub fn style(&self, role: Role) -> Style {
        let style = self.weight(role);
        if !self.colour {
            return style;
        }
        let (foreground, background) = self.palette().of(role);
        let style = foreground.map_or(style, |colour| style.fg(self.adapt(colour)));
        background.map_or(style, |colour| style.bg(self.adapt(colour)))
    }

    /// What of a role does not depend on colour.
    fn weight(&self, role: Role) -> Style {
        let plain = Style::new();
        match role {
            Role::Heading | Role::Strong | Role::Key => plain.add_modifier(Modifier::BOLD),
            Role::Link => plain.add_modifier(Modifier::UNDERLINED),
            Role::Comment => plain.add_modifier(Modifier::ITALIC),
            Role::BorderFocused if !self.colour => plain.add_modifier(Modifier::BOLD),
            Role::Selected if self.colour => plain.add_modifier(Modifier::BOLD),
            Role::Selected | Role::Selection | Role::Match | Role::KeyBar if !self.colour => {
                plain.add_modifier(Modifier::REVERSED)
            }
            Role::Muted | Role::LineNumber | Role::Border if !self.colour => {
                plain.add_modifier(Modifier::DIM)
            }
            Role::Keyword | Role::Error | Role::Warning | Role::Added if !self.colour => {
                plain.add_modifier(Modifier::BOLD)
            }
            Role::Removed if !self.colour => plain.add_modifier(Modifier::CROSSED_OUT),
            _ => plain,
        }
    }

    /// A sign for the theme's character set: `fancy`, or `plain` in ASCII mode.
    pub fn sign<'a>(&self, fancy: &'a str, plain: &'a str) -> &'a str {
        if self.ascii { plain } else { fancy }
    }

    fn palette(&self) -> &'static Palette {
        palette::of(self.name)
    }

    fn adapt(&self, rgb: u32) -> Color {
        let [_, r, g, b] = rgb.to_be_bytes();
        if self.true_colour { Color::Rgb(r, g, b) } else { Color::Indexed(nearest_256(r, g, b)) }
    }
}

/// The nearest colour of xterm's 256: the 6×6×6 cube or the ramp of greys.
pub fn nearest_256(r: u8, g: u8, b: u8) -> u8 {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let step = |v: u8| (0u8..6).min_by_key(|i| STEPS[usize::from(*i)].abs_diff(v)).unwrap_or(0);
    let distance = |x: [u8; 3]| -> u32 {
        [r, g, b].iter().zip(x).map(|(a, c)| u32::from(a.abs_diff(c)).pow(2)).sum::<u32>()
    };
    let cube = [step(r), step(g), step(b)];
    let cube_rgb = cube.map(|i| STEPS[usize::from(i)]);
    let mean = ((u16::from(r) + u16::from(g) + u16::from(b)) / 3) as u8;
    let ramp = (mean.saturating_sub(8).saturating_add(5) / 10).min(23);
    let grey = 8 + 10 * ramp;
    if distance([grey; 3]) < distance(cube_rgb) {
        232 + ramp
    } else {
        16 + 36 * cube[0] + 6 * cube[1] + cube[2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_nothing_is_coloured() {
        for name in ThemeName::ALL {
            let theme = Theme { name, colour: false, ..Theme::default() };
            for role in Role::ALL {
                let style = theme.style(role);
                assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
            }
        }
    }

    #[test]
    fn every_theme_keeps_text_readable() {
        for name in ThemeName::ALL {
            let palette = palette::of(name);
            for role in Role::ALL {
                let (foreground, background) = palette.of(role);
                let Some(foreground) = foreground else { continue };
                let contrast = contrast(foreground, background.unwrap_or(palette.background));
                // Borders are shapes, not text; WCAG asks 3:1 of large text and 4.5:1 of the rest.
                let floor = match role {
                    Role::Border => 1.4,
                    Role::LineNumber => 3.0,
                    _ => 4.5,
                };
                assert!(contrast >= floor, "{name:?} {role:?}: {contrast:.2}");
            }
        }
    }

    #[test]
    fn the_nearest_of_256_is_near() {
        assert_eq!(nearest_256(255, 0, 0), 196);
        assert_eq!(nearest_256(0, 0, 0), 16);
        assert_eq!(nearest_256(128, 128, 128), 244);
    }

    fn contrast(a: u32, b: u32) -> f64 {
        let luminance = |rgb: u32| {
            let [_, r, g, b] = rgb.to_be_bytes();
            let channel = |v: u8| {
                let v = f64::from(v) / 255.0;
                if v <= 0.03928 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b)
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}
