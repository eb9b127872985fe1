"""Parts to texts and attachments (RFC 2046, 2183, 2387).

Promises: every part is used or attached: alternatives choose one text and one HTML, everything else that holds text is
joined in order, the rest is an attachment with a safe name. The same attachment twice is one. Nothing recurses: parts
are folded from the last to the first, children before parents. Fails: never.
Knows nothing of replies, reports or what HTML is allowed to say.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from parsers import charset
from parsers.automation.delivery_report import RETURNED_TYPES, STATUS_TYPES
from parsers.headers import decode_words, read_section, unfold
from parsers.limits import DEFAULT, Limits
from parsers.model import Attachment
from parsers.parts.filenames import safe_filename
from parsers.parts.structure import Part, Structure

TEXT_TYPES = frozenset({"text/plain", "text/html"})
# Other renderings of the same text: dropped beside a text we show.
RENDERINGS = frozenset({"text/enriched", "text/richtext", "text/watch-html", "text/x-amp-html", "text/x-watch-html"})
MESSAGE_TYPES = frozenset({"message/rfc822", "message/global"})
META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"' ]{0,3}([\w.:-]{2,40})", re.IGNORECASE)
CID_REFERENCE = re.compile(r"cid:([^\"'\s>)]{1,250})", re.IGNORECASE)
STEMS = {
    "image": "image",
    "audio": "audio",
    "video": "video",
    "message/delivery-status": "delivery-status",
    "message/global-delivery-status": "delivery-status",
    "message/disposition-notification": "read-receipt",
    "message/feedback-report": "feedback-report",
    "text/rfc822-headers": "message-headers",
    "text/calendar": "invite",
    "application/pgp-signature": "signature",
    "application/pkcs7-signature": "smime",
    "application/x-pkcs7-signature": "smime",
    "application/pkcs7-mime": "smime",
    "application/x-pkcs7-mime": "smime",
    "application/ms-tnef": "winmail",
}
WIDEST_CHARACTER = 4  # octets, in every charset of note
CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127))


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of the body: as text, as markup of the sender's, or both for an alternative."""

    plain: str | None = None
    markup: str | None = None


@dataclass(slots=True)
class Content:
    """What the parts of a mail hold."""

    pieces: list[Piece] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    reports: list[tuple[str, bytes]] = field(default_factory=list)  # parts that a delivery report is read from
    messages: list[bytes] = field(default_factory=list)  # attached mails
    media_types: frozenset[str] = frozenset()
    report_type: str = ""
    invitation: bool = False
    oversized: set[int] = field(default_factory=set)  # parts whose text was cut: they are attached as well
    defects: list[str] = field(default_factory=list)


def read_content(structure: Structure, limits: Limits = DEFAULT) -> Content:
    """The texts and attachments of a mail."""
    content = Content(media_types=frozenset(one.media_type for one in structure.parts))
    content.report_type = structure.root.parameters.get("report-type", "").lower()
    texts = _body_parts(structure)
    content.pieces = _fold(structure, texts, content, limits)
    wanted = {unquote(one) for piece in content.pieces for one in CID_REFERENCE.findall(piece.markup or "")}
    seen: set[tuple[str, str]] = set()
    for part in structure.parts:
        if part.media_type == "text/calendar" and part.parameters.get("method"):
            content.invitation = True
        shown = id(part) in texts and part.media_type not in STATUS_TYPES and id(part) not in content.oversized
        if part.children or shown or _is_rendering(part, content):
            continue
        attachment = _attach(part, wanted, content, limits)
        if attachment is not None and (attachment.sha256, attachment.filename) not in seen:
            seen.add((attachment.sha256, attachment.filename))
            content.attachments.append(attachment)
    return content


def _body_parts(structure: Structure) -> set[int]:
    """The leaves that are the mail's own text, by identity."""
    found: set[int] = set()
    named: list[Part] = []
    for part in structure.parts:
        if part.children or part.whole:
            continue
        if part.media_type.startswith("multipart/"):  # it says so, but nothing in it does
            found.add(id(part))
        if part.media_type not in TEXT_TYPES:
            continue
        disposition, _ = part.disposition
        if disposition == "attachment":
            continue
        if _given_name(part):
            named.append(part)
        else:
            found.add(id(part))
    if named and not any(id(part) in found and part.raw.strip() for part in structure.parts):
        found.add(id(named[0]))  # the only text of the mail has a name: it is the text all the same
    if not found:  # a report without a word for people: its fields are better than nothing
        found.update(id(part) for part in structure.parts[:3] if part.media_type in STATUS_TYPES)
    return found


def _fold(structure: Structure, texts: set[int], content: Content, limits: Limits) -> list[Piece]:
    """Pieces of every part from the last to the first, so that children are ready when their parent is."""
    ready: dict[int, list[Piece]] = {}
    room = limits.text
    decoded: dict[int, Piece] = {}
    for part in structure.parts:
        if id(part) in texts and room <= 0:
            content.oversized.add(id(part))
        elif id(part) in texts:
            piece, size = _read_text(part, content, room)
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


def _read_text(part: Part, content: Content, room: int) -> tuple[Piece | None, int]:
    octets = part.decoded()
    cut = len(octets) > WIDEST_CHARACTER * room
    octets = octets[: WIDEST_CHARACTER * room]
    declared = part.parameters.get("charset")
    if declared is None and part.media_type == "text/html" and (match := META_CHARSET.search(octets[:4_096])):
        declared = match[1].decode("ascii", "ignore")
    decoded = charset.decode(octets, declared)
    if decoded.guessed:
        content.defects.append(f"charset guessed: {decoded.charset}")
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n").translate(CONTROLS)
    text = text.encode("utf-8", "replace").decode("utf-8")  # halves of surrogate pairs cannot be stored
    if cut or len(text) > room:
        content.defects.append("limit: text, the whole is attached")
        content.oversized.add(id(part))
        text = text[:room]
    if not text.strip():
        return None, 0
    piece = Piece(markup=text) if part.media_type == "text/html" else Piece(plain=text)
    return piece, len(text)


def _is_rendering(part: Part, content: Content) -> bool:
    return part.media_type in RENDERINGS and part.depth > 0 and bool(content.pieces) and not _given_name(part)


def _given_name(part: Part) -> str:
    _, parameters = part.disposition
    name = parameters.get("filename") or part.parameters.get("name") or ""
    return name.strip()


def _attach(part: Part, wanted: set[str], content: Content, limits: Limits) -> Attachment | None:
    octets = part.decoded()
    media_type = part.media_type
    if media_type in STATUS_TYPES or media_type in RETURNED_TYPES:
        content.reports.append((media_type, octets))
    given = _given_name(part)
    if not octets and not given:
        return None
    stem = STEMS.get(media_type) or STEMS.get(media_type.partition("/")[0]) or "attachment"
    if part.whole:
        media_type, stem = (
            ("message/rfc822", "nested-parts") if part.headers.fields else (media_type, "remaining-parts")
        )
    elif media_type in MESSAGE_TYPES:
        content.messages.append(octets)
        given = given or _name_of_message(octets, limits)
    content_id = unfold(part.headers.first("content-id")).strip("<> ")[:250] or None
    disposition, _ = part.disposition
    shown = content_id is not None and content_id in wanted
    return Attachment(
        filename=safe_filename(given, media_type, stem),
        media_type=media_type,
        octets=octets,
        sha256=hashlib.sha256(octets).hexdigest(),
        inline=shown or (disposition == "inline" and media_type.startswith("image/")),
        content_id=content_id,
    )


def _name_of_message(octets: bytes, limits: Limits) -> str:
    headers, _ = read_section(octets.lstrip(b"\r\n"), limits=limits)
    subject = decode_words(headers.first("subject")).replace("/", "-").replace("\\", "-")
    return f"{subject[:120].rstrip('. ')}.eml" if subject.strip() else ""
