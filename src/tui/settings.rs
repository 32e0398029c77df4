//! What the learner may choose about the interface, kept between starts.

use super::theme::{Theme, ThemeName};

/// Choices that outlive the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settings {
    /// Which theme.
    pub theme: ThemeName,
    /// ASCII only.
    pub ascii: bool,
    /// Nothing spins.
    pub still: bool,
    /// Vim keys in the editor.
    pub vim: bool,
}

impl Settings {
    /// As it is kept: the theme's name and the switches that are on.
    pub fn to_text(self) -> String {
        let mut text = self.theme.name().to_owned();
        for (on, name) in [(self.ascii, "ascii"), (self.still, "still"), (self.vim, "vim")] {
            if on {
                text.push(' ');
                text.push_str(name);
            }
        }
        text
    }

    /// Reads what [`Settings::to_text`] wrote; words it does not know are passed over.
    pub fn from_text(text: &str) -> Self {
        let mut settings = Self::default();
        for word in text.split_whitespace() {
            match word {
                "ascii" => settings.ascii = true,
                "still" => settings.still = true,
                "vim" => settings.vim = true,
                name => settings.theme = ThemeName::named(name).unwrap_or(settings.theme),
            }
        }
        settings
    }

    /// Puts the choices into a theme; what the terminal can do stays.
    pub fn apply(self, theme: &mut Theme) {
        theme.name = self.theme;
        theme.ascii = self.ascii;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survive_being_written_down() {
        let settings = Settings { theme: ThemeName::HighContrast, ascii: true, still: false, vim: true };
        assert_eq!(Settings::from_text(&settings.to_text()), settings);
        assert_eq!(Settings::from_text("from the future"), Settings::default());
    }
}
