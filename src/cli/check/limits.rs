//! What a build of a submission may take, as `--check` is told.

use crate::grade;

/// What the steps of a build may take.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Limits {
    /// MiB of memory that a step of a build may take (root beside the engine only)
    #[arg(long, value_name = "MIB", requires = "check", default_value_t = 4096, value_parser = clap::value_parser!(u64).range(16..=1_048_576))]
    build_memory: u64,
    /// MiB that a step of a build may write, and an archive unpack to
    #[arg(long, value_name = "MIB", requires = "check", default_value_t = 8192, value_parser = clap::value_parser!(u64).range(16..=1_048_576))]
    build_disk: u64,
    /// Processes that a step of a build may start (root beside the engine only)
    #[arg(long, value_name = "N", requires = "check", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(16..=1_000_000))]
    build_processes: u32,
    /// Give the steps of builds no network
    #[arg(long, requires = "check")]
    no_network: bool,
}

impl Limits {
    pub(super) fn of_builds(&self) -> grade::Limits {
        grade::Limits {
            memory: self.build_memory << 20,
            processes: self.build_processes,
            disk: self.build_disk << 20,
            no_network: self.no_network,
        }
    }
}
