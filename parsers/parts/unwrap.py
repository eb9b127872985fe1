"""Parts that hold a mail or files in a wrapping of their own: TNEF, signed and packed S/MIME, message/partial.

Promises: what comes out hangs in the tree below the part it came from, so that it is read as any other part. Bounded in
number; nothing recurses. What cannot be opened stays what it was; what is encrypted is noted. Fails: never.
Knows nothing of how texts are chosen.
"""

from __future__ import annotations

import html
import re
from collections import deque
from dataclasses import replace

from parsers import charset
from parsers.headers import Headers
from parsers.limits import DEFAULT, Limits
from parsers.parts.cms import read_cms
from parsers.parts.filenames import type_of_name
from parsers.parts.structure import Part, Structure, read_structure
from parsers.parts.tnef import SIGNATURE, File, Tnef, read_tnef
from parsers.parts.transfer import LABELS_OF_NOTHING, transfer_label

TNEF_TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
CMS_TYPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
UNTYPED = frozenset({"application/octet-stream"})
TAG = re.compile(r"<[^<>]{0,2000}+>")
HEAD = re.compile(r"</head\b", re.IGNORECASE)
COMPARED = 80  # letters at the beginning of two texts that make them the same
SEARCHED = 20_000  # characters of a text that are compared


def unwrap(structure: Structure, limits: Limits = DEFAULT) -> Structure:
    """The tree with all that could be unwrapped in it."""
    if not any(_is_wrapping(part) for part in structure.parts):
        return structure
    opener = _Opener(structure, limits)
    waiting = deque(structure.parts)
    parts: list[Part] = []
    while waiting:
        part = waiting.popleft()
        parts.append(part)
        if _is_wrapping(part):
            waiting.extendleft(reversed(opener.try_to_open(part)))
    if opener.moved:  # a text that now has a rich form beside it: children come after their parent
        parts = [one for part in parts for one in (part, *opener.moved.get(id(part), ()))]
    defects = tuple(dict.fromkeys((*structure.defects, *opener.defects)))
    return replace(structure, parts=tuple(parts), defects=defects)


def _is_wrapping(part: Part) -> bool:
    kind = part.media_type
    if part.children or part.whole:
        return kind == "multipart/encrypted"
    if kind in TNEF_TYPES or kind in CMS_TYPES or kind == "message/partial":
        return True
    if kind.startswith("multipart/"):
        return transfer_label(part.headers.first("content-transfer-encoding")) not in LABELS_OF_NOTHING
    return kind in UNTYPED and (_name(part) == "winmail.dat" or _name(part).endswith(".p7m"))


def _name(part: Part) -> str:
    return (part.disposition[1].get("filename") or part.parameters.get("name") or "").strip().lower()


class _Opener:
    """Opens one part after another; `moved` are parts to be placed behind a text."""

    def __init__(self, structure: Structure, limits: Limits) -> None:
        self.structure = structure
        self.limits = limits
        self.opened = 0
        self.rtf = 0  # octets of Rich Text so far
        self.packed = limits.unwrapped_octets  # octets that may still be unpacked
        self.room = limits.parts - len(structure.parts)
        self.moved: dict[int, list[Part]] = {}
        self.defects: list[str] = []

    def try_to_open(self, part: Part) -> list[Part]:
        """The parts that came out, `part.children` among them."""
        try:
            return self._open(part)
        except Exception as error:  # noqa: BLE001 - what is in a wrapping is as hostile, and the rest is worth having
            self.defects.append(f"unreadable: wrapped part ({type(error).__name__})")
            part.children, part.hidden = [], False
            return []

    def _open(self, part: Part) -> list[Part]:
        if part.media_type == "multipart/encrypted":
            self.defects.append("encrypted: PGP")
            return []
        if self.opened >= self.limits.unwrapped or self.room <= 0:
            self.defects.append("limit: wrapped parts, the rest is kept as it is")
            return []
        self.opened += 1
        if part.media_type in CMS_TYPES or _name(part).endswith(".p7m"):
            return self._open_cms(part)
        if part.media_type == "message/partial":
            self.defects.append("one piece of a larger mail")
            return self._graft(part, part.decoded()) if part.parameters.get("number", "").strip() == "1" else []
        if part.media_type.startswith("multipart/"):
            declared = next((value for name, value in part.headers.fields if name == "content-type"), b"")
            parts = self._graft(part, b"Content-Type: " + declared.strip() + b"\n\n" + part.decoded())
            part.unwrapped = False
            return parts
        return self._open_tnef(part)

    def _graft(self, part: Part, octets: bytes) -> list[Part]:
        inner = read_structure(octets, replace(self.limits, parts=max(self.room, 1)))
        self.room -= len(inner.parts)
        self.defects.extend(inner.defects)
        for one in inner.parts:
            one.depth += part.depth + 1
        part.children = [inner.root]
        part.unwrapped = True
        return list(inner.parts)

    def _open_cms(self, part: Part) -> list[Part]:
        wrapped = read_cms(part.decoded(), replace(self.limits, unwrapped_octets=max(self.packed, 0)))
        if wrapped.kind == "packed":
            self.packed -= len(wrapped.content or b"")
            if wrapped.content is None:
                self.defects.append("limit: packed S/MIME, the whole is attached")
        if wrapped.kind == "encrypted":
            self.defects.append("encrypted: S/MIME")
        if not wrapped.content:
            return []
        parts = self._graft(part, wrapped.content)
        part.unwrapped = wrapped.kind == "signed"  # the signature is worth keeping, the packing is not
        return parts

    def _open_tnef(self, part: Part) -> list[Part]:
        octets = part.decoded()
        if not octets.startswith(SIGNATURE):
            return []
        found = read_tnef(octets, replace(self.limits, rtf=max(self.limits.rtf - self.rtf, 0)))
        self.rtf += found.rtf
        if found.cut:
            self.defects.append("limit: TNEF, the whole is attached")
        children = [*self._body(found, part.depth + 1), *(_file(one, part.depth + 1) for one in found.files)]
        children = children[: max(self.room, 0)]
        self.room -= len(children)
        part.children = [one for one in children if one.depth == part.depth + 1]
        part.hidden = found.whole and not found.cut
        part.unwrapped = not part.hidden
        return children

    def _body(self, found: Tnef, depth: int) -> list[Part]:
        """The text of a TNEF mail, unless the mail around it says the same: then its HTML goes to that text."""
        views = [
            _synthetic(f"text/{kind}", text.encode("utf-8", "replace"), depth + 1, charset="utf-8")
            for kind, text in (("plain", found.plain), ("html", found.html))
            if text.strip()
        ]
        if not views:
            return []
        outside = [
            one
            for one in self.structure.parts
            if one.media_type in {"text/plain", "text/html"}
            and not (one.children or one.whole or one.is_blank or _name(one) or one.disposition[0] == "attachment")
        ]
        same = next((one for one in outside if _says_the_same(one, found)), None)
        if same is None:
            body = _synthetic("multipart/alternative", b"", depth)
            body.children = views
            return [body, *views]
        if len(outside) == 1 and same.media_type == "text/plain" and found.html.strip():
            text = replace(same, depth=same.depth + 1)
            same.media_type, same.children = "multipart/alternative", [text, views[-1]]
            self.moved[id(same)] = [text, views[-1]]
        return []


def _says_the_same(part: Part, found: Tnef) -> bool:
    text = charset.decode(part.decoded()[:SEARCHED], part.parameters.get("charset")).text
    ours = _letters(text if part.media_type == "text/plain" else _visible(text))[:COMPARED]
    return ours in _letters(found.plain[:SEARCHED]) or ours in _letters(_visible(found.html))


def _visible(markup: str) -> str:
    head = HEAD.search(markup)
    return html.unescape(TAG.sub("", markup[head.end() if head else 0 :][: 5 * SEARCHED]))


def _letters(text: str) -> str:
    return "".join(one for one in text if one.isalnum())


def _file(one: File, depth: int) -> Part:
    media_type = one.media_type if "/" in one.media_type else type_of_name(one.name)
    part = _synthetic(media_type, one.octets, depth, name=one.name)
    fields = [("content-disposition", b"attachment")]
    if one.content_id:
        fields.append(("content-id", one.content_id.encode("utf-8", "replace")))
    part.headers = Headers(tuple(fields))
    return part


def _synthetic(media_type: str, octets: bytes, depth: int, **parameters: str) -> Part:
    """A part that no mailer wrote."""
    return Part(Headers(), media_type, parameters, octets, 0, 0, len(octets), depth)
