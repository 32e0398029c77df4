//! The configuration that a server of ours reads: one account, whose pass lets learners do what the scope says.

use super::Settings;
use crate::workshop::host::folder::Keys;
use crate::workshop::seat::jwt;
use std::path::Path;

/// Passes that stand in the configuration.
#[derive(Debug, Clone)]
pub struct Passes {
    operator: String,
    account: String,
    system: String,
    system_key: String,
}

impl Passes {
    /// Those of a workshop with these keys.
    pub fn of(keys: &Keys) -> Self {
        let system_key = keys.system.public();
        Self {
            operator: jwt::operator(&keys.operator, &system_key),
            account: jwt::account(&keys.account.public(), &keys.token, &keys.operator),
            system: jwt::system(&system_key, &keys.operator),
            system_key,
        }
    }
}

/// The configuration, with `store` for its messages. JSON is what NATS reads too, so nothing has to be quoted
/// by hand.
pub fn write(settings: &Settings, listen: &str, store: &Path, tls: Option<(&Path, &Path)>) -> String {
    let passes = &settings.passes;
    let mut config = serde_json::json!({
        "server_name": settings.account,
        "host": listen,
        "port": settings.port,
        "jetstream": { "store_dir": store, "max_memory_store": 64 * 1024 * 1024, "max_file_store": 4_u64 << 30 },
        "operator": passes.operator,
        "system_account": passes.system_key,
        "resolver": "MEMORY",
        "resolver_preload": {
            settings.account.clone(): passes.account,
            passes.system_key.clone(): passes.system,
        },
        // A room that comes back at once is no reason to turn anybody away.
        "authorization": { "timeout": 30 },
        "max_pending": 64 * 1024 * 1024,
    });
    if let (Some((cert, key)), Some(object)) = (tls, config.as_object_mut()) {
        object.insert("tls".into(), serde_json::json!({ "cert_file": cert, "key_file": key, "timeout": 30 }));
    }
    config.to_string()
}
