//! What the learner types: bytes of the terminal, as events. Nobody reads them but whoever awaits
//! [`Keys::next`], so while the terminal is lent, and this is dropped, every key is the guest's.
//!
//! On Unix the bytes are read here and not by crossterm's `EventStream`. That one reads on a thread of
//! its own, which may still be in the middle of a read when the terminal is lent already, and it waits
//! for edges: woken for two reasons at once it looks at one of them, and what was typed in that moment
//! stays unread until the next key.

#[cfg(unix)]
mod decode;

#[cfg(unix)]
pub use here::{Bytes, Keys};

/// The terminal's bytes, by the runtime's own readiness.
#[cfg(unix)]
mod here {
    use super::decode::Decoder;
    use crossterm::event::Event;
    use std::fs::File;
    use std::io::{self, IsTerminal as _};
    use std::os::fd::{AsFd as _, OwnedFd};
    use tokio::io::Interest;
    use tokio::io::unix::AsyncFd;

    /// Read at once. A longer paste comes in pieces.
    const AT_ONCE: usize = 4096;

    /// The bytes of the terminal.
    pub struct Bytes(AsyncFd<OwnedFd>);

    impl Bytes {
        /// Listens to the terminal until dropped.
        pub fn new() -> io::Result<Self> {
            let input = io::stdin();
            Self::of(match input.is_terminal() {
                true => input.as_fd().try_clone_to_owned()?,
                false => File::open("/dev/tty")?.into(),
            })
        }

        pub(super) fn of(terminal: OwnedFd) -> io::Result<Self> {
            #[expect(deprecated, reason = "the others are unsafe to call; nobody else closes this one")]
            AsyncFd::with_interest(terminal, Interest::READABLE).map(Self)
        }

        /// The next bytes, at least one, and whether more are waiting; an error when the terminal is gone.
        /// Nothing is lost when this is dropped half-way.
        pub async fn read(&self) -> io::Result<(Vec<u8>, bool)> {
            loop {
                let mut ready = self.0.readable().await?;
                // The terminal blocks, and must: others use it as well. So it is asked before it is read.
                let waiting = rustix::io::ioctl_fionread(self.0.get_ref())?;
                if waiting == 0 && !ready.ready().is_read_closed() {
                    // What comes between the question and this is a newer readiness, and stays.
                    ready.clear_ready();
                    continue;
                }
                let mut bytes = vec![0; AT_ONCE];
                match rustix::io::read(self.0.get_ref(), &mut bytes) {
                    Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                    Ok(count) => {
                        bytes.truncate(count);
                        return Ok((bytes, waiting > count as u64));
                    }
                    Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }

    /// The events of the terminal.
    pub struct Keys {
        bytes: Bytes,
        decoder: Decoder,
    }

    impl Keys {
        /// Listens to the terminal until dropped.
        pub fn new() -> io::Result<Self> {
            Bytes::new().map(Self::of)
        }

        pub(super) fn of(bytes: Bytes) -> Self {
            Self { bytes, decoder: Decoder::default() }
        }

        /// The next event; an error when the terminal is gone. Nothing is lost when this is dropped half-way.
        pub async fn next(&mut self) -> io::Result<Event> {
            loop {
                if let Some(event) = self.decoder.next() {
                    return Ok(event);
                }
                let (bytes, more) = self.bytes.read().await?;
                self.decoder.feed(&bytes, more);
            }
        }
    }
}

/// Elsewhere crossterm reads.
#[cfg(not(unix))]
pub struct Keys(crossterm::event::EventStream);

#[cfg(not(unix))]
impl Keys {
    /// Listens to the terminal until dropped.
    pub fn new() -> std::io::Result<Self> {
        Ok(Self(crossterm::event::EventStream::new()))
    }

    /// The next event; an error when the terminal is gone.
    pub async fn next(&mut self) -> std::io::Result<crossterm::event::Event> {
        use futures_util::StreamExt as _;
        self.0.next().await.unwrap_or_else(|| Err(std::io::ErrorKind::UnexpectedEof.into()))
    }
}

#[cfg(test)]
mod tests;
