//! What a terminal sends for a key, as xterm does.

/// Bytes of the key called `name`: `Enter Esc Tab BackTab Space Backspace Delete Insert Up Down Left
/// Right Home End PageUp PageDown F1`…`F12`, one character, and any of them after `Ctrl-`, `Alt-`,
/// `Shift-` (`Ctrl-x`, `Alt-Enter`, `Shift-Right`, `Ctrl-Alt-Left`).
pub fn encode(name: &str) -> Vec<u8> {
    let (mut ctrl, mut alt, mut shift, mut key) = (false, false, false, name);
    loop {
        let rest = [("Ctrl-", &mut ctrl), ("Alt-", &mut alt), ("Shift-", &mut shift)]
            .into_iter()
            .find_map(|(prefix, flag)| key.strip_prefix(prefix).map(|rest| (rest, flag)));
        match rest {
            Some((rest, flag)) if !rest.is_empty() => {
                *flag = true;
                key = rest;
            }
            _ => break,
        }
    }
    let modifier = 1 + u8::from(shift) + 2 * u8::from(alt) + 4 * u8::from(ctrl);
    if let Some(sequence) = special(key, modifier) {
        return sequence.into_bytes();
    }
    let byte = match key {
        "Enter" => vec![b'\r'],
        "Esc" => vec![0x1b],
        "Tab" if shift => b"\x1b[Z".to_vec(),
        "BackTab" => b"\x1b[Z".to_vec(),
        "Tab" => vec![b'\t'],
        "Space" if ctrl => vec![0],
        "Space" => vec![b' '],
        "Backspace" if ctrl => vec![0x08],
        "Backspace" => vec![0x7f],
        one => {
            let mut characters = one.chars();
            let (Some(character), None) = (characters.next(), characters.next()) else {
                panic!("no such key: {name}");
            };
            match (ctrl, character) {
                (true, '@'..='_' | 'a'..='z') => vec![character.to_ascii_uppercase() as u8 & 0x1f],
                (true, '/') => vec![0x1f],
                (true, _) => panic!("a terminal has no byte for {name}"),
                (false, _) if shift => character.to_uppercase().to_string().into_bytes(),
                (false, _) => character.to_string().into_bytes(),
            }
        }
    };
    if alt { [vec![0x1b], byte].concat() } else { byte }
}

/// Keys that are an escape sequence with an optional modifier.
fn special(key: &str, modifier: u8) -> Option<String> {
    let letter = |end: char, plain: &str| {
        if modifier == 1 { format!("\x1b{plain}{end}") } else { format!("\x1b[1;{modifier}{end}") }
    };
    let number = |code: u8| {
        if modifier == 1 { format!("\x1b[{code}~") } else { format!("\x1b[{code};{modifier}~") }
    };
    Some(match key {
        "Up" => letter('A', "["),
        "Down" => letter('B', "["),
        "Right" => letter('C', "["),
        "Left" => letter('D', "["),
        "Home" => letter('H', "["),
        "End" => letter('F', "["),
        "F1" => letter('P', "O"),
        "F2" => letter('Q', "O"),
        "F3" => letter('R', "O"),
        "F4" => letter('S', "O"),
        "Insert" => number(2),
        "Delete" => number(3),
        "PageUp" => number(5),
        "PageDown" => number(6),
        "F5" => number(15),
        "F6" => number(17),
        "F7" => number(18),
        "F8" => number(19),
        "F9" => number(20),
        "F10" => number(21),
        "F11" => number(23),
        "F12" => number(24),
        _ => return None,
    })
}
