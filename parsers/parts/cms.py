"""Cryptographic Message Syntax: what S/MIME wraps (RFC 5652, RFC 8551 §3).

Promises: the signed or packed content without any check of a signature, and what kind of wrapping it is; one pass over
BER with definite and indefinite lengths, bounded in depth and size. Fails: never; what is no CMS has no kind.
Knows nothing of keys, certificates or mail.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from parsers.limits import DEFAULT, Limits

# Object identifiers in their encoding, without tag and length.
SIGNED = bytes.fromhex("2a864886f70d010702")
ENVELOPED = bytes.fromhex("2a864886f70d010703")
ENCRYPTED = bytes.fromhex("2a864886f70d010706")
PACKED = bytes.fromhex("2a864886f70d0109100109")
AUTHENTICATED = bytes.fromhex("2a864886f70d0109100117")
KINDS = {SIGNED: "signed", ENVELOPED: "encrypted", ENCRYPTED: "encrypted", AUTHENTICATED: "encrypted", PACKED: "packed"}
INTEGER, OCTET_STRING, OBJECT_IDENTIFIER, SEQUENCE, SET = 0x02, 0x04, 0x06, 0x30, 0x31
CONTENT = 0xA0  # [0] EXPLICIT
CONSTRUCTED_STRING = 0x24
CONSTRUCTED = 0x20
LONGEST_LENGTH = 5  # octets of a length: nothing is longer than a terabyte
DEEPEST = 8  # strings within strings


@dataclass(frozen=True, slots=True)
class Wrapped:
    """`kind` is signed, encrypted, packed or empty; `content` what is in it, if that can be read."""

    kind: str = ""
    content: bytes | None = None


def read_cms(octets: bytes, limits: Limits = DEFAULT) -> Wrapped:
    """What a `smime.p7m` holds (its octets decoded)."""
    kind = ""
    try:
        reader = _Reader(octets)
        reader.enter(SEQUENCE)
        kind = KINDS.get(reader.value(OBJECT_IDENTIFIER), "")
        if kind not in {"signed", "packed"}:
            return Wrapped(kind)
        reader.enter(CONTENT)
        reader.enter(SEQUENCE)
        reader.value(INTEGER)
        reader.skip()  # the digest algorithms, or how it is packed
        reader.enter(SEQUENCE)
        reader.value(OBJECT_IDENTIFIER)
        reader.enter(CONTENT)
        content = reader.string()
        return Wrapped(kind, content if kind == "signed" else _unpack(content, limits))
    except (ValueError, IndexError, zlib.error):
        return Wrapped(kind)


def _unpack(octets: bytes, limits: Limits) -> bytes | None:
    unpacked = zlib.decompressobj().decompress(octets, limits.unwrapped_octets + 1)
    return unpacked if len(unpacked) <= limits.unwrapped_octets else None


class _Reader:
    """A place in the octets. Everything it does moves forward; ValueError where something else was expected."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.at = 0

    def _header(self) -> tuple[int, int | None]:
        """Tag and length of the next element; no length if its end is marked."""
        octets, at = self.octets, self.at
        tag, length = octets[at], octets[at + 1]
        at += 2
        if length == 0x80:
            self.at = at
            return tag, None
        if length > 0x80:
            count = length - 0x80
            if count > LONGEST_LENGTH:
                msg = "length of a length"
                raise ValueError(msg)
            length = int.from_bytes(octets[at : at + count], "big")
            at += count
        self.at = at
        return tag, length

    def enter(self, wanted: int) -> None:
        """Into a constructed element."""
        if self._header()[0] != wanted:
            msg = "another element"
            raise ValueError(msg)

    def value(self, wanted: int) -> bytes:
        """The content of a primitive element."""
        tag, length = self._header()
        if tag != wanted or length is None:
            msg = "another element"
            raise ValueError(msg)
        begin, self.at = self.at, self.at + length
        return self.octets[begin : self.at]

    def skip(self) -> None:
        """Past the next element, whatever it is."""
        depth = 0
        while True:
            tag, length = self._header()
            if length is None:
                depth += 1
            elif tag == 0 and length == 0:
                depth -= 1
            else:
                self.at += length
            if depth <= 0:
                return

    def string(self) -> bytes:
        """An OCTET STRING, in one or in pieces. What is cut off at the end is taken as far as it goes."""
        pieces: list[bytes] = []
        ends: list[int | None] = []  # where the open strings end; None if that is marked
        while self.at < len(self.octets):
            while ends and ends[-1] is not None and self.at >= ends[-1]:
                ends.pop()
            if pieces and not ends:
                break
            tag, length = self._header()
            if tag == OCTET_STRING and length is not None:
                pieces.append(self.octets[self.at : self.at + length])
                self.at += length
            elif tag == CONSTRUCTED_STRING and len(ends) < DEEPEST:
                ends.append(None if length is None else self.at + length)
            elif tag == 0 and length == 0 and ends:
                ends.pop()
            else:
                break
            if not ends:
                break
        return b"".join(pieces)
