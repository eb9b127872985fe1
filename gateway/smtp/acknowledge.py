"""The answer that tells a sender the number of their ticket, and the mail that tells an operator of trouble.

Promises: pure. Nothing of the mail being answered is sent back but its subject, cut to one clean line, and its message
ids; of the subject, wherever it stands, only what is no address of any kind (`links`) and no ticket reference of ours,
and of the topic only what the subject shows. A forged sender gains nobody a way to mail a text of their own through
us, and a display name is not repeated at all. Fails with Permanent for an address that cannot be used. Knows nothing
of SMTP.

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

from gateway.office import Office
from gateway.smtp import texts
from gateway.smtp.addresses import wire
from gateway.smtp.compose import clean, header, identifiers
from gateway.smtp.links import has_links, visible, without_links
from gateway.smtp.outlook import thread_index
from gateway.smtp.wording import moment, opening, phrases, spoken, zone_name
from gateway.steps import Acknowledge
from parsers.headers import decode_words
from parsers.subject import Reference, base_subject, without_references

LONGEST_SUBJECT = 120  # characters of theirs
LONGEST_READ = 2_000
LONGEST_TAIL = 40
MOST_ENCODINGS = 2
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
        more=_fields(step, subject, references, now),
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
        "summary": subject,
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


def _fields(step: Acknowledge, subject: str, references: tuple[Reference, ...], now: datetime) -> list[tuple[str, str]]:
    """What it answers, and that no machine should answer it. `subject`: what of theirs is shown."""
    fields = []
    answered = (step.in_reply_to,) if step.in_reply_to else ()
    others = tuple(one for one in step.references if one != step.in_reply_to)
    if parent := identifiers(answered):
        fields.append(("In-Reply-To", parent))
    if chain := identifiers((*others, *answered)):
        fields.append(("References", chain))
    if topic := _topic(their_subject(step.topic, references), subject):
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
    """What of a sender's subject is sent back: one line, no reply prefixes, no address, no ticket reference of ours.

    A reference that is none of ours stays at the end of a line that is cut. "" if there is nothing to be shown.
    """
    raw = subject[:LONGEST_READ]
    for _ in range(MOST_ENCODINGS):  # what is encoded twice is read by the next program
        raw = decode_words(raw)[:LONGEST_READ] if "=?" in raw else raw
    if without_references(plain := visible(raw), references) != plain:  # what nobody sees hides no reference
        raw = plain
    raw = without_links(without_references(raw, references))
    line = _cut(clean(without_references(clean(raw, LONGEST_READ), references), LONGEST_READ))
    while found := _REPLY_PREFIX.match(line):
        line = line[found.end() :].lstrip()
    return "" if has_links(line) else line


def _cut(line: str) -> str:
    """A long line cut before what stands at its end in brackets with a number: whose system that is needs it."""
    if len(line) <= LONGEST_SUBJECT:
        return line
    at = line.rfind({"]": "[", ")": "("}.get(line[-1], " "))
    tail = line[at:].strip() if at > 0 else ""
    if not any(map(str.isdigit, tail)) or not set(tail) & set("[(#") or len(tail) > LONGEST_TAIL:
        tail = ""
    return f"{clean(line, LONGEST_SUBJECT - len(tail) - bool(tail))} {tail}".rstrip()


def _topic(theirs: str, subject: str) -> str:
    """The topic of the conversation, as far as the subject shows it."""
    return theirs if theirs and theirs.lower() in subject.lower() else base_subject(subject)


def _set_text(mail: EmailMessage, text: str) -> None:
    # Quoted-printable even for ASCII: no relay then has a reason to fold or to escape a line.
    mail.set_content(text, cte="quoted-printable")
