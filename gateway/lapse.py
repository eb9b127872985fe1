"""How long something has lasted, by a measure that nobody sets: seconds since the machine was started.

Promises: time in which the process, or the machine, was asleep counts (CLOCK_BOOTTIME); setting the clock does not.
Seconds of two starts of a machine, or of two machines, are never compared: `boot` names the start. Where the system
does not tell which start this is, the process counts for itself alone. Fails never.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def seconds() -> float:
    """Since the machine was started, sleep included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot() -> str:
    """Which start of which machine this is; of this process alone if the system does not say."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return f"process {secrets.token_hex(8)}"


@dataclass(frozen=True, slots=True)
class Lapse:
    """The measure of one process."""

    boot: str
    seconds: Callable[[], float] = seconds

    def since(self, boot: str, at: float | None) -> float:
        """Seconds that have passed since `at`; none that we could vouch for if it was another start."""
        return max(0.0, self.seconds() - at) if at is not None and boot == self.boot else 0.0
