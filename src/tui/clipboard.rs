//! The clipboard by OSC 52: the terminal keeps it, so it works over SSH and needs no helper.

use base64::Engine as _;

/// More than this is not sent: terminals drop long sequences, some of them silently.
pub const LIMIT: usize = 74_000;

/// The sequence that puts `text` on the clipboard; `None` when it is too long for terminals.
pub fn copy_sequence(text: &str) -> Option<Vec<u8>> {
    if text.len() > LIMIT {
        return None;
    }
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    Some(format!("\x1b]52;c;{encoded}\x1b\\").into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_travels_encoded_and_bounded() {
        assert_eq!(copy_sequence("FROM x").unwrap(), b"\x1b]52;c;RlJPTSB4\x1b\\");
        assert_eq!(copy_sequence(&"x".repeat(LIMIT + 1)), None);
    }
}
