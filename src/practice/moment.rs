//! Moments of the registry's clock, to the millisecond: two pushes in one second have an order.
//!
//! On disk and in answers a moment is what ECR's API gives: seconds since 1970, with a fraction where there
//! is one. Whole seconds, as earlier versions wrote them, are read as they are.

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// A moment: milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Moment(u64);

/// What time it is. A function, so that an exercise or a test may move it.
pub type Clock = Arc<dyn Fn() -> Moment + Send + Sync>;

/// The machine's own clock.
pub fn system_clock() -> Clock {
    let since = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Arc::new(move || Moment(u64::try_from(since().as_millis()).unwrap_or(u64::MAX)))
}

impl Moment {
    /// So many seconds after 1970 began.
    pub const fn of_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// So many milliseconds after 1970 began.
    pub const fn of_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Whole seconds since 1970.
    pub const fn seconds(self) -> u64 {
        self.0 / 1000
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// So many seconds later.
    #[must_use]
    pub const fn later(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// So many seconds earlier.
    #[must_use]
    pub const fn earlier(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds.saturating_mul(1000)))
    }

    /// Whether more than `seconds` have passed since `then`.
    pub const fn is_past(self, then: Self, seconds: u64) -> bool {
        self.0 > then.later(seconds).0
    }

    /// As a file system writes it down.
    pub(super) fn of_system(time: std::time::SystemTime) -> Self {
        let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// As a file system writes it down.
    pub(super) fn system(self) -> Option<std::time::SystemTime> {
        std::time::UNIX_EPOCH.checked_add(std::time::Duration::from_millis(self.0))
    }
}

impl From<Moment> for serde_json::Value {
    fn from(moment: Moment) -> Self {
        serde_json::json!(moment)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(1000) {
            to.serialize_u64(self.seconds())
        } else {
            // Milliseconds of any year that a clock shows are exact in a double.
            to.serialize_f64(self.0 as f64 / 1000.0)
        }
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Seconds;
        impl Visitor<'_> for Seconds {
            type Value = Moment;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("seconds since 1970")
            }

            fn visit_u64<E: Error>(self, seconds: u64) -> Result<Moment, E> {
                Ok(Moment::of_seconds(seconds))
            }

            fn visit_f64<E: Error>(self, seconds: f64) -> Result<Moment, E> {
                if (0.0..1e12).contains(&seconds) {
                    Ok(Moment((seconds * 1000.0).round() as u64))
                } else {
                    Err(E::invalid_value(Unexpected::Float(seconds), &self))
                }
            }
        }
        from.deserialize_any(Seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_in_seconds_and_read_again_to_the_millisecond() {
        for (millis, text) in
            [(0, "0"), (1_800_000_000_000, "1800000000"), (1_800_000_000_001, "1800000000.001")]
        {
            assert_eq!(serde_json::to_string(&Moment(millis)).unwrap(), text);
            assert_eq!(serde_json::from_str::<Moment>(text).unwrap(), Moment(millis));
        }
        for millis in (1_795_000_000_000..1_795_000_002_000).chain(4_000_000_000_000..4_000_000_000_100) {
            let text = serde_json::to_string(&Moment(millis)).unwrap();
            assert_eq!(serde_json::from_str::<Moment>(&text).unwrap(), Moment(millis), "{text}");
        }
        for bad in ["-1", "-0.5", "1e300", "\"1\"", "null"] {
            assert!(serde_json::from_str::<Moment>(bad).is_err(), "{bad}");
        }
    }
}
