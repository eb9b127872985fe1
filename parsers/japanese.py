"""ISO-2022-JP as it is written, not as it is defined (RFC 1468; Microsoft's code pages 50220 to 50222).

Promises: one pass; circled numbers and other NEC characters, half-width katakana behind an escape or with the eighth
bit set, and a shift that is still open at the end of a line are read. What no table knows is U+FFFD. Fails: never.
Knows nothing of labels.
"""

from __future__ import annotations

import re

# Escape sequences: the set they shift to, by what stands after ESC.
_ESCAPE = re.compile(rb"\x1b(\$\([@BDOPQ]|\$[@AB]|\([BHIJ]|&@)")
_TWO_OCTETS = frozenset({b"$@", b"$B", b"$(@", b"$(B", b"$(O", b"$(Q"})
_SUPPLEMENT = b"$(D"
_KATAKANA = b"(I"
_PAIRS = re.compile(rb"((?:[\x21-\x7e]{2})+)")
_FIRST, _LAST_LOW = 0x21, 0x5E  # rows of JIS X 0208; those from 0x5F on are in the upper block of Shift_JIS


def decode_jis(octets: bytes) -> str:
    """The text of ISO-2022-JP with any extension."""
    out: list[str] = []
    pieces = _ESCAPE.split(octets)
    shift = b"(B"
    for index, piece in enumerate(pieces):
        if index % 2:
            shift = piece
        elif piece:
            out.append(_piece(piece, shift))
    return "".join(out)


def _piece(piece: bytes, shift: bytes) -> str:
    if shift in _TWO_OCTETS or shift == _SUPPLEMENT:
        codec = "euc_jp" if shift == _SUPPLEMENT else "cp932"
        turn = _supplement if shift == _SUPPLEMENT else _shift_jis
        return "".join(
            turn(one).decode(codec, "replace") if index % 2 else one.decode("cp932", "replace")
            for index, one in enumerate(_PAIRS.split(piece))
        )
    if shift == _KATAKANA:
        piece = bytes(octet | 0x80 if 0x21 <= octet <= 0x5F else octet for octet in piece)
    return piece.decode("cp932", "replace")


def _shift_jis(pairs: bytes) -> bytes:
    """JIS rows and cells to Shift_JIS, which folds two rows into one."""
    out = bytearray()
    for row, cell in zip(pairs[::2], pairs[1::2], strict=True):
        out.append((row - _FIRST) // 2 + (0x81 if row <= _LAST_LOW else 0xC1))
        if row % 2:
            out.append(cell + (0x1F if cell < 0x60 else 0x20))
        else:
            out.append(cell + 0x7E)
    return bytes(out)


def _supplement(pairs: bytes) -> bytes:
    """JIS X 0212 in EUC-JP: a single shift before each."""
    out = bytearray()
    for row, cell in zip(pairs[::2], pairs[1::2], strict=True):
        out += bytes((0x8F, row | 0x80, cell | 0x80))
    return bytes(out)
