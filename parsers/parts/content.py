"""Parts to texts and attachments (RFC 2046, 2183, 2387).

Promises: every part is used or attached: what is no text, and no machine's report that is read as such, is an
attachment with a safe name. The same attachment twice is one. Fails: never.
Knows nothing of replies, reports or what HTML is allowed to say.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from parsers.automation.delivery_report import RETURNED_TYPES, STATUS_TYPES
from parsers.headers import decode_words, read_section, unfold
from parsers.limits import DEFAULT, Limits
from parsers.model import Attachment
from parsers.parts.filenames import EXTENSION, MESSAGE_TYPES, safe_filename
from parsers.parts.invitation import TITLES, Invitation, read_invitation
from parsers.parts.magic import extension_of
from parsers.parts.structure import Part, Structure
from parsers.parts.texts import Piece, Texts, given_name, read_texts
from parsers.parts.unwrap import unwrap

__all__ = ["Content", "Piece", "normal_content_id", "read_content"]

CALENDAR_TYPES = frozenset({"text/calendar", "application/ics"})
# Parts of a report for machines: the report is read from them, and its first part tells people the same.
RECEIPT_TYPES = frozenset({"message/disposition-notification"})
HEADER_TYPES = frozenset({"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"})
CID_REFERENCE = re.compile(r"cid:([^\"'\s>)]{1,250})", re.IGNORECASE)
PICTURE = re.compile(r"<img\b[^<>]{1,2000}+", re.IGNORECASE)
SOURCE = re.compile(r"\bsrc\s?=\s?[\"']?([^\"'\s>]{1,500}+)", re.IGNORECASE)
TAG = re.compile(r"<[^<>]{0,2000}+>")
LONGEST_CONTENT_ID = 250
STEMS = {
    "image": "image",
    "audio": "audio",
    "video": "video",
    "message": "message",
    "message/delivery-status": "delivery-status",
    "message/global-delivery-status": "delivery-status",
    "message/disposition-notification": "read-receipt",
    "message/feedback-report": "feedback-report",
    "message/external-body": "external-body",
    "message/partial": "partial",
    "text/rfc822-headers": "message-headers",
    "text/calendar": "invite",
    "application/ics": "invite",
    "application/pgp-encrypted": "version",
    "application/pgp-keys": "public-key",
    "application/pgp-signature": "signature",
    "application/pkcs7-signature": "smime",
    "application/x-pkcs7-signature": "smime",
    "application/pkcs7-mime": "smime",
    "application/x-pkcs7-mime": "smime",
    "application/ms-tnef": "winmail",
    "application/vnd.ms-tnef": "winmail",
}


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
    left_out: list[str] = field(default_factory=list)  # names of parts of which only the beginning is there
    defects: list[str] = field(default_factory=list)


def read_content(structure: Structure, limits: Limits = DEFAULT, *, whole: bool = True) -> Content:
    """The texts and attachments of a mail. Not `whole`: it was cut, and its last part is no file that is of use."""
    structure = unwrap(structure, limits)
    content = Content(media_types=frozenset(one.media_type for one in structure.parts))
    content.report_type = structure.root.parameters.get("report-type", "").lower()
    content.defects.extend(structure.defects)
    texts = read_texts(structure, limits)
    content.pieces = texts.pieces
    content.defects.extend(texts.defects)
    collector = _Collector(content, texts, structure, limits, cut=None if whole else structure.last)
    for part in structure.parts:
        collector.take(part)
    collector.tell_invitation()
    return content


def normal_content_id(given: str) -> str:
    """A Content-ID or the `cid:` reference to it (RFC 2392), without what mailers put around it."""
    return unquote(unfold(given)).strip("<>\"' \t;,")[:LONGEST_CONTENT_ID]


class _Collector:
    """Takes one part after another."""

    def __init__(self, content: Content, texts: Texts, structure: Structure, limits: Limits, cut: Part | None) -> None:
        self.content = content
        self.cut = cut
        self.texts = texts
        self.limits = limits
        markups = [piece.markup for piece in content.pieces if piece.markup]
        self.wanted = {normal_content_id(one).lower() for each in markups for one in CID_REFERENCE.findall(each)}
        self.places: set[str] = set()
        if any(name == "content-location" for part in structure.parts for name, _ in part.headers.fields):
            tags = (tag for each in markups for tag in PICTURE.findall(each))
            self.places = {one for tag in tags for one in SOURCE.findall(tag)}
        self.seen: set[tuple[str, str, str]] = set()
        self.event: Invitation | None = None
        self.forks = {
            id(part.children[0])
            for part in structure.parts
            if part.media_type == "multipart/appledouble" and len(part.children) > 1
        }

    def take(self, part: Part) -> None:
        """Attach the part, unless it is shown or read for what it is."""
        for block in self.texts.blocks.get(id(part), ()):
            self._add(
                Attachment(
                    filename=safe_filename(block.name.decode("utf-8", "replace"), "application/octet-stream"),
                    media_type="application/octet-stream",
                    octets=block.octets,
                    sha256=hashlib.sha256(block.octets).hexdigest(),
                )
            )
        if part.media_type in CALENDAR_TYPES and not part.children:
            self._keep_event(part)
        octets: bytes | None = None
        if part.media_type in STATUS_TYPES or part.media_type in RETURNED_TYPES:
            octets = part.decoded()
            self.content.reports.append((part.media_type, octets))
        if (part.children and not part.unwrapped) or part.hidden or id(part) in self.forks or self._is_read(part):
            return
        if id(part) in self.texts.parts and id(part) not in self.texts.oversized:
            return
        attachment = self._attach(part, octets)
        if attachment is not None and part is self.cut:
            self.content.left_out.append(attachment.filename)
        elif attachment is not None:
            self._add(attachment)

    def _is_read(self, part: Part) -> bool:
        """Whether a part is for machines and people have been told the same.

        An agent has no use for `Final-Recipient: rfc822; …` in a file of its own: the delivery report says it.
        """
        if given_name(part):
            return False
        if part.media_type in STATUS_TYPES or part.media_type in RECEIPT_TYPES:
            return bool(self.content.pieces)
        is_report = self.content.report_type or self.content.reports[:-1]
        return part.media_type in HEADER_TYPES and bool(is_report) and bool(self.content.pieces)

    def _add(self, attachment: Attachment) -> None:
        # Line ends are changed on the way; two pictures that the text shows by two names are two.
        octets = attachment.octets
        if attachment.media_type in CALENDAR_TYPES:
            octets = octets.replace(b"\r\n", b"\n").rstrip()
            sign = hashlib.sha256(octets).hexdigest()
        else:
            sign = attachment.sha256
        shown = attachment.content_id if attachment.inline and attachment.content_id else ""
        key = (sign, attachment.filename, shown)
        if key not in self.seen:
            self.seen.add(key)
            self.content.attachments.append(attachment)

    def _attach(self, part: Part, decoded: bytes | None) -> Attachment | None:
        media_type = part.media_type
        octets = part.decoded() if decoded is None else decoded
        if media_type == "message/external-body":  # where the body is stands in the header section
            octets = part.octets[part.section : part.end]
        given = given_name(part) or _name_elsewhere(part)
        if not octets and not given:
            return None
        stem = STEMS.get(media_type) or STEMS.get(media_type.partition("/")[0]) or "attachment"
        if part.whole:
            media_type, stem = (
                ("message/rfc822", "nested-parts") if part.headers.fields else (media_type, "remaining-parts")
            )
        elif media_type in MESSAGE_TYPES:
            self.content.messages.append(octets)
            given = given or _name_of_message(octets, self.limits)
        content_id = normal_content_id(part.headers.first("content-id")) or None
        place = unfold(part.headers.first("content-location"))
        shown = (content_id or "").lower() in self.wanted or place in self.places
        return Attachment(
            filename=safe_filename(given, media_type, stem, extension_of(octets)),
            media_type=media_type,
            octets=octets,
            sha256=hashlib.sha256(octets).hexdigest(),
            inline=shown or (part.disposition[0] == "inline" and media_type.startswith("image/")),
            content_id=content_id,
        )

    def _keep_event(self, part: Part) -> None:
        method = part.parameters.get("method", "")
        if method:
            self.content.invitation = True
        if self.event is None and not part.whole:
            declared = part.parameters.get("charset")
            octets = part.decoded()
            if len(octets) > self.limits.calendar or octets.count(b"ATTENDEE") > self.limits.attendees:
                self.content.defects.append("limit: invitation, the whole is attached")
            self.event = read_invitation(octets[: self.limits.calendar], declared, method, self.limits)

    def tell_invitation(self) -> None:
        """Say what, when, where and who, if the mail does not: an agent reads no iCalendar."""
        if self.event is None or (self.content.pieces and self.event.method not in TITLES):
            return
        told = [one.plain if one.plain is not None else TAG.sub(" ", one.markup or "") for one in self.content.pieces]
        if not told or not self.event.is_told_in("\n".join(told)):
            self.content.pieces.append(Piece(plain=self.event.as_text()))


def _name_elsewhere(part: Part) -> str:
    """The name in Content-Location (RFC 2557) or Content-Description, if it looks like one of a file."""
    place = unfold(part.headers.first("content-location"))
    description = part.headers.decoded("content-description")
    for given in (place.partition("?")[0].rpartition("/")[2], description):
        if len(given) <= LONGEST_CONTENT_ID and EXTENSION.search(given) and "@" not in given:
            return unquote(given) if given is not description else given
    return ""


def _name_of_message(octets: bytes, limits: Limits) -> str:
    headers, _ = read_section(octets.lstrip(b"\r\n"), limits=limits)
    subject = decode_words(headers.first("subject")).replace("/", "-").replace("\\", "-")
    return f"{subject[:120].rstrip('. ')}.eml" if subject.strip() else ""
