//! Servers: what one greets with, and the one that a workshop starts for itself.
//!
//! | file | owns |
//! | --- | --- |
//! | `greeting` | the first line that a server says, read once, bounded |

pub mod greeting;

pub use greeting::{Greeting, GreetingError};
