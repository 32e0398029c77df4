//! Standard output that does not mind when nobody listens any more.

use std::io::{self, Write};

/// Standard output; once the other end is gone (`… | head`), everything written is dropped quietly.
#[derive(Debug, Default)]
pub(super) struct Out {
    closed: bool,
}

impl Out {
    fn quiet<T>(&mut self, result: io::Result<T>, instead: T) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(instead)
            }
            other => other,
        }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let written = io::stdout().lock().write(bytes);
        self.quiet(written, bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = io::stdout().lock().flush();
        self.quiet(flushed, ())
    }
}
