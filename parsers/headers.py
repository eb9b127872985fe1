"""Header sections: octets to fields, and fields to text (RFC 5322 §2.2, RFC 6532).

Promises: linear in the octets, tolerant of what mailers write: raw 8-bit octets, escapes of ISO-2022-JP, lines between
fields that are none, a missing empty line. Fails: never. The standard library's policies are kept
out: `policy.default` raises on mangled fields and the feed parser recurses. Knows nothing of what a field means, but
for the few that show that a header section is not over.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from parsers import charset
from parsers.encoded_words import decode_words
from parsers.limits import DEFAULT, Limits
from parsers.parameters import parse_parameters
from parsers.unfolding import CONTROLS, unfold

__all__ = ["Headers", "decode_words", "parse_parameters", "read_section", "to_text", "unfold"]

FIELD_NAME = re.compile(rb"([!-9;-~]{1,200}+)[ \t]{0,30}+(?:\r?\n[ \t]{1,9}+)?+:")  # the colon may be folded away
SURELY = re.compile(rb"[ \t]|[A-Za-z0-9-]{1,60}+:")  # how a line begins that is a field or goes on
STRETCH = 64 * 1024  # octets that are looked at together
LONGEST_START = 250  # octets of a field up to the colon
EMPTY_LINE = re.compile(rb"\n\r?\n")
# What a mail has once and bodies do not begin with: if one is still to come, the header section is not over.
TO_COME = re.compile(rb"\n(from|subject|message-id|mime-version|content-type)[ \t]{0,9}+:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of one header section in order: name in lower case, value as octets with its folds still in it."""

    fields: tuple[tuple[str, bytes], ...] = ()
    cut: bool = False  # a limit was reached: fields are missing at the end
    apart: frozenset[str] = frozenset()  # names of fields whose colon does not follow the name at once
    skipped_after: int | None = None  # fields before the first line among them that is none and was passed over
    charset: str | None = None  # of raw 8-bit octets that are not UTF-8, as far as the mail shows it elsewhere

    def all(self, name: str) -> list[str]:
        """Every field of this name, 8-bit octets decoded and folds still in, encoded-words not yet decoded."""
        return [to_text(value, self.charset) for one, value in self.fields if one == name]

    def first(self, name: str) -> str:
        """The first field of this name that is not blank, or the empty string."""
        return next((text for text in self.all(name) if text.strip()), "")

    def decoded(self, name: str) -> str:
        """The first field of this name as people read it."""
        return decode_words(self.first(name))

    def repeated(self) -> frozenset[str]:
        """The names of fields that stand there more than once."""
        names = Counter(name for name, _ in self.fields)
        return frozenset(name for name, count in names.items() if count > 1)

    def raw_octets(self) -> bytes:
        """The values that have octets beyond ASCII, for who wants to know their charset."""
        return b"\n".join(value for _, value in self.fields if not value.isascii())


def read_section(
    octets: bytes, start: int = 0, end: int | None = None, limits: Limits = DEFAULT, *, inner: bool = False
) -> tuple[Headers, int]:
    """The header section that begins at `start`, and where the body begins.

    A line that is no field ends the section, as if the empty line were missing. In the outermost section it is skipped
    if a field follows it, or if fields that every mail has once are still to come before the empty line, because
    relays and scripts have been seen to break fields there. `inner` sections stop at a delimiter.
    """
    end = len(octets) if end is None else end
    fields: list[tuple[str, list[bytes]]] = []
    size = 0  # of the last field
    apart: set[str] = set()
    skipped: int | None = None
    cut, begun, goes_on, looked_at = False, start, -1, 0
    while start < end:
        if cut and start - begun >= limits.header_octets and start >= looked_at:
            # Nothing of it is kept: whole stretches of fields are passed over, without a look at each line.
            looked_at = octets.rfind(b"\n", start, min(start + STRETCH, end)) + 1 or end
            if all(map(SURELY.match, octets[start : looked_at - 1].split(b"\n"))):
                start = looked_at
                continue
        stop = octets.find(b"\n", start, end) + 1 or end
        line = octets[start : min(stop, start + limits.field_octets)]
        if not line.strip(b"\r\n"):
            return _headers(fields, apart, skipped, cut=cut), stop
        if line[:1] in b" \t" and fields:
            size += len(line)
            if size <= limits.field_octets and not cut:
                fields[-1][1].append(line)
            else:
                cut = True
        elif match := FIELD_NAME.match(octets, start, min(start + LONGEST_START, end)):
            if match.end() > stop:
                stop = octets.find(b"\n", match.end(), end) + 1 or end
            if len(fields) < limits.header_fields and start - begun < limits.header_octets:
                value = octets[match.end() : min(stop, start + limits.field_octets)]
                name = match[1].decode("ascii").lower()
                fields.append((name, [value]))
                size = len(value)
                if match.end() - match.end(1) > 1:
                    apart.add(name)
            else:
                cut = True
        elif inner:
            return _headers(fields, apart, skipped, cut=cut), start
        elif not (_is_no_text(line) or (fields and FIELD_NAME.match(octets, stop, min(stop + LONGEST_START, end)))):
            if goes_on < 0 and fields:
                known = {name for name, _ in fields}
                goes_on = _last_to_come(octets[start - 1 : min(end, start + limits.header_octets)], known) + start
            if start >= goes_on:
                return _headers(fields, apart, skipped, cut=cut), start
            skipped = len(fields) if skipped is None else skipped
        elif fields:
            skipped = len(fields) if skipped is None else skipped
        start = stop
    return _headers(fields, apart, skipped, cut=cut), end


def _headers(fields: list[tuple[str, list[bytes]]], apart: set[str], skipped: int | None, *, cut: bool) -> Headers:
    return Headers(
        tuple((name, b"".join(lines)) for name, lines in fields), cut, frozenset(apart), skipped_after=skipped
    )


def _last_to_come(rest: bytes, known: set[str]) -> int:
    """Where the last field begins that is still missing before the first empty line of `rest`, or 0."""
    empty = EMPTY_LINE.search(rest)
    if empty is None:  # nothing tells the header section from the body
        return 0
    found = [match for match in TO_COME.finditer(rest, 0, empty.start()) if match[1].decode().lower() not in known]
    return found[-1].start() if found else 0


def _is_no_text(line: bytes) -> bool:
    """The `From ` line of an mbox, as found or quoted, or a field that lost its name."""
    return line.startswith((b"From ", b">From ", b": "))


def to_text(value: bytes, hint: str | None = None) -> str:
    """A raw field body as text: UTF-8 (RFC 6532), what its escapes say, `hint`, or whatever it looks like."""
    plain = value.isascii() and b"\x1b" not in value
    text = value.decode("ascii") if plain else charset.decode(value, hint=hint).text
    return text.translate(CONTROLS).strip()
