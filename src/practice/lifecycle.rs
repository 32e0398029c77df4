//! Lifecycle policies, as ECR means them: which images a policy would expire or archive, by which rule,
//! and why every other image stays. Pure: images and the hour come in, verdicts go out.
//!
//! The rules, from the user guide ("How lifecycle policies work", "Lifecycle policy properties"):
//!
//! - All rules are evaluated together, then applied by priority; an image is acted on by at most one.
//! - What a rule selects by tag and storage class, a rule of lower priority cannot act on; but it still
//!   counts there as if nothing had been done to it.
//! - Older images go first, by the time of their push; an image that was brought back from the archive
//!   counts from then.
//! - An image that an index of the repository names is safe until that index is gone. Referrers
//!   (signatures, bills of materials) follow their subject and are not selected themselves.

mod evaluate;
mod policy;

pub use evaluate::{Candidate, Verdict, evaluate};
pub use policy::{Action, Count, Policy, PolicyError, Rule, StorageClass, Tags, parse};

/// Seconds of a day, the unit of every age in a policy.
pub const DAY: u64 = 24 * 60 * 60;

#[cfg(test)]
mod tests;
