//! The address of a join line: `nats://HOST:PORT[?account=A…]#TOKEN`, or `tls://…` where the server has TLS.

use super::keys::{Kind, is_public};
use super::token::{Token, TokenError};
use std::fmt;

/// The port of a NATS server where none is said.
pub const PORT: u16 = 4222;
/// Longest address that is read, in bytes.
const MAX: usize = 1_000;

/// Where a workshop is, and what opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    /// Whether the connection must be TLS; a server that has TLS is spoken to in TLS either way.
    pub tls: bool,
    /// A name, or an address; one of IPv6 without its brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Public key of the account, on a server that is not ours; one of ours greets with it as its name.
    pub account: Option<String>,
    /// What opens it.
    pub token: Token,
}

/// An address that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not `nats://` or `tls://`.
    #[error("a workshop's address begins with nats:// or tls://")]
    Scheme,
    /// No token behind `#`.
    #[error("a workshop's address ends with # and a token; in a shell it stands in quotes")]
    NoToken,
    /// The token is none.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// No host, or one that is none.
    #[error("this names no host to go to")]
    Host,
    /// The port is none.
    #[error("this names no port that there is")]
    Port,
    /// The account is none, or something else stands there.
    #[error("behind ? stands account= and the public key of an account, and nothing else")]
    Account,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// One for each part of it.
    pub fn read(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.len() > MAX {
            return Err(AddressError::Host);
        }
        let (tls, rest) = match text.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("nats") => (false, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("tls") => (true, rest),
            _ => return Err(AddressError::Scheme),
        };
        let (rest, token) = rest.split_once('#').ok_or(AddressError::NoToken)?;
        let token = Token::read(token)?;
        let (place, query) = rest.split_once('?').map_or((rest, None), |(place, query)| (place, Some(query)));
        let account = match query {
            None => None,
            Some(query) => {
                let account = query.strip_prefix("account=").filter(|key| is_public(Kind::Account, key));
                Some(account.ok_or(AddressError::Account)?.to_owned())
            }
        };
        let (host, port) = place_of(place.trim_end_matches('/'))?;
        Ok(Self { tls, host, port, account, token })
    }

    /// The server alone, for a client: `nats://HOST:PORT`. It holds no secret.
    pub fn server(&self) -> String {
        let scheme = if self.tls { "tls" } else { "nats" };
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{scheme}://{host}:{}", self.port)
    }

    /// The address as it is shown and typed, its token included.
    pub fn reveal(&self) -> String {
        let account = self.account.as_ref().map(|key| format!("?account={key}")).unwrap_or_default();
        format!("{}{account}#{}", self.server(), self.token.reveal())
    }
}

/// Host and port of `HOST[:PORT]`, where the host may be `[IPv6]`.
///
/// # Errors
/// When one of them is none.
pub fn place_of(place: &str) -> Result<(String, u16), AddressError> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or(AddressError::Host)?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| AddressError::Host)?;
            (host, port.strip_prefix(':').or(port.is_empty().then_some("")).ok_or(AddressError::Host)?)
        }
        None => {
            let (host, port) = place.split_once(':').unwrap_or((place, ""));
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
            if host.is_empty() || host.starts_with('-') || !host.chars().all(fits) {
                return Err(AddressError::Host);
            }
            (host, port)
        }
    };
    let port = match port {
        "" => PORT,
        port => port.parse().ok().filter(|port| *port > 0).ok_or(AddressError::Port)?,
    };
    Ok((host.to_owned(), port))
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({} of {})", self.server(), self.token.workshop())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Key;
    use super::*;

    const TOKEN: &str = "0123-4567-89ab-cdef-ghjk-mnpq-rstv";

    #[test]
    fn an_address_reads_back() {
        let account = Key::from_secret(Kind::Account, [3; 32]).public();
        for text in [
            format!("nats://192.168.1.20:4222#{TOKEN}"),
            format!("tls://nats.example.org:7000?account={account}#{TOKEN}"),
            format!("nats://[::1]:4333#{TOKEN}"),
        ] {
            let address = Address::read(&text).unwrap();
            assert_eq!(address.reveal(), text);
            assert!(!format!("{address:?}").contains("0123"), "the token is no text for a log");
        }
        let short = Address::read(&format!("NATS://host#{}", TOKEN.replace('-', ""))).unwrap();
        assert_eq!((short.host.as_str(), short.port), ("host", PORT));
        assert_eq!(short.server(), "nats://host:4222");
    }

    #[test]
    fn what_is_wrong_with_one_is_said() {
        let read = |text: &str| Address::read(&text.replace("TOKEN", TOKEN)).unwrap_err();
        assert_eq!(read("http://host#TOKEN"), AddressError::Scheme);
        assert_eq!(read("host:4222#TOKEN"), AddressError::Scheme);
        assert_eq!(read("nats://host:4222"), AddressError::NoToken);
        assert_eq!(read("nats://host:4222#abc"), AddressError::Token(TokenError::Length(3)));
        for host in ["nats://#TOKEN", "nats://a b#TOKEN", "nats://u@h#TOKEN", "nats://[::g]#TOKEN"] {
            assert_eq!(read(host), AddressError::Host, "{host}");
        }
        for port in ["nats://h:0#TOKEN", "nats://h:70000#TOKEN", "nats://h:x#TOKEN"] {
            assert_eq!(read(port), AddressError::Port, "{port}");
        }
        for account in ["nats://h?account=AB#TOKEN", "nats://h?acc=1#TOKEN"] {
            assert_eq!(read(account), AddressError::Account, "{account}");
        }
    }
}
