"""The answer that tells a sender the number of their ticket, and the mail that tells an operator of trouble.

Promises: pure. Nothing of the mail being answered is sent back but its subject, cut to one clean line, and its message
ids; in the text the subject stands only without anything like an address. A forged sender gains nobody a way to mail a
text of their own through us, and a display name is not repeated at all. Fails with Permanent for an address that
cannot be used. Knows nothing of SMTP.

An acknowledgement says in every way that is understood that no machine should answer it: `Auto-Submitted` (RFC 3834
§5), `X-Auto-Response-Suppress` (Exchange), and `Precedence: auto_reply`, a word that responders older than RFC 3834 and
several help desks know; not "bulk", which some servers delay or file as junk.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from gateway.model import Acknowledge
from gateway.office import Office
from gateway.smtp import texts
from gateway.smtp.addresses import wire
from gateway.smtp.compose import clean, header, identifiers
from gateway.smtp.outlook import thread_index
from gateway.smtp.wording import moment, opening, phrases, spoken, zone_name
from parsers.subject import Reference, without_references

LONGEST_SUBJECT = 120  # characters of theirs
OURS = "X-Halo-Mailgate"
REFERENCES: tuple[Reference, ...] = (("[ID:", "]"),)
_REPLY_PREFIX = re.compile(r"re(?:\[\d{1,3}\])?:\s?", re.IGNORECASE)


def tag(ticket_id: int, reference: Reference = REFERENCES[0]) -> str:
    """The ticket reference that a reply is recognised by: [ID:0012345]."""
    return f"{reference[0]}{ticket_id:07d}{reference[1]}"


def compose(
    step: Acknowledge,
    ticket_id: int | None,
    *,
    from_address: str,
    from_name: str = "",
    now: datetime,
    references: tuple[Reference, ...] = REFERENCES,
    templates: Path | None = None,
    office: Office | None = None,
) -> bytes:
    """The acknowledgement, ready for DATA. Its Message-ID is the step's, whatever the ticket became.

    `ticket_id`: None for an answer that names no ticket. `templates`: the folder of the operator's own texts.
    `references`: the kinds of ticket reference that replies are recognised by; the first is the one that is written.
    """
    subject = their_subject(step.subject, references)
    values = values_of(
        step,
        ticket_id,
        from_address=from_address,
        from_name=from_name,
        now=now,
        references=references,
        office=office,
    )
    tagged = f"{values['tag']} " * (ticket_id is not None)
    mail = header(
        sender=wire(from_address),
        sender_name=from_name,
        to=[wire(step.to.address)],
        subject=f"{tagged}Re: {subject}" if subject else f"{tagged}{phrases(step.language)['message']}",
        message_id=step.message_id,
        date=now,
        more=_fields(step, now),
    )
    own = step.template if step.occasion == "opened" else ""
    plain, html = texts.render(
        values,
        base=own or texts.NAMES[step.occasion],
        mailbox=step.mailbox,
        language=step.language,
        folder=templates,
        ours=not own,
    )
    _set_text(mail, plain)
    if html is not None:
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
    mail["Content-Language"] = step.language  # last: making it multipart moves Content fields into the first part
    return mail.as_bytes()


def values_of(
    step: Acknowledge,
    ticket_id: int | None,
    *,
    from_address: str,
    from_name: str = "",
    now: datetime,
    references: tuple[Reference, ...] = REFERENCES,
    office: Office | None = None,
) -> dict[str, object]:
    """What a template may use (`texts.VALUES`)."""
    words, subject = phrases(step.language), their_subject(step.subject, references)
    return {
        "kind": step.occasion,
        "tag": "" if ticket_id is None else tag(ticket_id, references[0]),
        "ticket": ticket_id,
        "summary": "" if _links(subject) else subject,
        "from_name": clean(from_name, 80),
        "address": from_address,
        "mailbox": step.mailbox,
        "language": step.language,
        "words": words,
        "marker": f"--- {words['marker']} ---",
        "respond_within": spoken(step.respond_within, step.language),
        "signed": step.signed,
        "office": _there(office, step, now),
    }


def _there(office: Office | None, step: Acknowledge, now: datetime) -> dict[str, object] | None:
    if office is None or not office.hours.open:
        return None
    opens = office.opens(now)
    by = office.after(now, timedelta(minutes=step.respond_within)) if step.respond_within else None
    zone = office.hours.zone()
    return {
        "open": office.is_open(now),
        "opens": moment(opens, step.language) if opens is not None else "",
        "answer_by": moment(by, step.language) if by is not None else "",
        "hours": opening(office.hours.open, zone, step.language, now),
        "zone": zone_name(zone, step.language, now),
    }


def _fields(step: Acknowledge, now: datetime) -> list[tuple[str, str]]:
    """What it answers, and that no machine should answer it."""
    fields = []
    answered = (step.in_reply_to,) if step.in_reply_to else ()
    others = tuple(one for one in step.references if one != step.in_reply_to)
    if parent := identifiers(answered):
        fields.append(("In-Reply-To", parent))
    if chain := identifiers((*others, *answered)):
        fields.append(("References", chain))
    if topic := clean(step.topic, 2 * LONGEST_SUBJECT):
        fields.append(("Thread-Topic", topic))
    if index := thread_index(step.thread_index, now):
        fields.append(("Thread-Index", index))
    fields += [
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "All"),
        ("Precedence", "auto_reply"),
        (OURS, "acknowledgement"),
    ]
    if step.reply_to:
        fields.append(("Reply-To", wire(step.reply_to).spec))
    return fields


def compose_alert(
    to: Sequence[str],
    subject: str,
    text: str,
    *,
    from_address: str,
    from_name: str = "",
    message_id: str,
    now: datetime,
) -> bytes:
    """A plain mail to operators."""
    more = [("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All"), (OURS, "alert")]
    mail = header(
        sender=wire(from_address),
        sender_name=from_name,
        to=[wire(one) for one in to],
        subject=subject,
        message_id=message_id,
        date=now,
        more=more,
    )
    _set_text(mail, text)
    return mail.as_bytes()


def their_subject(subject: str, references: tuple[Reference, ...] = REFERENCES) -> str:
    """What of a sender's subject is sent back: one line, no reply prefixes, no ticket references that they planted."""
    line = clean(without_references(clean(subject, 4 * LONGEST_SUBJECT), references), LONGEST_SUBJECT)
    while found := _REPLY_PREFIX.match(line):
        line = line[found.end() :].lstrip()
    return line


def _set_text(mail: EmailMessage, text: str) -> None:
    # Quoted-printable even for ASCII: no relay then has a reason to fold or to escape a line.
    mail.set_content(text, cte="quoted-printable")


def _links(line: str) -> bool:
    """Whether a reader's program may make a link of something in it: then it is not shown in a text of ours."""
    return any(_linked(word) for word in line.split())


def _linked(word: str) -> bool:
    if ":" in word.rstrip(":") or "@" in word or "/" in word:
        return True
    before, _, after = word.strip(".,;!?()[]\"'").rpartition(".")
    return bool(before) and len(after) > 1 and not after.isdigit()
