//! What this process has taken of its machine, and what machine that is. It reads `/proc`, and knows nobody; where there is no
//! `/proc` it says that it does not know.

use std::{fs, num::NonZero, path::Path, thread::available_parallelism, time::Duration};

use crate::results::Machine;

/// Linux counts processor time for user space in hundredths of a second, whatever its own clock does.
const TICK: Duration = Duration::from_millis(10);

/// The machine.
pub fn machine() -> Machine {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let release = read("/proc/sys/kernel/osrelease");
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    Machine {
        system: format!("{} {}", std::env::consts::OS, release.trim())
            .trim()
            .to_owned(),
        processor: field(&read("/proc/cpuinfo"), "model name")
            .unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        cores: available_parallelism().map_or(0, NonZero::get) as u64,
        memory_bytes: field(&read("/proc/meminfo"), "MemTotal").and_then(|text| kibibytes(&text)),
    }
}

fn kibibytes(text: &str) -> Option<u64> {
    let number: u64 = text.split_whitespace().next()?.parse().ok()?;
    number.checked_mul(1024)
}

/// The most memory that this process held, in bytes.
pub fn most_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    kibibytes(line.split_once(':')?.1)
}

/// The processor time that a process has taken so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cpu {
    /// Of all its threads.
    pub all: Duration,
    /// Of those of an embedded cloud among them, whose names begin with its own.
    pub cloud: Duration,
}

impl Cpu {
    /// That of this process; nothing where the system does not tell.
    pub fn now() -> Option<Self> {
        let all = ticks(Path::new("/proc/self/stat"))?.1;
        let threads = fs::read_dir("/proc/self/task").ok()?;
        let of_cloud = |stat: &(String, u32)| stat.0.starts_with("mock-nova");
        let cloud = threads
            .filter_map(|thread| ticks(&thread.ok()?.path().join("stat")))
            .filter(of_cloud)
            .map(|(_, ticks)| ticks)
            .sum::<u32>();
        Some(Self {
            all: TICK * all,
            cloud: TICK * cloud,
        })
    }

    /// What was taken since.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            all: self.all.saturating_sub(before.all),
            cloud: self.cloud.saturating_sub(before.cloud),
        }
    }

    /// What the load took, without an embedded cloud's part.
    pub fn own(self) -> Duration {
        self.all.saturating_sub(self.cloud)
    }
}

/// The name and the processor time of a `stat` of `/proc`. The name is in brackets and may itself hold some.
fn ticks(stat: &Path) -> Option<(String, u32)> {
    let text = fs::read_to_string(stat).ok()?;
    let (before, after) = text.rsplit_once(')')?;
    let name = before.split_once('(')?.1.to_owned();
    let field = |at: usize| after.split_whitespace().nth(at)?.parse::<u32>().ok();
    Some((name, field(11)? + field(12)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_later_is_the_difference() {
        let at = |all, cloud| Cpu {
            all: Duration::from_secs(all),
            cloud: Duration::from_secs(cloud),
        };
        assert_eq!(at(9, 4).since(at(2, 1)).own(), Duration::from_secs(4));
    }
}
