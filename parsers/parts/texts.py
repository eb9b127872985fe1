"""The text of a mail out of its parts (RFC 2046 §5.1): which parts are text, read, and put in order.

Promises: alternatives choose one text and one HTML, everything else that holds text is joined in order. Nothing
recurses: parts are folded from the last to the first, children before parents. Fails: never.
Knows nothing of attachments, replies or what HTML is allowed to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from parsers import charset
from parsers.automation.delivery_report import STATUS_TYPES
from parsers.charset_labels import ASCII
from parsers.limits import DEFAULT, Limits
from parsers.parts.enriched import enriched_to_text, richtext_to_text
from parsers.parts.flowed import unflow
from parsers.parts.rtf import read_rtf
from parsers.parts.structure import Part, Structure, text_charset
from parsers.parts.uuencode import Block, split_blocks

TEXT_TYPES = frozenset({"text/plain", "text/html"})
RICH_TEXT = frozenset({"text/rtf", "application/rtf"})
# Read as text when they stand where text stands, and dropped beside a text we show as an alternative to it.
READABLE = frozenset({"text/enriched", "text/richtext", "text/markdown", "text/x-markdown"})
RENDERINGS = READABLE | RICH_TEXT | {"text/watch-html", "text/x-amp-html", "text/x-watch-html"}
# Texts that are files even if the whole mail is one (RFC 2046 §4.1.4 says plain text of all others).
FILE_TYPES = re.compile(r"text/(?:calendar|csv|css|directory|javascript|vcard|x-vcard|x-vcalendar|xml|rfc822-headers)")
META_CHARSET = re.compile(
    rb"<(?:meta|\?xml)\s[^<>]{0,200}?(?:charset|encoding)\s{0,3}+=[\"' ]{0,3}+([\w.:-]{2,40}+)", re.IGNORECASE
)
ARMOUR = "-----BEGIN PGP MESSAGE-----"
WIDEST_CHARACTER = 4  # octets, in every charset of note
CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of the body: as text, as markup of the sender's, or both for an alternative."""

    plain: str | None = None
    markup: str | None = None


@dataclass(slots=True)
class Texts:
    """The pieces of the body, the parts they came from, and what was found in them."""

    pieces: list[Piece] = field(default_factory=list)
    parts: set[int] = field(default_factory=set)  # identities
    oversized: set[int] = field(default_factory=set)  # parts whose text was cut: they are attached as well
    blocks: dict[int, list[Block]] = field(default_factory=dict)  # files that were written into a text
    defects: list[str] = field(default_factory=list)
    hint: str | None = None  # the charset of another part or of the fields, for a text that names none


def read_texts(structure: Structure, limits: Limits = DEFAULT) -> Texts:
    """The texts of a mail."""
    _hide_renderings(structure)
    hint = next((one for part in structure.parts if (one := text_charset(part))), structure.root.headers.charset)
    texts = Texts(parts=_body_parts(structure), hint=charset.codec_for(hint))
    texts.pieces = _fold(structure, texts, limits)
    return texts


def given_name(part: Part) -> str:
    """The name that the sender gave to a part, or nothing."""
    _, parameters = part.disposition
    return (parameters.get("filename") or part.parameters.get("name") or "").strip()


def _hide_renderings(structure: Structure) -> None:
    for part in structure.parts:
        if part.media_type == "multipart/alternative":
            others = [one for one in part.children if one.media_type not in RENDERINGS or given_name(one)]
            if any(one.children or not one.is_blank for one in others):
                for one in part.children:
                    one.hidden = one.hidden or (one.media_type in RENDERINGS and not given_name(one))


def _body_parts(structure: Structure) -> set[int]:
    """The leaves that are the mail's own text, by identity."""
    found: set[int] = set()
    named: list[Part] = []
    attached: list[Part] = []
    # The views of an alternative and the root of a related part are the text, whatever names mailers give them.
    views = {
        id(child)
        for part in structure.parts
        if part.media_type in {"multipart/alternative", "multipart/related"}
        for child in (part.children if part.media_type == "multipart/alternative" else part.children[:1])
    }
    for part in structure.parts:
        if part.children or part.whole or part.hidden:
            continue
        if part.media_type.startswith("multipart/"):  # it says so, but nothing in it does
            found.add(id(part))
        if not _is_text(part, structure):
            continue
        if part.disposition[0] == "attachment":
            attached.extend([part] if not given_name(part) else [])
        elif given_name(part) and id(part) not in views:
            named.append(part)
        else:
            found.add(id(part))
    # The only text of the mail has a name, or calls itself an attachment without one: it is the text all the same.
    first = next((one for one in (*named, *attached) if not one.is_blank), None)
    if first is not None and not any(id(part) in found and not part.is_blank for part in structure.parts):
        found.add(id(first))
    if not found:  # a report without a word for people: its fields are better than nothing
        found.update(id(part) for part in structure.parts[:3] if part.media_type in STATUS_TYPES)
    return found


def _is_text(part: Part, structure: Structure) -> bool:
    kind = part.media_type
    if kind in TEXT_TYPES or kind in READABLE:
        return True
    if kind in RICH_TEXT:
        return not given_name(part)
    return part is structure.root and kind.startswith("text/") and not FILE_TYPES.fullmatch(kind)


def _fold(structure: Structure, texts: Texts, limits: Limits) -> list[Piece]:
    """Pieces of every part from the last to the first, so that children are ready when their parent is."""
    ready: dict[int, list[Piece]] = {}
    room = limits.text
    decoded: dict[int, Piece] = {}
    for part in structure.parts:
        if id(part) in texts.parts and room <= 0:
            texts.oversized.add(id(part))
        elif id(part) in texts.parts:
            piece, size = _read_text(part, texts, room, limits)
            room -= size
            if piece is not None:
                decoded[id(part)] = piece
    for part in reversed(structure.parts):
        if part.children:
            views = [ready.pop(id(child), []) for child in part.children]
            alternative = part.media_type == "multipart/alternative"
            ready[id(part)] = _choose(views) if alternative else [piece for view in views for piece in view]
        elif id(part) in decoded:
            ready[id(part)] = [decoded[id(part)]]
    return ready.get(id(structure.root), [])


def _choose(views: Sequence[list[Piece]]) -> list[Piece]:
    """Of alternatives the first that is text and the last that has markup, as one piece (RFC 2046 §5.1.4)."""
    plain = next(
        (view for view in views if any(one.plain for one in view) and not any(one.markup for one in view)), None
    )
    rich = next((view for view in reversed(views) if any(one.markup for one in view)), None)
    if plain is None or rich is None:
        return rich or plain or []
    text = "\n".join(one.plain for one in plain if one.plain)
    if len(rich) == 1:
        return [Piece(text, rich[0].markup)]
    # Apple Mail puts pictures and files between stretches of markup, and the whole text in one part.
    return [Piece(text, "\n".join(one.markup or "" for one in rich if one.markup))]


def _read_text(part: Part, texts: Texts, room: int, limits: Limits) -> tuple[Piece | None, int]:
    octets = part.decoded()
    if part.media_type == "text/plain":
        octets, blocks = split_blocks(octets, limits)
        if blocks:
            texts.blocks[id(part)] = blocks
            if len(blocks) == limits.encoded_blocks:
                texts.defects.append("limit: number of encoded files, the rest stays in the text")
    cut = len(octets) > WIDEST_CHARACTER * room
    octets = octets[: WIDEST_CHARACTER * room]
    text = _to_text(part, octets, texts, limits)
    if cut or len(text) > room:
        texts.defects.append("limit: text, the whole is attached")
        texts.oversized.add(id(part))
        text = text[:room]
    if ARMOUR in text:
        texts.defects.append("encrypted: PGP")
    if not text.strip():
        return None, 0
    piece = Piece(markup=text) if part.media_type == "text/html" else Piece(plain=text)
    return piece, len(text)


def _to_text(part: Part, octets: bytes, texts: Texts, limits: Limits) -> str:
    kind = part.media_type
    if kind in RICH_TEXT:
        document = read_rtf(octets, limits)
        if document.cut:
            texts.defects.append("limit: rich text, the whole is attached")
            texts.oversized.add(id(part))
        return document.text
    declared = part.parameters.get("charset")
    if kind == "text/html" and charset.codec_for(declared) in {None, ASCII}:
        match = META_CHARSET.search(octets[:1_024])
        declared = match[1].decode("ascii") if match else declared
    decoded = charset.decode(octets, declared, hint=texts.hint)
    if decoded.guessed:
        texts.defects.append(f"charset guessed: {decoded.charset}")
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n").translate(CONTROLS)
    text = text.encode("utf-8", "replace").decode("utf-8")  # halves of surrogate pairs cannot be stored
    if kind == "text/plain" and part.parameters.get("format", "").strip().lower() == "flowed":
        return unflow(text, del_sp=part.parameters.get("delsp", "").strip().lower() == "yes")
    if kind == "text/enriched":
        return enriched_to_text(text)
    return richtext_to_text(text) if kind == "text/richtext" else text
