"""MAPI properties as TNEF carries them (MS-OXTNEF §2.1.3.4, MS-OXCDATA §2.11.1).

Promises: one pass; what is cut off or of an unknown type ends the list, and `whole` says so. Fails: never.
Knows nothing of what a property means.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from parsers import charset

STRING_8, UNICODE, OBJECT, BINARY = 0x1E, 0x1F, 0x0D, 0x102
VARIABLE = frozenset({STRING_8, UNICODE, OBJECT, BINARY})
SIZES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
MULTIPLE = 0x1000
FIRST_NAMED = 0x8000
NAMED_BY_TEXT = 1


@dataclass(slots=True)
class Properties:
    """The first value of each property by its identifier, with its type; named properties are passed over."""

    values: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    whole: bool = True

    def octets(self, identifier: int) -> bytes:
        """The value as it stands, or nothing."""
        return self.values.get(identifier, (0, b""))[1]

    def number(self, identifier: int) -> int | None:
        """A whole number, without its sign."""
        kind, value = self.values.get(identifier, (0, b""))
        return int.from_bytes(value, "little") if value and kind not in VARIABLE else None

    def text(self, identifier: int, codec: str | None) -> str:
        """A string; 8-bit strings are in the code page of the message."""
        kind, value = self.values.get(identifier, (0, b""))
        if kind == UNICODE:
            return value.decode("utf-16-le", "replace").rstrip("\0")
        return charset.decode(value.rstrip(b"\0"), codec).text if kind in {STRING_8, BINARY} else ""


def read_properties(octets: bytes, most: int) -> Properties:
    """The properties of a message or an attachment; at most `most` of them."""
    found = Properties()
    count = int.from_bytes(octets[:4], "little")
    at = 4
    for _ in range(min(count, most)):
        if at + 4 > len(octets):
            break
        kind = int.from_bytes(octets[at : at + 2], "little")
        identifier = int.from_bytes(octets[at + 2 : at + 4], "little")
        at += 4
        if identifier >= FIRST_NAMED:
            at = _after_name(octets, at)
        values = 1
        base = kind & ~MULTIPLE
        if base in VARIABLE or kind & MULTIPLE:
            values = int.from_bytes(octets[at : at + 4], "little")
            at += 4
        if base in SIZES:
            begin, at = at, at + SIZES[base] * values
            size = SIZES[base]
        elif base in VARIABLE:
            begin, size, at = _variable(octets, at, values)
        else:
            break
        if at > len(octets):
            break
        if values and identifier < FIRST_NAMED:
            found.values.setdefault(identifier, (base, octets[begin : begin + size]))
    else:
        found.whole = count <= most
        return found
    found.whole = False
    return found


def _after_name(octets: bytes, at: int) -> int:
    """The GUID and the number or text that name a property of one's own."""
    by_text = int.from_bytes(octets[at + 16 : at + 20], "little") == NAMED_BY_TEXT
    if not by_text:
        return at + 24
    return at + 24 + _padded(int.from_bytes(octets[at + 20 : at + 24], "little"))


def _variable(octets: bytes, at: int, values: int) -> tuple[int, int, int]:
    """Where the first value begins, its size, and where the values end; each has its length before it."""
    first = at + 4
    size = int.from_bytes(octets[at : at + 4], "little")
    for _ in range(values):
        if at + 4 > len(octets):
            return first, size, len(octets) + 1
        at += 4 + _padded(int.from_bytes(octets[at : at + 4], "little"))
    return first, size, at


def _padded(size: int) -> int:
    return size + (-size % 4)
