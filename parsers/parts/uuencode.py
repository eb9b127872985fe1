"""Files that old mailers wrote into the text (POSIX uuencode, both its alphabets).

Promises: linear; the text without the files, and the files in order. A block is taken only if every line of it is what
it should be up to its end or the end of the text: who writes "begin 644" in a sentence keeps the line. Fails: never.
Knows nothing of MIME.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field

from parsers.limits import DEFAULT, Limits
from parsers.parts.transfer import decode_uu_line

BEGIN = re.compile(rb"^begin(-base64)?[ ]{1,4}[0-7]{3,4}[ ]{1,4}([^\r\n]{1,250})\r?$", re.MULTILINE)
BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]{2,200}={0,2}")
END, END_OF_BASE64 = b"end", b"===="
TRIES = 10  # lines that begin a file, for each file that may be found
SLACK = 2  # characters that padding or a check character may add to a line


@dataclass(frozen=True, slots=True)
class Block:
    """A file found in the text."""

    name: bytes
    octets: bytes = field(repr=False)


def split_blocks(octets: bytes, limits: Limits = DEFAULT) -> tuple[bytes, list[Block]]:
    """The text without its encoded files, and these; at most `limits.encoded_blocks`."""
    if b"begin" not in octets:
        return octets, []
    blocks: list[Block] = []
    kept: list[bytes] = []
    at = 0
    for tried, match in enumerate(BEGIN.finditer(octets)):
        if match.start() < at:
            continue
        if len(blocks) >= limits.encoded_blocks or tried >= TRIES * limits.encoded_blocks:
            break
        # No line of a block looks like the beginning of one, so no stretch is read twice.
        found = _read_block(octets, match.end() + 1, base64=match[1] is not None)
        if found is not None:
            kept.append(octets[at : match.start()])
            at = found[1]
            blocks.append(Block(match[2].strip(), found[0]))
    kept.append(octets[at:])
    return b"".join(kept), blocks


def _read_block(octets: bytes, at: int, *, base64: bool) -> tuple[bytes, int] | None:
    """The file whose first line is at `at` and where the text goes on, or None if it is no file."""
    out = bytearray()
    while at < len(octets):
        stop = octets.find(b"\n", at) + 1 or len(octets)
        line = octets[at:stop].rstrip(b"\r\n")
        at = stop
        if line.rstrip() == (END_OF_BASE64 if base64 else END):
            return bytes(out), at
        piece = _base64_line(line) if base64 else _line(line)
        if piece is None:
            return None
        out += piece
    return (bytes(out), at) if out else None


def _line(line: bytes) -> bytes | None:
    """One line; blanks at its end may be lost, for they are zeros."""
    if not line.strip(b" `"):
        return b""
    groups = (((line[0] - 32) & 63) + 2) // 3
    if not 32 <= line[0] <= 96 or len(line) > 1 + groups * 4 + SLACK:
        return None
    return decode_uu_line(line)


def _base64_line(line: bytes) -> bytes | None:
    if not BASE64_LINE.fullmatch(line) or len(line) % 4:
        return None
    return binascii.a2b_base64(line)
