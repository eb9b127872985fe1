"""Pictures that stand in the markup itself (`data:`, RFC 2397): taken out, so that they are attachments like others.

Promises: only pictures that browsers draw and that run nothing (no SVG), told by their first octets, not by what they
call themselves; the same picture twice is one; bounded in number. Linear. Fails: never: what is no picture stays where
it is, and the sanitizer drops it. Knows nothing of parts.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from parsers.limits import DEFAULT, Limits
from parsers.model import Attachment

BEGIN = re.compile(r"\bsrc\s{0,5}=\s{0,5}[\"']?\s{0,5}(data:image/)", re.IGNORECASE)
LONGEST_KIND = 100  # characters between `data:image/` and the comma
LONGEST_TAG = 4_000  # characters between `<img` and its source
END = re.compile(r"[\"'>]")
BLANKS = b" \t\r\n\f"
SIGNS = (
    (b"\x89PNG\r\n\x1a\n", "png", "image/png"),
    (b"\xff\xd8\xff", "jpg", "image/jpeg"),
    (b"GIF87a", "gif", "image/gif"),
    (b"GIF89a", "gif", "image/gif"),
    (b"BM", "bmp", "image/bmp"),
    (b"II*\0", "tif", "image/tiff"),
    (b"MM\0*", "tif", "image/tiff"),
    (b"RIFF", "webp", "image/webp"),
)


def take_pictures(
    markup: str, attachments: Iterable[Attachment] = (), limits: Limits = DEFAULT
) -> tuple[str, tuple[Attachment, ...], tuple[str, ...]]:
    """The markup with `cid:` in place of such pictures, the attachments they make, and defects.

    `attachments` are the mail's own: a picture that is one of them is not attached again.
    """
    if "data:image/" not in markup and not BEGIN.search(markup):
        return markup, (), ()
    known = {one.sha256: one.content_id for one in attachments if one.content_id}
    taken: list[Attachment] = []
    out: list[str] = []
    at = 0
    for match in BEGIN.finditer(markup):
        begun = match.start(1)
        if begun < at or not _in_picture(markup, match.start()):
            continue
        ended = END.search(markup, begun)
        octets = _decoded(markup[begun : ended.start()]) if ended else None
        kind = _kind(octets) if octets else None
        if ended is None or octets is None or kind is None:
            at_least = ended.start() if ended else len(markup)
            out.append(markup[at:at_least])
            at = at_least
            continue
        digest = hashlib.sha256(octets).hexdigest()
        if digest not in known:
            if len(taken) >= limits.data_pictures:
                return "".join((*out, markup[at:])), tuple(taken), ("limit: pictures in the markup",)
            known[digest] = f"{digest[:32]}@data"
            name = f"image{len(taken) + 1:03}.{kind[0]}"
            taken.append(Attachment(name, kind[1], octets, digest, inline=True, content_id=known[digest]))
        out += (markup[at:begun], f"cid:{known[digest]}")
        at = ended.start()
    return "".join((*out, markup[at:])), tuple(taken), ()


def _in_picture(markup: str, at: int) -> bool:
    begun = markup.rfind("<", max(at - LONGEST_TAG, 0), at)
    return begun >= 0 and markup[begun + 1 : begun + 5].lower() in {"img ", "img\n", "img\t", "img\r"}


def _decoded(address: str) -> bytes | None:
    """The octets of a base64 address, or None; text in percent-encoding is SVG's, and nobody's pictures."""
    kind, comma, data = address[: LONGEST_KIND + 11].partition(",")
    if not comma or not kind.lower().replace(" ", "").endswith(";base64"):
        return None
    del data
    try:
        octets = unquote_to_bytes(address[len(kind) + 1 :]).translate(None, BLANKS)
        return b64decode(octets + b"=" * (-len(octets) % 4), validate=True)
    except (Base64Error, ValueError):
        return None


def _kind(octets: bytes) -> tuple[str, str] | None:
    for sign, extension, media_type in SIGNS:
        if octets.startswith(sign) and (extension != "webp" or octets[8:12] == b"WEBP"):
            return extension, media_type
    return None
