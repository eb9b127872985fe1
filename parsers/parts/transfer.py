"""Content-Transfer-Encoding: encoded octets to octets (RFC 2045 §6).

Promises: linear in time; base64 takes no more memory than its result twice. What follows the end of base64 (a list's
footer, a scanner's words) is cut off unless it is base64 itself. Base64 under a label that says otherwise is decoded
only on certain evidence. Fails: never. Knows nothing of parts or charsets.
"""

from __future__ import annotations

import binascii
import re

from parsers.parts.magic import extension_of

CHUNK = 128 * 1024
BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
NOT_BASE64 = bytes(set(range(256)) - set(BASE64) - set(b"="))
PADDING_AND_BLANKS = re.compile(rb"[=\s]*+")
# A long line, or whole quanta: a word of a footer has as many letters by accident only.
MORE_BASE64 = re.compile(
    rb"[A-Za-z0-9+/=]{1000}|(?:[A-Za-z0-9+/=]{40,999}+|(?:[A-Za-z0-9+/=]{4}){1,9}+)[ \t]{0,9}(?:\r?\n|\Z)"
)
SOFT_BREAK = re.compile(rb"=[ \t]{1,80}+\r?\n")  # with blanks that a relay put behind it
EMPTY_LINE = re.compile(rb"\n(?:[ \t]*+\r?\n)++")
ENCODED_LINE = re.compile(rb"([A-Za-z0-9+/]{40,998}+)\r?\n")
LABELS = {
    "base-64": "base64",
    "base64encoded": "base64",
    "b64": "base64",
    "quoted_printable": "quoted-printable",
    "quotedprintable": "quoted-printable",
    "qp": "quoted-printable",
    "uuencode": "x-uuencode",
    "x-uue": "x-uuencode",
    "uue": "x-uuencode",
}
LABELS_OF_NOTHING = frozenset({"", "7bit", "8bit", "binary", "none", "7-bit", "8-bit"})
FEWEST_LINES = 3  # of base64 and nothing else, before it is taken for what it looks like
BEGINNING = 1_000  # octets that show whether something is encoded at all
UUENCODED_LINE = 61  # at most 45 octets a line


def transfer_label(encoding: str) -> str:
    """The name of an encoding, whatever comments, quotes, capitals and spellings it came in."""
    label = encoding.partition(";")[0].partition("(")[0].strip(" \t\r\n\"'.,").lower()
    return LABELS.get(label, label)


def decode_transfer(raw: bytes, encoding: str) -> bytes:
    """Undo a Content-Transfer-Encoding; what is unknown is passed as it is."""
    return decode_span(raw, 0, len(raw), encoding)


def decode_span(octets: bytes, start: int, end: int, encoding: str) -> bytes:
    """`decode_transfer` of a stretch of `octets`, which is not copied first: attachments can be most of a mail."""
    match transfer_label(encoding):
        case "base64":
            return _decode_base64(octets, start, _end_of_base64(octets, start, end))
        case "quoted-printable":
            return _decode_quoted(octets, start, end)
        case "x-uuencode":
            return decode_uu(octets[start:end])
        case _:
            return octets[start:end]


def is_no_base64(octets: bytes, start: int, end: int, encoding: str) -> bool:
    """Whether what says it is base64 is words: more than a tenth of its first line is blanks and foreign signs."""
    if transfer_label(encoding) != "base64":
        return False
    sample = octets[start : min(end, start + BEGINNING)].strip().partition(b"\n")[0].strip()
    return len(sample.translate(None, BASE64 + b"=")) * 10 > len(sample)


def decode_unlabelled(raw: bytes, encoding: str, *, text: bool) -> bytes:
    """Base64 that says it is nothing of the kind: decoded if it can be nothing else, else passed as it is.

    Certain is: each line is base64 and as long as the first, the last at most as long; text must be UTF-8 then, and
    anything else begin as files of a known kind do.
    """
    match = ENCODED_LINE.match(raw, next((at for at, one in enumerate(raw[:8]) if one not in b"\r\n"), 0))
    if match is None or len(match[1]) % 4 or transfer_label(encoding) not in LABELS_OF_NOTHING:
        return raw
    if not text and not extension_of(binascii.a2b_base64(match[1])):
        return raw
    lines = raw.split()
    width = len(match[1])
    if len(lines) < FEWEST_LINES or any(len(one) != width for one in lines[:-1]):
        return raw
    if len(lines[-1]) > width or len(lines[-1]) % 4 or b"".join(lines).rstrip(b"=").translate(None, BASE64):
        return raw
    octets = binascii.a2b_base64(raw)
    return octets if not text or _is_utf8(octets) else raw


def _is_utf8(octets: bytes) -> bool:
    try:
        return "\0" not in octets.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _end_of_base64(octets: bytes, start: int, end: int) -> int:
    """Where padding or an empty line is followed by what is no base64."""
    at = octets.find(b"=", start, end)
    while at >= 0:
        match = PADDING_AND_BLANKS.match(octets, at, end)
        rest = match.end() if match else at
        if rest < end and not MORE_BASE64.match(octets, rest, end):
            return at + 2 if octets[at + 1 : at + 2] == b"=" else at + 1
        at = octets.find(b"=", rest, end)
    for blank in EMPTY_LINE.finditer(octets, start, end):
        foreign = blank.end() < end and not MORE_BASE64.match(octets, blank.end(), end)
        if foreign and octets[start : blank.start()].strip():
            return blank.start()
    return end


def _decode_base64(octets: bytes, start: int, end: int) -> bytes:
    """Base64 with anything in between, padding missing or in the middle (two encodings glued together)."""
    out: list[bytes] = []
    waiting = b""
    for at in range(start, end, CHUNK):
        clean = waiting + octets[at : min(at + CHUNK, end)].translate(None, NOT_BASE64)
        *ended, clean = clean.split(b"=")
        out.extend(_decode_piece(piece) for piece in ended)
        whole = len(clean) - len(clean) % 4
        out.append(binascii.a2b_base64(clean[:whole]))
        waiting = clean[whole:]
    out.append(_decode_piece(waiting))
    return b"".join(out)


def _decode_quoted(octets: bytes, start: int, end: int) -> bytes:
    """Quoted-printable, some lines at a time: what decodes it takes as much as it is given."""
    out: list[bytes] = []
    at = start
    while at < end:
        stop = octets.rfind(b"\n", at, min(at + CHUNK, end)) + 1 or octets.find(b"\n", at, end) + 1 or end
        out.append(binascii.a2b_qp(SOFT_BREAK.sub(b"=\n", octets[at:stop])))
        at = stop
    return b"".join(out)


def _decode_piece(piece: bytes) -> bytes:
    if len(piece) % 4 == 1:
        piece = piece[:-1]
    return binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))


def decode_uu(raw: bytes) -> bytes:
    """Uuencoded lines (POSIX uuencode), with or without their `begin` and `end`."""
    out: list[bytes] = []
    for line in raw.splitlines():
        if line.startswith(b"begin ") or not line.strip():
            continue
        if line.rstrip() == b"end":
            break
        out.append(decode_uu_line(line) or b"")
    return b"".join(out)


def decode_uu_line(line: bytes) -> bytes | None:
    """One uuencoded line, or None if it is none."""
    try:
        return binascii.a2b_uu(line[: UUENCODED_LINE + 4])
    except binascii.Error:
        # Some encoders pad lines wrongly; the length in the first octet says what is meant.
        wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
        try:
            return binascii.a2b_uu(line[:wanted])
        except binascii.Error:
            return None
