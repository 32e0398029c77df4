//! The files of a control group that limit what is in it, of versions 1 and 2: one table for the steps of builds
//! and for the sandbox of scripts.

/// Where control groups are.
pub(super) const ROOT: &str = "/sys/fs/cgroup";

/// Each file with what to write into it, in this order: `processes` at once, `memory` in bytes. Swap is memory too,
/// where it is counted, and its limit comes after memory's. A group has some of these files; [`is_optional`] says
/// which it may lack or refuse.
pub(super) fn limits(processes: u64, memory: u64) -> [(&'static str, u64); 5] {
    [
        ("pids.max", processes),
        ("memory.limit_in_bytes", memory),
        ("memory.max", memory),
        ("memory.memsw.limit_in_bytes", memory),
        ("memory.swap.max", 0),
    ]
}

/// Whether limits hold without this file: swap is not counted everywhere.
pub(super) fn is_optional(file: &str) -> bool {
    matches!(file, "memory.memsw.limit_in_bytes" | "memory.swap.max")
}
