"""The one way from a command to a terminal, a pipe or a file: everything that is printed goes through here.

Promises: whatever mail, servers and people wrote, no character reaches standard output or standard error that a
terminal would obey, hide or turn round; in JSON such characters are escaped, elsewhere they are replaced. Only our own
styles make control sequences, and only on a terminal. `guard` holds the two streams against whatever else writes to
them in this process (libraries, warnings, tracebacks). Octets that were asked for as they are go to a file or a pipe
unchanged, and to a terminal as text. Fails like writing does. Knows nothing of what is said.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, TextIO, cast

from gateway.secrecy import mask_known
from gateway.visible import escaped, printable

if TYPE_CHECKING:
    from gateway.cli.consoles import SafeConsole

_CLEAR_LINE = "\r\x1b[K"


class _Guarded:
    """A stream that replaces what a terminal must not get. `raw` is the stream itself."""

    def __init__(self, raw: TextIO) -> None:
        self.raw = raw

    def write(self, text: str) -> int:
        """As of any stream."""
        self.raw.write(printable(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """As of any stream."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.raw, name)


def guard() -> None:
    """Hold both streams of this process; what their encoding lacks is written as an escape."""
    for stream in (_raw(sys.stdout), _raw(sys.stderr)):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.stdout = cast("TextIO", _Guarded(_raw(sys.stdout)))
    sys.stderr = cast("TextIO", _Guarded(_raw(sys.stderr)))


def say(text: str = "", *, end: str = "\n") -> None:
    """Words for people on standard output."""
    sys.stdout.write(printable(text) + end)
    sys.stdout.flush()


def tell(text: str, *, end: str = "\n") -> None:
    """Words for people on standard error; they may be a server's, hence without secrets."""
    sys.stderr.write(printable(mask_known(text)) + end)
    sys.stderr.flush()


def tell_again(text: str, *, end: str = "") -> None:
    """The same in place of the line before, on a terminal."""
    raw = _raw(sys.stderr)
    raw.write(_CLEAR_LINE + printable(text) + end)
    raw.flush()


def on_terminal(*, err: bool = False) -> bool:
    """Whether a person sees standard output, or (`err`) standard error."""
    return (sys.stderr if err else sys.stdout).isatty()


def print_json(value: object, *, indent: int | None = 2) -> None:
    """One JSON document on standard output; times as ISO 8601. `indent` None: in one line."""
    sys.stdout.write(escaped(json.dumps(value, indent=indent, default=str, ensure_ascii=False)) + "\n")


def octets(data: bytes) -> None:
    """What was asked for as it is."""
    if on_terminal():
        say(data.decode("utf-8", "replace"), end="")
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(data)


def console(*, err: bool = False, **options: Any) -> SafeConsole:
    """For tables and styled lines."""
    from gateway.cli.consoles import SafeConsole  # Rich takes its time to import

    return SafeConsole(file=_raw(sys.stderr if err else sys.stdout), **options)


def _raw(stream: TextIO) -> TextIO:
    return stream.raw if isinstance(stream, _Guarded) else stream
