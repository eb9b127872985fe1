"""Header sections: octets to fields, fields to text and parameters (RFC 5322 §2.2, RFC 2047, RFC 2231, RFC 2045 §5.1).

Promises: linear in the octets, tolerant of everything real mailers write: raw 8-bit, encoded-words that are folded,
glued, split within a character or stuffed with spaces, fields without a colon, a missing blank line. Fails: never.
The standard library's policies are kept out: `policy.default` raises on mangled fields and the feed parser recurses.
Knows nothing of what a field means.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from parsers import charset
from parsers.limits import DEFAULT, Limits

FIELD_NAME = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
FOLD = re.compile(r"\r?\n[ \t\r\n]*")
BLANKS = re.compile(r"[\t\r\n]+")
NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))
LONGEST_CHARSET = 80
CONTINUATION = re.compile(r"([^*]+)(?:\*([0-9]{1,3}))?(\*)?")


@dataclass(frozen=True, slots=True)
class Headers:
    """The fields of one header section in order: name in lower case, value as octets with its folds still in it."""

    fields: tuple[tuple[str, bytes], ...] = ()
    cut: bool = False  # a limit was reached: fields are missing at the end

    def all(self, name: str) -> list[str]:
        """Every field of this name, 8-bit octets decoded and folds still in, encoded-words not yet decoded."""
        return [to_text(value) for one, value in self.fields if one == name]

    def first(self, name: str) -> str:
        """The first field of this name that is not blank, or the empty string."""
        return next((text for text in self.all(name) if text.strip()), "")

    def decoded(self, name: str) -> str:
        """The first field of this name as people read it."""
        return decode_words(self.first(name))


def read_section(
    octets: bytes, start: int = 0, end: int | None = None, limits: Limits = DEFAULT, *, inner: bool = False
) -> tuple[Headers, int]:
    """The header section that begins at `start`, and where the body begins.

    A line that is no field ends the section, as if the blank line were missing; in the outermost section it is skipped
    if a field follows it, because relays have been seen to break fields there. `inner` sections stop at a delimiter.
    """
    end = len(octets) if end is None else end
    fields: list[tuple[str, bytes]] = []
    cut, begun = False, start
    while start < end:
        stop = octets.find(b"\n", start, end) + 1 or end
        line = octets[start : min(stop, start + limits.field_octets)]
        if not line.strip(b"\r\n"):
            return Headers(tuple(fields), cut), stop
        if line[:1] in b" \t" and fields:
            name, value = fields[-1]
            if len(value) + len(line) <= limits.field_octets and not cut:
                fields[-1] = (name, value + line)
            else:
                cut = True
        elif match := FIELD_NAME.match(line):
            if len(fields) < limits.header_fields and start - begun < limits.header_octets:
                fields.append((match[1].decode("ascii").lower(), line[match.end() :]))
            else:
                cut = True
        elif inner or not (_is_postmark(line) or (fields and FIELD_NAME.match(octets[stop : stop + 210]))):
            return Headers(tuple(fields), cut), start
        start = stop
    return Headers(tuple(fields), cut), end


def _is_postmark(line: bytes) -> bool:
    """The `From ` line of an mbox, as found or quoted."""
    return line.startswith((b"From ", b">From "))


def to_text(value: bytes) -> str:
    """A raw field body as text; 8-bit octets are UTF-8 (RFC 6532) or whatever they look like."""
    text = value.decode("ascii") if value.isascii() else charset.decode(value).text
    return text.translate(CONTROLS).strip()


def unfold(text: str) -> str:
    """One line: folds and tabs are single spaces."""
    return BLANKS.sub(" ", FOLD.sub(" ", text)).strip()


def decode_words(text: str) -> str:
    """Decode encoded-words wherever they stand (RFC 2047 forbids some places, mailers do not care)."""
    if "=?" not in text:
        return unfold(text)
    out: list[str] = []
    waiting = b""  # octets of adjacent words in one charset: some mailers split a character between two
    label, blank, position = "", "", 0
    for start, stop, word_label, encoding, payload in _words(text):
        between = text[position:start]
        blank = between if not between.strip() else ""
        octets = _decode_payload(payload, encoding)
        if position and not between.strip() and waiting and word_label == label:
            waiting += octets
        else:
            out.append(_finish(waiting, label))
            out.append("" if position and blank == between else between)
            waiting, label = octets, word_label
        position = stop
    out.append(_finish(waiting, label))
    out.append(text[position:])
    return unfold("".join(out).translate(CONTROLS))


def _words(text: str) -> list[tuple[int, int, str, str, str]]:
    """Where encoded-words stand: start, stop, charset, encoding, payload. One pass: no search begins before another."""
    found: list[tuple[int, int, str, str, str]] = []
    at = text.find("=?")
    while at >= 0:
        first = text.find("?", at + 2, at + 2 + LONGEST_CHARSET)
        encoding = text[first + 1 : first + 2].upper()
        if first < 0 or encoding not in {"B", "Q"} or text[first + 2 : first + 3] != "?":
            at = text.find("=?", at + 2)
            continue
        stop = text.find("?=", first + 3)
        if stop < 0:
            # A word that was cut off: the payload is what is left of it, if it looks like one.
            rest = text[first + 3 :]
            if rest and not any(one in rest for one in " ?\t\n"):
                found.append((at, len(text), text[at + 2 : first].partition("*")[0], encoding, rest))
            break
        found.append((at, stop + 2, text[at + 2 : first].partition("*")[0].lower(), encoding, text[first + 3 : stop]))
        at = text.find("=?", stop + 2)
    return found


def _decode_payload(payload: str, encoding: str) -> bytes:
    raw = FOLD.sub("", payload).encode("utf-8", "replace")
    if encoding == "B":
        return decode_base64(raw)
    return binascii.a2b_qp(raw, header=True)


def _finish(octets: bytes, label: str) -> str:
    return charset.decode(octets, label).text if octets else ""


def decode_base64(raw: bytes) -> bytes:
    """Base64 with anything in between, padding missing or in the middle (two encodings glued together)."""
    out = []
    for piece in raw.rstrip(b"=\r\n\t ").split(b"="):
        clean = piece.translate(None, NOT_BASE64)
        if len(clean) % 4 == 1:
            clean = clean[:-1]
        out.append(binascii.a2b_base64(clean + b"=" * (-len(clean) % 4)))
    return b"".join(out)


def parse_parameters(text: str, limits: Limits = DEFAULT) -> tuple[str, dict[str, str]]:
    """The leading value in lower case and its parameters, RFC 2231 and RFC 2047 decoded, the first of a name counts."""
    pieces = _split(FOLD.sub(" ", text))
    value = pieces[0].strip().lower() if pieces else ""
    plain: dict[str, str] = {}
    extended: dict[str, list[tuple[int, bool, str]]] = {}
    for piece in pieces[1 : limits.parameters + 1]:
        name, equals, given = piece.partition("=")
        match = CONTINUATION.fullmatch(name.strip().lower())
        if not equals or match is None:
            continue
        given = _unquote(given)
        if match[2] is None and match[3] is None:
            plain.setdefault(match[1], given)
        else:
            extended.setdefault(match[1], []).append((int(match[2] or 0), match[3] is not None, given))
    for name, segments in extended.items():
        plain[name] = _join_segments(sorted(segments, key=lambda one: one[0]))
    return value, {name: decode_words(given) if "=?" in given else given for name, given in plain.items()}


def _split(text: str) -> list[str]:
    """Cut at semicolons outside quotes; a quote that is never closed holds nothing together."""
    pieces: list[str] = []
    begun = at = 0
    last_quote = text.rfind('"')
    while at < len(text):
        if text[at] == '"' and at < last_quote:
            at += 1
            while at < last_quote and text[at] != '"':
                at += 2 if text[at] == "\\" else 1
        elif text[at] == ";":
            pieces.append(text[begun:at])
            begun = at + 1
        at += 1
    pieces.append(text[begun:])
    return pieces


def _unquote(given: str) -> str:
    given = given.strip()
    if not given.startswith('"'):
        return given
    body = given[1:]
    out: list[str] = []
    at = 0
    while at < len(body) and body[at] != '"':
        # Windows paths are not escaped by the mailers that send them: only a quote and a backslash are.
        if body[at] == "\\" and body[at + 1 : at + 2] in {'"', "\\"}:
            at += 1
        out.append(body[at : at + 1])
        at += 1
    return "".join(out)


def _join_segments(segments: Sequence[tuple[int, bool, str]]) -> str:
    """RFC 2231 §3-4: `charset'language'` opens the first segment, marked segments are percent-encoded."""
    label: str | None = None
    octets = b""
    for index, (_, encoded, given) in enumerate(segments):
        segment = given
        if index == 0 and encoded and segment.count("'") >= 2:
            label, _, segment = segment.split("'", 2)
        octets += unquote_to_bytes(segment) if encoded else segment.encode("utf-8", "replace")
    return charset.decode(octets, label).text.translate(CONTROLS)
