"""What BODYSTRUCTURE tells of a mail that is not fetched whole: its parts, by name, type and size (RFC 9051 §7.5.2).

Promises: pure and total: what makes no sense gives fewer parts, never an exception. Parts come in document order, an
attached mail as one part, as the parser counts them. Sizes are of the transfer encoding. Knows nothing of octets.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import unquote

from gateway.imap.rows import Tree
from gateway.ports import Portion
from parsers.encoded_words import decode_words
from parsers.parts.filenames import safe_filename

MOST_PARTS = 200
_DISPOSITION = {"TEXT": 9, "MESSAGE/RFC822": 11, "MESSAGE/GLOBAL": 11}  # where it stands, by type; 8 else


def portions(tree: Tree | None) -> tuple[Portion, ...]:
    """The leaves of a body."""
    found: list[Portion] = []
    waiting: list[Sequence[object]] = [] if tree is None else [tree]
    while waiting and len(found) < MOST_PARTS:
        body = waiting.pop()
        children = [one for one in body if isinstance(one, tuple)]
        if body and isinstance(body[0], tuple):  # a multipart: its bodies, then its subtype
            bodies = children[: next((at for at, one in enumerate(body) if not isinstance(one, tuple)), len(body))]
            waiting.extend(reversed(bodies))
        elif (leaf := _leaf(body)) is not None:
            found.append(leaf)
    return tuple(found)


def _leaf(body: Sequence[object]) -> Portion | None:
    if len(body) < 7:
        return None
    media_type = f"{_text(body[0])}/{_text(body[1])}".lower()
    kind = media_type.upper()
    at = _DISPOSITION.get(kind, _DISPOSITION.get(kind.partition("/")[0], 8))
    disposition = body[at] if len(body) > at else None
    named = ""
    if isinstance(disposition, tuple) and len(disposition) > 1:
        named = _parameter(disposition[1], "filename")
    named = named or _parameter(body[2], "name")
    size = _text(body[6])
    octets = int(size) if size.isascii() and size.isdigit() and len(size) < 16 else 0
    return Portion(safe_filename(named, media_type) if named else "", media_type, octets)


def _parameter(listed: object, wanted: str) -> str:
    """A parameter's value, RFC 2231 and 2047 undone as far as a list for people needs it."""
    if not isinstance(listed, tuple):
        return ""
    pairs = [(_text(one).lower(), _text(other)) for one, other in zip(listed[::2], listed[1::2], strict=False)]
    plain = next((value for name, value in pairs if name == wanted), None)
    if plain is not None:
        return decode_words(plain)
    joined = "".join(value for name, value in pairs if name.startswith(f"{wanted}*"))
    charset, quote, rest = joined.partition("'")
    encoded = rest.partition("'")[2] if quote else joined
    return unquote(encoded, encoding=_known(charset), errors="replace")


def _known(charset: str) -> str:
    return "latin-1" if charset.lower() in {"iso-8859-1", "windows-1252"} else "utf-8"


def _text(value: object) -> str:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | bytearray) else ""
