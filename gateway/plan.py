"""A decision to a plan: every outside effect named in a value before any of them happens.

Promises: pure; the same facts give the same plan but for the acknowledgement's Message-ID, whose randomness is given.
Step names are unique. However many files a mail has, its plan has so many as the configuration says, and one that is
the mail itself. Knows nothing of dialects, markers or trailers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never
from urllib.parse import unquote

from gateway.left_out import with_files, with_section
from gateway.model import (
    AddCorrespondence,
    Authenticity,
    Decision,
    Facts,
    Ignore,
    OpenTicket,
    Quarantine,
    Requester,
    Verdict,
)
from gateway.pictures import shown_in
from gateway.rules.answers import answer
from gateway.rules.loops import is_ours, is_own
from gateway.rules.new import answered
from gateway.rules.same_again import told_of_another
from gateway.steps import (
    ORIGINAL,
    Acknowledge,
    AddAction,
    CreateTicket,
    CreateUser,
    NoteRefused,
    Plan,
    Reopen,
    ShowPictures,
    Step,
    TellAgents,
    Text,
    UploadAttachment,
)
from parsers.headers import decode_words
from parsers.markup import text_to_html
from parsers.model import Address, Attachment
from storage.model import Way
from storage.states import REFUSAL

MOST_REFERENCES = 20
"""References that an acknowledgement carries on: a header line has an end."""
MOST_BEFORE = 10
"""Pictures that are uploaded before the entry whose text shows them: the entry waits for them."""
ORIGINAL_NAME = "original.eml"
LARGEST_ORIGINAL = 20_000_000
"""Octets of a mail that is attached whole."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a ticket opened by mail gets where nothing says otherwise (`[ticket]` in the configuration)."""

    client_id: int
    tickettype_id: int
    status_id: int
    priority_id: int
    respond_within: int | None = None  # minutes, to be said in the acknowledgement


def make_plan(
    decision: Decision,
    verdicts: tuple[Verdict, ...],
    facts: Facts,
    defaults: Defaults,
    *,
    arrived: datetime,
    token: str,
) -> Plan:
    """The steps that carry a decision out. `token` makes the acknowledgement's Message-ID unique."""
    kind, _ = answer(decision, facts)
    match decision:
        case OpenTicket():
            text = _text(facts.mail.body.text, facts.mail.body.html)
            files = _Files.of(facts, text)
            ticket, uploads = _ticket(facts, files.told(text), defaults, arrived), files.uploads(None)
            steps: tuple[Step, ...] = (ticket, *uploads)
            if facts.create_user and facts.requester is not None:
                steps = (CreateUser(facts.requester), *steps)
            if kind:
                steps = (*steps, acknowledgement(facts, token, kind, within=defaults.respond_within))
            if any(shown_in(ticket.details.html, one.content_id) for one in uploads):
                steps = (*steps, ShowPictures())
            note = " ".join(filter(None, (decision.note, told_of_another(facts))))
            if note:
                steps = (*steps, TellAgents(_text(note, None)))
            if uploads or kind:
                steps = (*steps, NoteRefused())
        case AddCorrespondence():
            text = _said(facts)
            files = _Files.of(facts, text)
            action = _action(facts, files.told(text), decision, arrived)
            uploads = files.uploads(decision.ticket_id, hidden=decision.hidden)
            shown = tuple(one for one in uploads if shown_in(action.note.html, one.content_id))[:MOST_BEFORE]
            others = tuple(one for one in uploads if one not in shown)
            steps = (*shown, action, *others)  # the text can show only what is there before it
            if note := told_of_another(facts):
                steps = (*steps, TellAgents(_text(note, None), decision.ticket_id))
            if decision.reopen:
                status = facts.account.policy.reopen_status_id or defaults.status_id
                steps = (*steps, Reopen(decision.ticket_id, status))
            if kind:
                steps = (*steps, acknowledgement(facts, token, kind, ticket=decision.ticket_id))
            if uploads or kind:
                steps = (*steps, NoteRefused(decision.ticket_id))
        case Quarantine():
            steps = (acknowledgement(facts, token, kind),) if kind else ()
        case Ignore():
            steps = ()
        case _:
            assert_never(decision)
    return Plan(decision, steps, verdicts)


def _ticket(facts: Facts, text: Text, defaults: Defaults, arrived: datetime) -> CreateTicket:
    who, routing = _requester(facts), facts.routing
    believed = _is_vouched_for(facts) or not routing.client_by_sender
    catch_all = routing.client_id if routing.client_id is not None and believed else defaults.client_id
    return CreateTicket(
        summary=facts.mail.subject,
        details=with_section(text, facts),
        requester=who,
        client_id=catch_all if who.client_id is None else who.client_id,
        tickettype_id=defaults.tickettype_id if routing.tickettype_id is None else routing.tickettype_id,
        status_id=defaults.status_id if routing.status_id is None else routing.status_id,
        priority_id=defaults.priority_id if routing.priority_id is None else routing.priority_id,
        date_occurred=arrived,
        message_id=facts.mail.message_id,
        cc=_others(facts.mail.cc, facts) if _is_vouched_for(facts) else (),
        participants=_participants(facts),
        team=routing.team,
        agent_id=routing.agent_id,
        categories=routing.categories,
        custom_fields=routing.custom_fields,
    )


def _said(facts: Facts) -> Text:
    """What a reply says. What somebody passes on is what the mail is about: it is never cut off."""
    mail, body = facts.mail, facts.mail.body
    if body.reply_text.strip() and mail.forward is None:
        return _text(body.reply_text, body.reply_html)
    return _text(body.text, body.html)


def _action(facts: Facts, text: Text, decision: AddCorrespondence, arrived: datetime) -> AddAction:
    mail, note = facts.mail, with_section(text, facts)
    if decision.warning:
        note = Text(f"{decision.warning}\n\n{note.plain}", f"{text_to_html(decision.warning)}<hr>{note.html}")
    return AddAction(
        ticket_id=decision.ticket_id,
        note=note,
        requester=_writer(facts),
        subject=mail.subject,
        sent_to=tuple(one.address for one in mail.to),
        cc=_others(mail.cc, facts),
        date=mail.date or arrived,
        hidden=decision.hidden,
        message_id=mail.message_id,
        participants=_participants(facts) if decision.welcome and not decision.hidden else (),
        agent_id=decision.agent_id,
    )


def _others(addresses: Iterable[Address], facts: Facts) -> tuple[str, ...]:
    """Addresses that are not ours, each once."""
    kept = (one.address for one in addresses if one.address and not is_ours(one.address, facts))
    return tuple(dict.fromkeys(kept))


def _participants(facts: Facts) -> tuple[str, ...]:
    """Whoever the mail is from or to, in lower case; not who hides behind Bcc, whom nobody named.

    Nor who only carried it for its author. A mail that nobody vouches for lets nobody in but its author.
    """
    mail, author = facts.mail, facts.author or facts.mail.from_
    agents = {mail.from_.address.lower()} if facts.agent is not None and mail.from_ is not None else set()
    named = (*mail.to, *mail.cc) if _is_vouched_for(facts) else ()
    senders = [facts.requester.address if facts.requester else "", author.address if author else ""]
    people = [one for one in senders if one and not is_own(one, facts.own_addresses)]
    people += _others(named, facts)
    return tuple(dict.fromkeys(low for one in people if (low := one.lower()) not in agents))


def _is_vouched_for(facts: Facts) -> bool:
    """Whether nothing says that the author may be another."""
    return facts.authenticity is not Authenticity.FAILED and not facts.unproved


@dataclass(frozen=True, slots=True)
class _Files:
    """The files of a mail: those that are attached one by one, each with its place in the mail, and the others."""

    facts: Facts
    chosen: tuple[tuple[int, Attachment], ...]
    others: tuple[Attachment, ...]

    @classmethod
    def of(cls, facts: Facts, text: Text) -> _Files:
        """Those that the text shows come first. An empty one has nothing to lose and Halo nothing to keep."""
        files = [(index, one) for index, one in enumerate(facts.mail.attachments) if one.size]
        most = facts.account.files_per_mail
        if len(files) <= most:
            return cls(facts, tuple(files), ())
        # Looked for once: a hostile mail has as many pictures as places that show them.
        shown = {piece.partition('"')[0] for piece in unquote(text.html).split("cid:")[1:]}
        chosen = sorted(files, key=lambda file: file[1].content_id not in shown)[:most]
        taken = {index for index, _ in chosen}
        return cls(facts, tuple(sorted(chosen)), tuple(one for index, one in files if index not in taken))

    @property
    def original(self) -> bool:
        """Whether the mail itself is attached, so that none of its files is missing."""
        facts = self.facts
        whole = bool(facts.digest) and not facts.truncated
        return bool(self.others) and whole and 0 < facts.mail.size <= LARGEST_ORIGINAL

    def told(self, text: Text) -> Text:
        """The text, and below it the others."""
        where = f"and the mail itself as {ORIGINAL_NAME}" if self.original else "and the mail is kept by the gateway"
        return with_files(text, len(self.chosen), self.others, original=where)

    def uploads(self, ticket_id: int | None, *, hidden: bool = False) -> tuple[UploadAttachment, ...]:
        """One step a file."""
        made = [
            UploadAttachment(
                index,
                one.filename,
                one.media_type,
                one.size,
                one.sha256,
                one.inline,
                ticket_id,
                f"attachment-{index + 1}",
                one.content_id,
                hidden,
            )
            for index, one in self.chosen
        ]
        if self.original:
            size, digest, name = self.facts.mail.size, self.facts.digest, "attachment-original"
            mail = UploadAttachment(
                ORIGINAL, ORIGINAL_NAME, "message/rfc822", size, digest, False, ticket_id, name, hidden=hidden
            )
            made.append(mail)
        return tuple(made)


def acknowledgement(
    facts: Facts, token: str, kind: str, *, ticket: int | None = None, within: int | None = None
) -> Acknowledge:
    """The step that answers a mail; somebody must be there to be answered. `kind`: its occasion.

    Whoever only a stranger's Reply-To names gets nothing of the mail, or everybody could write to them through us.
    """
    mail, to = facts.mail, answered(facts)
    refused, elsewhere = kind == "refused", facts.way is Way.ELSEWHERE
    assert to is not None
    who = replace(_requester(facts), address=to.address, name="" if elsewhere else to.name)
    chain = (*(() if elsewhere else mail.references), *((mail.message_id,) if mail.message_id else ()))
    domain = facts.account.address.rpartition("@")[2] or "localhost"
    return Acknowledge(
        to=who,
        message_id=f"ack.{token}@{domain}",
        in_reply_to=mail.message_id,
        references=tuple(dict.fromkeys(chain))[-MOST_REFERENCES:],
        subject="" if elsewhere else mail.subject,
        name=REFUSAL if refused else "acknowledgement",
        respond_within=within,
        reply_to=facts.account.address if facts.account.plus_addressing and not refused else "",
        template=facts.routing.template,
        language=facts.account.language or mail.language or facts.account.fallback_language,
        occasion=kind,
        ticket_id=ticket,
        mailbox=facts.account.name,
        topic="" if elsewhere else decode_words(mail.headers.get("thread-topic", "")) or mail.base_subject,
        thread_index="" if elsewhere else mail.headers.get("thread-index", ""),
        way=facts.way,
    )


def _requester(facts: Facts) -> Requester:
    """Whose the entry is at Halo: nobody's in particular where From failed authentication, or nobody can be proved."""
    proves = bool(facts.account.policy.authentication_servers)
    if facts.requester is not None and (facts.authenticity is Authenticity.FAILED or (facts.unproved and proves)):
        return Requester(facts.requester.address, facts.requester.name)
    if facts.requester is not None:
        return facts.requester
    return _sender(facts)


def _writer(facts: Facts) -> Requester:
    """Whose an entry on a ticket is that was there before: whoever sent it, never whom they name."""
    return _sender(facts) if facts.unproved else _requester(facts)


def _sender(facts: Facts) -> Requester:
    sender = facts.mail.from_
    return Requester("", "") if sender is None else Requester(sender.address, sender.name)


def _text(plain: str, html: str | None) -> Text:
    """Both forms, never empty."""
    plain = plain.strip() or "(no text)"
    return Text(plain, html or text_to_html(plain))
