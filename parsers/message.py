"""A whole mail: octets in, `ParsedEmail` out.

Promises: total. Every stage is guarded: what it could not read stays empty and becomes a defect, what the others read
is kept. Linear in the octets. Defects name stages, limits and charsets, never words of the mail. Fails: never.
Knows nothing of what the mail means for a ticket.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from parsers import automation, cleaners, forward, originator, trace
from parsers.addresses import parse_addresses
from parsers.authentication import parse_authentication
from parsers.automation import delivery_report
from parsers.cleaners import html_reply
from parsers.forward import PassedOn
from parsers.headers import Headers, decode_words, read_section, unfold
from parsers.identity import content_digest, text_digest
from parsers.language import language_of
from parsers.limits import DEFAULT, Limits
from parsers.markup import bounds, html_to_text, safe_html, take_pictures, text_to_html, tidy, unwrap_text
from parsers.message_ids import parse_message_id, parse_message_ids
from parsers.model import Address, Automation, AutomationKind, Body, DeliveryReport, ParsedEmail
from parsers.parts.content import Content, Piece, read_content
from parsers.parts.structure import Part, Structure, read_structure
from parsers.subject import base_subject

# What is kept of the header section for rules; everything else stays in the octets.
MOST_HEADERS = 120
LONGEST_TRACE = 64_000  # octets in which the topmost Received field is looked for
UNREADABLE = ("dkim-signature", "arc-", "x-google-", "x-ms-exchange-antispam", "x-microsoft-antispam", "received")
NOTE = "See below."  # stands for what a forwarder may write above a sign-off
LONGEST_HEADER = 1_000
LONGEST_SUBJECT = 2_000
LONGEST_DATE = 120
MOST_DEFECTS = 50
# What machines answer with: a message attached to it is what they answer, not what they pass on.
ANSWERS = frozenset(
    {
        AutomationKind.AUTO_REPLY,
        AutomationKind.OUT_OF_OFFICE,
        AutomationKind.BOUNCE,
        AutomationKind.DELAY,
        AutomationKind.READ_RECEIPT,
        AutomationKind.FEEDBACK_REPORT,
    }
)
REPORTS = frozenset({AutomationKind.BOUNCE, AutomationKind.DELAY})

T = TypeVar("T")


def parse(octets: bytes, limits: Limits = DEFAULT, *, whole: bool = True) -> ParsedEmail:
    """Everything a support desk asks of one mail (`ParsedEmail`). Never raises, whatever the octets are.

    Not `whole`: the octets are a mail's beginning; the part that they end in is told in `left_out`.
    """
    reader = _Reader(limits)
    try:
        mail = reader.read(bytes(octets), attached=True, whole=whole)
    except Exception:  # noqa: BLE001 - the promise of this module: the stages are guarded, and so are the seams
        mail = ParsedEmail()
        reader.defects.append("unreadable")
    return replace(mail, defects=tuple(dict.fromkeys(reader.defects))[:MOST_DEFECTS])


def _language(mail: ParsedEmail, headers: Headers) -> str | None:
    """Of what the sender wrote, without what they quote or pass on."""
    return language_of(mail.body.reply_text or mail.body.text, mail.base_subject, headers.first("content-language"))


def _leaves_before(structure: Structure) -> int:
    """How many leaves a cut mail has whole."""
    leaves = [part for part in structure.parts if part.boundary is None]
    last = structure.last
    return next((at for at, part in enumerate(leaves) if part is last), len(leaves))


class _Reader:
    """One reading: the limits and the defects on the way."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.defects: list[str] = []

    def attempt(self, stage: str, work: Callable[[], T], otherwise: T) -> T:
        """The result of a stage, or `otherwise` and a defect."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - mail is hostile; RecursionError and MemoryError are among these
            self.defects.append(f"unreadable: {stage} ({type(error).__name__})")
            return otherwise

    def _bound(self, found: int, seen: int, most: int, what: str) -> None:
        """Say so when there may be more than what was taken."""
        if found >= most and seen > most:
            self.defects.append(f"limit: {what}")

    def read(self, octets: bytes, *, attached: bool, whole: bool = True) -> ParsedEmail:
        nothing = Part(Headers(), "text/plain", {}, octets, 0, 0, len(octets), 0)
        structure = self.attempt(
            "structure", lambda: read_structure(octets, self.limits), Structure(nothing, (nothing,))
        )
        self.defects.extend(structure.defects)
        headers = structure.root.headers
        content = self.attempt("parts", lambda: read_content(structure, self.limits, whole=whole), Content())
        self.defects.extend(content.defects)
        self.attempt("pictures", lambda: self._take_pictures(content), None)
        mail = self._read_headers(headers)
        text, html, markup = self._texts(content.pieces)
        report = self.attempt(
            "delivery report", lambda: delivery_report.read_report(content.reports, self.limits), None
        )
        signs = self._automation(headers, mail, content, report, text)
        report = self._report(headers, text, report, content, signs.kind)
        if report is not None and len(report.recipients) >= self.limits.recipients:
            self.defects.append("limit: number of recipients reported")
        passed_on = (
            None
            if report
            else self.attempt(
                "forward",
                lambda: self._forward(mail, text, markup, content, attached=attached and signs.kind not in ANSWERS),
                None,
            )
        )
        if passed_on is not None and not text.strip() and passed_on.passed_on:
            text = passed_on.passed_on
            html = html_reply.shown_text(text, self.limits) if html is not None else None
        body = Body(text, html, text, html)
        if signs.kind not in REPORTS:  # these quote mail systems, not people: all of it is news
            body = self.attempt("reply", lambda: self._body(text, html, markup, passed_on), body)
        mail = replace(
            mail,
            body=body,
            attachments=tuple(content.attachments),
            automation=signs,
            delivery_report=report,
            forward=None if passed_on is None else passed_on.forward,
        )
        return replace(
            mail,
            content_digest=self.attempt("digest", lambda: content_digest(mail, headers), None),
            text_digest=self.attempt("digest", lambda: text_digest(mail), None),
            size=len(octets),
            left_out=tuple(content.left_out),
            parts_before_cut=None if whole else _leaves_before(structure),
            language=self.attempt("language", lambda: _language(mail, headers), None),
        )

    def _read_headers(self, headers: Headers) -> ParsedEmail:
        attempt = self.attempt

        def addresses(name: str) -> tuple[Address, ...]:
            joined = ", ".join(headers.all(name))
            nobody: tuple[Address, ...] = ()
            found = attempt(name, lambda: parse_addresses(joined, self.limits), nobody)
            self._bound(len(found), joined.count("@"), self.limits.addresses, "number of addresses")
            return found

        def ids(name: str) -> tuple[str, ...]:
            joined = " ".join(headers.all(name))
            none: tuple[str, ...] = ()
            found = attempt(name, lambda: parse_message_ids(joined, self.limits.references), none)
            self._bound(len(found), joined.count("<"), self.limits.references, "number of references")
            return found

        subject = attempt("subject", lambda: headers.decoded("subject")[:LONGEST_SUBJECT], "")
        return_path = unfold(headers.first("return-path"))
        sender = next(iter(addresses("from")), None)
        return ParsedEmail(
            message_id=attempt("message-id", lambda: parse_message_id(headers.first("message-id")), None),
            in_reply_to=ids("in-reply-to"),
            references=ids("references"),
            date=attempt("date", lambda: read_date(headers.first("date")), None),
            subject=subject,
            base_subject=attempt("base subject", lambda: base_subject(subject), subject),
            from_=sender,
            from_doubt=attempt("from", lambda: originator.doubt(headers, sender), originator.REPAIRED),
            sender=next(iter(addresses("sender")), None),
            reply_to=addresses("reply-to"),
            to=addresses("to"),
            cc=addresses("cc"),
            authentication=attempt(
                "authentication", lambda: parse_authentication(headers.all("authentication-results")), ()
            ),
            hops=sum(name == "received" for name, _ in headers.fields),
            null_reverse_path=return_path.replace(" ", "") == "<>",
            headers=attempt("headers", lambda: _kept(headers), {}),
            repeated=headers.repeated(),
            delivered=attempt("delivered", lambda: trace.delivered(headers), ()),
            received_by=attempt("received", lambda: trace.received_by(headers), ""),
            reached=attempt("reached", lambda: trace.reached(headers), ()),
        )

    def _take_pictures(self, content: Content) -> None:
        """Pictures in the markup become attachments, before anything else is read from it."""
        for at, piece in enumerate(content.pieces):
            if piece.markup is not None:
                markup, taken, defects = take_pictures(piece.markup, content.attachments, self.limits)
                content.pieces[at] = replace(piece, markup=markup)
                content.attachments.extend(taken)
                self.defects.extend(defects)

    def _texts(self, pieces: list[Piece]) -> tuple[str, str | None, str | None]:
        """The whole text, the whole safe HTML, and the sender's markup when it is in one piece."""
        texts: list[str] = []
        shown: list[str] = []
        limits = self.limits
        for piece in pieces:
            markup = piece.markup
            text = self._to_text(markup or "", limits) if piece.plain is None else unwrap_text(piece.plain)
            texts.append(tidy(text))
            if markup is None:
                shown.append(text_to_html(text))
                continue
            shown.append(self._safe(markup, limits, whole=len(pieces) == 1))
            limits = bounds.left(markup, limits) if len(pieces) > 1 else limits
        rich = [piece.markup for piece in pieces if piece.markup is not None]
        whole = "\n\n".join(text for text in texts if text)
        if not rich:
            return whole, None, None
        if len(shown) == 1:
            return whole, shown[0], rich[0]
        return (
            whole,
            self._safe("\n".join(shown), self.limits),
            None,
        )  # made safe once more: blanks between pieces are the join's

    def _to_text(self, markup: str, limits: Limits) -> str:
        nothing: tuple[str, tuple[str, ...]] = ("", ())
        text, defects = self.attempt("html to text", lambda: html_to_text(markup, limits), nothing)
        self.defects.extend(defects)
        return text

    def _safe(self, markup: str, limits: Limits, *, whole: bool = True) -> str:
        nothing: tuple[str, tuple[str, ...]] = ("", ())
        html, defects = self.attempt("html", lambda: safe_html(markup, limits, whole=whole), nothing)
        self.defects.extend(defects)
        return html

    def _automation(
        self, headers: Headers, mail: ParsedEmail, content: Content, report: DeliveryReport | None, text: str
    ) -> Automation:
        sender = mail.from_
        return self.attempt(
            "automation",
            lambda: automation.classify(
                automation.Signs(
                    headers=headers,
                    subject=mail.subject,
                    sender=sender.address if sender else unfold(headers.first("from"))[:320],
                    sender_name=sender.name if sender else "",
                    report_type=content.report_type,
                    media_types=content.media_types,
                    invitation=content.invitation,
                    report=report,
                    null_reverse_path=mail.null_reverse_path,
                    text=text,
                )
            ),
            Automation(),
        )

    def _report(
        self, headers: Headers, text: str, report: DeliveryReport | None, content: Content, kind: AutomationKind
    ) -> DeliveryReport | None:
        """The delivery report of a mail of this kind: completed, as its parts tell, or none for what people write."""
        if kind in REPORTS:
            return self.attempt(
                "bounce",
                lambda: delivery_report.complete(headers, text, content.reports, report, kind, self.limits),
                report,
            )
        return report if kind is AutomationKind.AUTO_GENERATED else None

    def _forward(
        self, mail: ParsedEmail, text: str, markup: str | None, content: Content, *, attached: bool
    ) -> PassedOn | None:
        found = forward.find_inline(mail.subject, text, markup, self.limits)
        if found is not None or not content.messages or not attached:
            return found
        inner = _Reader(self.limits).read(content.messages[0], attached=False)
        if not forward.is_passed_on(mail.subject, text, inner):
            return None
        if text.strip() or len(content.messages) > 1:
            return PassedOn(forward.of_attached(inner), note=None)
        # Nobody wrote a word above it: what is passed on is all there is to show.
        return PassedOn(forward.of_attached(inner), note="", passed_on=inner.body.text)

    def _body(self, text: str, html: str | None, markup: str | None, passed_on: PassedOn | None) -> Body:
        whole = Body(text=text, html=html, reply_text=text, reply_html=html)
        if passed_on is not None and passed_on.note is not None:
            return self._note(whole, passed_on)
        if text.count("\n") >= self.limits.cleaned_lines or len(text) > self.limits.cleaned:
            self.defects.append("limit: text, searched for quotations at its beginning only")
        found = None if markup is None else html_reply.read_reply(whole, markup, self.limits)
        if found is not None:
            return found
        body = cleaners.clean(whole, self.limits)
        if html is None or body.reply_text == text:
            return body
        if markup is None:
            return replace(body, reply_html=html_reply.shown_text(body.reply_text, self.limits))
        return replace(body, reply_html=html_reply.trim_html(markup, text, body.reply_text, self.limits))

    def _note(self, whole: Body, passed_on: PassedOn) -> Body:
        """The forwarder's own words; what is passed on is what the mail is about, and stays beside them."""
        note = cleaners.clean(Body(reply_text=passed_on.note or ""), self.limits, cleaners.SIGN_OFFS)
        # Cleaners leave something of what a person wrote, but a forward may have nothing above it but the sign-off.
        alone = cleaners.clean(Body(reply_text=f"{NOTE}\n\n{note.reply_text}"), self.limits, cleaners.SIGN_OFFS)
        if alone.reply_text.strip() == NOTE:
            signature = "\n".join(one for one in (alone.signature, note.signature) if one)
            note = replace(note, reply_text="", signature=signature)
        return replace(
            whole,
            reply_text=note.reply_text,
            reply_html=html_reply.shown_text(note.reply_text, self.limits) if whole.html is not None else None,
            signature=note.signature,
            quoted_text=passed_on.passed_on,
        )


def read_date(field: str) -> datetime | None:
    """The Date field with its zone (UTC if it names none), or None. Any year that Python's calendar has."""
    text = unfold(field)[:LONGEST_DATE]
    if not text:
        return None
    try:
        date = parsedate_to_datetime(text)
        date = date if date.tzinfo else date.replace(tzinfo=UTC)
        date.astimezone(UTC)  # the first and last days of the calendar overflow here, and everywhere after
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return date


def delivered_at(octets: bytes) -> datetime | None:
    """When the last server on its way took a mail: the date of the topmost Received field (RFC 5321 §4.4), or None."""
    headers, _ = read_section(octets[:LONGEST_TRACE])
    field = next((text for text in headers.all("received")[:1]), "")
    return read_date(field.rpartition(";")[2])


def author_of(octets: bytes, limits: Limits = DEFAULT) -> str:
    """The address of From as `parse` reads it, of a mail or its first octets; "" if there is none. Never raises."""
    try:
        headers, _ = read_section(octets, limits=limits)
        found = parse_addresses(", ".join(headers.all("from")), limits)
    except Exception:  # noqa: BLE001 - as `parse`
        return ""
    return found[0].address if found else ""


def _kept(headers: Headers) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, _ in headers.fields:
        if name not in kept and not name.startswith(UNREADABLE) and (value := headers.first(name)[:8_000]):
            kept[name] = decode_words(value)[:LONGEST_HEADER]
            if len(kept) == MOST_HEADERS:
                break
    return kept


def reached_by(octets: bytes) -> tuple[str, ...]:
    """The addresses by which the last server delivered a mail, read as `parse` reads them. Never raises."""
    try:
        return trace.reached(read_section(octets[:LONGEST_TRACE])[0])
    except Exception:  # noqa: BLE001 - as `parse`
        return ()
