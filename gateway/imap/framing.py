"""Octets from an IMAP server, cut into whole responses (RFC 9051 §2.2.2, §4.3).

Promises: each octet is looked at once, whatever the chunks; what a server may make us hold is bounded. Fails: `TooMuch`
when a bound is passed; the connection is then of no use. Knows nothing of sockets, commands or what a response means.
"""

from __future__ import annotations

from collections.abc import Iterator

Parts = list[bytes | bytearray]
"""One response: lines without their CRLF as bytes, and the literals between them as the only bytearrays."""

MAX_LINE = 8 << 20  # one SEARCH row with a million UIDs
MAX_LITERALS = 32 << 20  # of one response, together: mails come in pieces far smaller than this
MAX_PARTS = 1000  # of one response
MAX_DIGITS = 10  # of a literal's length: number64 of RFC 9051 would never be accepted anyway

_STATUS = (b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH")


class TooMuch(Exception):
    """A line or a literal longer than we are willing to hold. `literal` tells which."""

    def __init__(self, what: str, *, literal: bool) -> None:
        super().__init__(what)
        self.literal = literal


class Framer:
    """Give it chunks, take whole responses: one of these for each connection, thrown away with it."""

    def __init__(self, *, max_line: int = MAX_LINE, max_literals: int = MAX_LITERALS) -> None:
        self._max_line = max_line
        self._max_literals = max_literals
        self._line = bytearray()
        self._parts: Parts = []
        self._literal: bytearray | None = None
        self._wanted = 0
        self._room = max_literals

    @property
    def clean(self) -> bool:
        """Whether nothing of an unfinished response is held."""
        return not (self._line or self._parts)

    def feed(self, chunk: bytes) -> Iterator[Parts]:
        """Every response that `chunk` completes. Raises TooMuch; consume it to the end before the next chunk."""
        view = memoryview(chunk)
        at = 0
        while True:
            if self._literal is not None:
                taken = view[at : at + self._wanted]
                self._literal += taken
                at += len(taken)
                self._wanted -= len(taken)
                if self._wanted:
                    return
                self._literal = None
            if at == len(chunk):
                return
            end = chunk.find(b"\n", at) + 1
            self._line += view[at : end or len(chunk)]
            if len(self._line) > self._max_line:
                raise TooMuch(f"a line of more than {self._max_line} octets", literal=False)
            if not end:
                return
            at = end
            line = bytes(self._line).rstrip(b"\r\n")
            self._line.clear()
            self._parts.append(line)
            if (size := self._announced(line)) is not None:
                self._begin(size)
            else:
                parts, self._parts, self._room = self._parts, [], self._max_literals
                yield parts

    def _announced(self, line: bytes) -> int | None:
        """The length of the literal that follows this line. Only data may hold literals: a text may end in "{5}"."""
        first = self._parts[0]
        if not line.endswith(b"}") or not first.startswith(b"* ") or first[2:].split(b" ", 1)[0].upper() in _STATUS:
            return None
        digits = line[line.rfind(b"{") + 1 : -1]
        if not digits.isdigit() or b"{" not in line:
            return None
        return int(digits) if len(digits) <= MAX_DIGITS else self._max_literals + 1

    def _begin(self, size: int) -> None:
        self._room -= size
        if self._room < 0 or len(self._parts) > MAX_PARTS:
            raise TooMuch(f"literals of more than {self._max_literals} octets", literal=True)
        self._literal = bytearray()
        self._wanted = size
        self._parts.append(self._literal)
