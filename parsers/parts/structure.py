"""Octets to a tree of parts (RFC 2046 §5.1), in one pass.

Promises: time grows with the octets whatever the nesting, because delimiter lines are looked up in a table instead of
being compared with each open multipart, and nothing recurses. Wrong, missing or repeated boundaries give a tree all the
same. What lies beyond the limits of depth or number stays whole in one raw part. Fails: never.
The standard library's feed parser is not used: it takes depth times lines, and 2,000 nested multiparts end it.
Knows nothing of what parts are for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from parsers import charset
from parsers.charset_labels import ASCII
from parsers.headers import Headers, decode_words, parse_parameters, read_section
from parsers.limits import DEFAULT, Limits
from parsers.parts.transfer import decode_span, decode_unlabelled, is_no_base64

LONGEST_BOUNDARY = 1_000  # 70 by the standard; longer ones have been seen
SEARCHED_FOR_BOUNDARY = 64 * 1024
# A delimiter line: a header of a part or an empty line follows it. "-----Original Message-----" is none.
GUESSED_BOUNDARY = re.compile(
    rb"(?:\A|\n)--(-{0,60}+[^\s-][^\r\n]{3,200}+)\r?\n(?=(?:Content|MIME|X)-[A-Za-z-]{2,40}:|(?<!--\n)(?<!--\r\n)\r?\n)",
    re.IGNORECASE,
)
FIELDS_SAMPLE = 4 * 1024  # octets of fields without a label that their charset is read from
MOST_GUESSES = 10  # multiparts of one mail whose boundary is looked for
MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,120}")


@dataclass(slots=True)
class Part:
    """One part: a multipart with `children`, or a leaf. `raw` is its encoded content, without its header section."""

    headers: Headers
    media_type: str
    parameters: dict[str, str]
    octets: bytes = field(repr=False)  # the whole mail: parts are views of it until they are asked for
    section: int  # where its header section begins
    start: int
    end: int
    depth: int
    children: list[Part] = field(default_factory=list)
    boundary: bytes | None = None
    whole: bool = False  # kept as it came, headers included: too deep, or beyond the number of parts
    unwrapped: bool = False  # `children` came out of its content, and it is a file all the same
    hidden: bool = False  # nothing in it is for people, or all of it stands elsewhere
    read_disposition: tuple[str, dict[str, str]] | None = None  # many ask

    @property
    def raw(self) -> bytes:
        """The content as it was sent."""
        return self.octets[self.section if self.whole else self.start : self.end]

    @property
    def disposition(self) -> tuple[str, dict[str, str]]:
        """Content-Disposition (RFC 2183) and its parameters."""
        if self.read_disposition is None:
            self.read_disposition = parse_parameters(self.headers.first("content-disposition"))
        return self.read_disposition

    def decoded(self) -> bytes:
        """The content with its transfer encoding off (RFC 2045 §6)."""
        if self.whole:
            return self.raw
        encoding = self.headers.first("content-transfer-encoding")
        text = self.media_type.startswith("text/")
        if text and is_no_base64(self.octets, self.start, self.end, encoding):
            return self.raw
        octets = decode_span(self.octets, self.start, self.end, encoding)
        if self.media_type.startswith(("multipart/", "message/")):
            return octets
        return decode_unlabelled(octets, encoding, text=text)

    @property
    def is_blank(self) -> bool:
        """Whether nothing is in it, as far as the first octets show."""
        return not self.octets[self.start : min(self.end, self.start + SEARCHED_FOR_BOUNDARY)].strip()


@dataclass(frozen=True, slots=True)
class Structure:
    """The outermost part and every part in document order, with the limits that were reached.

    `last`: the leaf that no delimiter ends; of a mail that was cut, the one that goes on elsewhere.
    """

    root: Part
    parts: tuple[Part, ...]
    defects: tuple[str, ...] = ()
    last: Part | None = None


def read_structure(octets: bytes, limits: Limits = DEFAULT) -> Structure:
    """The tree of a mail."""
    start = 3 if octets.startswith(b"\xef\xbb\xbf") else 0
    while octets[start : start + 1] in {b"\r", b"\n"}:
        start += 1
    return _Scanner(octets, limits).scan(start)


def text_charset(part: Part) -> str | None:
    """The charset that a text part names, if it tells anything about octets beyond ASCII in another place."""
    label = part.parameters.get("charset") if part.media_type.startswith("text/") else None
    return None if charset.codec_for(label) in {None, ASCII, charset.UTF_8} else label


class _Scanner:
    """The pass: `stack` holds the open multiparts, `active` the stack positions of each boundary."""

    def __init__(self, octets: bytes, limits: Limits) -> None:
        self.octets = octets
        self.limits = limits
        self.parts: list[Part] = []
        self.stack: list[Part] = []
        self.active: dict[bytes, list[int]] = {}
        self.leaf: Part | None = None
        self.guesses = 0
        self.defects: list[str] = []

    def scan(self, start: int) -> Structure:
        root = self._begin(start, "text/plain", inner=False)
        at = self._next_delimiter(max(root.start - 1, 0)) if self.stack else None
        while at is not None:
            at = self._delimiter(at)
        last = self.leaf
        self._close(0, len(self.octets))
        root.end = len(self.octets)
        self._name_charset(root)
        self._report_guesses(root.headers)
        return Structure(root, tuple(self.parts), tuple(dict.fromkeys(self.defects)), last)

    def _name_charset(self, root: Part) -> None:
        """Raw octets in fields have no label of their own: that of the text counts if it fits, or what they show."""
        found = [(part, raw) for part in self.parts if (raw := part.headers.raw_octets())]
        if not found:
            return
        text = next((part for part in self.parts if part.media_type.startswith("text/")), root)
        label = next((one for part in self.parts if (one := text_charset(part))), None)
        sample = b"\n".join(raw for _, raw in found)[:FIELDS_SAMPLE]
        if label is None and charset.decode(sample).guessed:  # few words: those of an unlabelled text say more
            sample += b"\n" + text.decoded()[:FIELDS_SAMPLE]
        decoded = charset.decode(sample, label)
        if decoded.guessed:
            self.defects.append(f"charset guessed: {decoded.charset}")
        for part, _ in found:
            part.headers = replace(part.headers, charset=decoded.charset)
            part.parameters = parse_parameters(part.headers.first("content-type"), self.limits)[1]
            part.read_disposition = None

    def _report_guesses(self, headers: Headers) -> None:
        """What people read first may be in encoded-words whose charset nobody knows."""
        for name in ("subject", "from"):
            if "=?" in (text := headers.first(name)):
                decode_words(text, self.defects)

    def _next_delimiter(self, position: int) -> int | None:
        """Where the next line that begins with `--` starts."""
        if position == 0 and self.octets.startswith(b"--"):
            return 0
        found = self.octets.find(b"\n--", position)
        return found + 1 if found >= 0 else None

    def _delimiter(self, at: int) -> int | None:
        """Read the line at `at`; where the next candidate is, or None at the end."""
        line_end = self.octets.find(b"\n", at) + 1 or len(self.octets)
        token = self.octets[at + 2 : min(line_end, at + 2 + LONGEST_BOUNDARY)].rstrip()
        closing = token not in self.active and token.endswith(b"--")
        if closing:
            token = token[:-2].rstrip()
        levels = self.active.get(token)
        if not levels:
            return self._next_delimiter(line_end - 1)
        level = levels[-1]
        self._close(level + 1, self._content_end(at))
        if closing:
            if len(levels) > 1:  # the same boundary outside: what follows belongs there
                self._close(level, self._content_end(at))
            return self._next_delimiter(line_end - 1)
        container = self.stack[level]
        if len(self.parts) >= self.limits.parts:
            self._keep_rest(line_end, container)
            return None
        default = "message/rfc822" if container.media_type == "multipart/digest" else "text/plain"
        part = self._begin(line_end, default, inner=True)
        container.children.append(part)
        return self._next_delimiter(max(part.start - 1, line_end - 1))

    def _begin(self, section: int, default: str, *, inner: bool) -> Part:
        headers, start = read_section(self.octets, section, None, self.limits, inner=inner)
        if headers.cut:
            self.defects.append("limit: header section")
        declared = headers.first("content-type")
        if declared.count(";") > self.limits.parameters:
            self.defects.append("limit: number of parameters")
        media_type, parameters = parse_parameters(declared, self.limits)
        if not MEDIA_TYPE.fullmatch(media_type):
            media_type = default
        part = Part(headers, media_type, parameters, self.octets, section, start, len(self.octets), len(self.stack))
        self.parts.append(part)
        self.leaf = part
        if media_type.startswith("multipart/"):
            if len(self.stack) >= self.limits.depth:
                part.whole = True
                self.defects.append("limit: nesting, the rest is kept raw")
            else:
                self._open(part)
        return part

    def _open(self, part: Part) -> None:
        boundary = part.parameters.get("boundary", "").encode("utf-8", "surrogateescape").rstrip()
        near = min(part.start + SEARCHED_FOR_BOUNDARY, len(self.octets))
        missing = self.octets.find(b"--" + boundary, part.start, near) < 0 and near == len(self.octets)
        if not boundary or missing:
            boundary = self._guess(part.start, near)
            if not boundary:
                self.defects.append("multipart without its boundary")
                return
            self.defects.append("multipart with another boundary than it says")
        part.boundary = boundary
        self.active.setdefault(boundary, []).append(len(self.stack))
        self.stack.append(part)
        self.leaf = None

    def _guess(self, start: int, end: int) -> bytes:
        """The boundary that the first delimiter line shows, or nothing."""
        self.guesses += 1
        if self.guesses > MOST_GUESSES:
            return b""
        match = GUESSED_BOUNDARY.search(self.octets[start:end])
        boundary = match[1].rstrip() if match else b""
        return b"" if boundary in self.active else boundary

    def _close(self, level: int, end: int) -> None:
        """End the open leaf and every multipart from `level` on."""
        if self.leaf is not None:
            self.leaf.end = max(end, self.leaf.start)
            self.leaf = None
        while len(self.stack) > level:
            part = self.stack.pop()
            part.end = max(end, part.start)
            assert part.boundary is not None
            levels = self.active[part.boundary]
            levels.pop()
            if not levels:
                del self.active[part.boundary]

    def _content_end(self, delimiter: int) -> int:
        """The line break before a delimiter belongs to the delimiter (RFC 2046 §5.1.1)."""
        end = max(delimiter - 1, 0)
        return end - 1 if self.octets[max(end - 1, 0) : end] == b"\r" else end

    def _keep_rest(self, start: int, container: Part) -> None:
        self.defects.append("limit: number of parts, the rest is kept raw")
        size = len(self.octets)
        rest = Part(Headers(), "application/octet-stream", {}, self.octets, start, start, size, len(self.stack))
        rest.whole = True
        self.parts.append(rest)
        container.children.append(rest)
