"""One mail read in a process of its own, because reading it may be what ends a process.

Promises: whatever the mail does to its reader, ours goes on; the reader has an end in time and in memory, no secrets
in its environment, and is the first that a kernel without memory ends. What comes back is made of the parsers' own
classes and nothing else. Fails with Unreadable: the mail's own doing; with Transient: no process could be started, or
somebody ended it. Knows nothing of the ledger.

`python -m gateway.alone MEMORY SECONDS WHOLE` is that process: octets on standard input, the pickled result on
standard output. Limits are set by prlimit(2), which the unit's filter of system calls lets pass; the alarm needs none.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import pickle
import resource
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import Transient
from parsers.model import ParsedEmail

MOST_RESULT = 256 << 20
"""Octets of a result: a mail and its attachments several times over."""

_OUT_OF_MEMORY, _BUG = 3, 4  # exit statuses
_HANDED_ON = ("PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LANG", "LC_ALL", "TZ")
_SLOW = frozenset({-signal.SIGALRM, -signal.SIGXCPU})
_ENDED_BY_OTHERS = frozenset({-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP})


class Unreadable(Exception):
    """This mail cannot be read. `cause` is a stable word, `words` is for people."""

    def __init__(self, cause: str, words: str) -> None:
        super().__init__(f"{cause}: {words}")
        self.cause = cause
        self.words = words


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one reading may take: octets of address space beside the mail's own, and seconds."""

    memory: int = 2 << 30
    seconds: int = 120


async def read_alone(octets: bytes, *, whole: bool, bounds: Bounds | None = None) -> ParsedEmail:
    """As `parse` in a process of its own."""
    bounds = bounds or Bounds()
    memory = bounds.memory + 8 * len(octets)
    command = (sys.executable, "-m", "gateway.alone", str(memory), str(bounds.seconds), str(int(whole)))
    environment = {name: os.environ[name] for name in _HANDED_ON if name in os.environ} | {"PYTHONSAFEPATH": "1"}
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment, start_new_session=True
        )
    except OSError as error:
        raise _later("no_process", f"no process could be started ({error.strerror}): see to the host") from None
    try:
        async with asyncio.timeout(bounds.seconds + 5):  # its own alarm comes first
            _, said = await asyncio.gather(_feed(process, octets), _hear(process))
            status = await process.wait()
    except TimeoutError:
        status, said = -signal.SIGALRM, b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if status:
        raise _unread(status, said, bounds)
    return await asyncio.to_thread(_result, said)


async def _feed(process: Process, octets: bytes) -> None:
    assert process.stdin is not None
    with contextlib.suppress(ConnectionError):  # it is gone: its status says more
        process.stdin.write(octets)
        await process.stdin.drain()
    process.stdin.close()


async def _hear(process: Process) -> bytes:
    assert process.stdout is not None
    said = bytearray()
    while some := await process.stdout.read(1 << 20):
        said += some
        if len(said) > MOST_RESULT:
            raise Unreadable("too_much_memory", f"what was read of this mail is more than {MOST_RESULT >> 20} MiB")
    return bytes(said)


def _unread(status: int, said: bytes, bounds: Bounds) -> Exception:
    if status in _ENDED_BY_OTHERS:
        return _later("stopping", "the process that was reading it was told to end")
    if status in _SLOW:
        return Unreadable("too_slow", f"reading it took longer than {bounds.seconds} s, in a process of its own")
    if status == _OUT_OF_MEMORY:
        limit = f"{bounds.memory >> 20} MiB"
        return Unreadable("too_much_memory", f"reading it took more memory than {limit}, in a process of its own")
    if status == _BUG:
        kind = said[:80].decode("ascii", "replace")
        return Unreadable(f"bug_{kind}", "please report it; the mail is kept whole")
    how = f"signal {-status}" if status < 0 else f"status {status}"
    return Unreadable("process_ended", f"a process of its own ended while reading it ({how}), as others did before")


def _later(cause: str, words: str) -> Transient:
    trouble = Transient(cause, words)
    trouble.where = "reading"
    return trouble


class _Known(pickle.Unpickler):
    """Makes values of the parsers' classes and of times; a reader that a mail has taken over gets nothing else made."""

    def find_class(self, module: str, name: str, /) -> type:
        found = super().find_class(module, name) if "." not in name else None
        ours = module == "parsers" or module.startswith("parsers.") or module == "datetime"
        if not ours or not isinstance(found, type) or found.__module__ != module:
            raise Unreadable("process_ended", "the process that read it did not answer as a reader does")
        return found


def _result(said: bytes) -> ParsedEmail:
    try:
        mail = _Known(io.BytesIO(said)).load()
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, ImportError, IndexError):
        mail = None
    if not isinstance(mail, ParsedEmail):
        raise Unreadable("process_ended", "the process that read it did not answer as a reader does")
    return mail


def _bind(memory: int, seconds: int) -> None:
    """Set the limits of this process; one that the system does not let us set is done without."""
    signal.alarm(seconds)  # ends the process whatever it is doing
    cpu = (seconds, seconds + 5)  # at the first the signal says why; at the second there is only SIGKILL
    limits = ((resource.RLIMIT_AS, (memory, memory)), (resource.RLIMIT_CPU, cpu), (resource.RLIMIT_CORE, (0, 0)))
    for limit, values in limits:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, values)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def main() -> int:
    """The process."""
    memory, seconds, whole = map(int, sys.argv[1:])
    _bind(memory, seconds)
    from parsers import parse

    try:
        result = pickle.dumps(parse(sys.stdin.buffer.read(), whole=bool(whole)))
    except MemoryError:
        return _OUT_OF_MEMORY
    except Exception as bug:  # noqa: BLE001 - told by its name alone: its words may hold mail
        sys.stdout.buffer.write(type(bug).__name__.encode())
        return _BUG
    sys.stdout.buffer.write(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
