"""The answer that tells a sender the number of their ticket, and the mail that tells an operator of trouble.

Promises: pure. Nothing of the mail being answered is sent back but its subject, cut to one clean line, and its message
ids; a forged sender gains nobody a way to mail a text of their own through us. Fails with Permanent for an address that
cannot be used. Knows nothing of SMTP.

An acknowledgement says in every way that is understood that no machine should answer it: `Auto-Submitted` (RFC 3834
§5), `X-Auto-Response-Suppress` (Exchange), and `Precedence: auto_reply`, a word that responders older than RFC 3834 and
several help desks know; not "bulk", which some servers delay or file as junk.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateError, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gateway.errors import Misconfigured
from gateway.model import Acknowledge
from gateway.smtp.addresses import wire
from gateway.smtp.compose import clean, header, identifiers
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
    ticket_id: int,
    *,
    from_address: str,
    from_name: str = "",
    now: datetime,
    references: tuple[Reference, ...] = REFERENCES,
    templates: Path | None = None,
) -> bytes:
    """The acknowledgement, ready for DATA. Its Message-ID is the step's, whatever the ticket became.

    `templates`: the folder of the texts that a step may name in place of the usual one.

    `references`: the kinds of ticket reference that replies are recognised by; the first is the one that is written.
    """
    subject, written = their_subject(step.subject, references), tag(ticket_id, references[0])
    words = phrases(step.language)
    more = [
        ("Auto-Submitted", "auto-replied"),
        ("X-Auto-Response-Suppress", "All"),
        ("Precedence", "auto_reply"),
        (OURS, "acknowledgement"),
    ]
    if step.reply_to:
        more.append(("Reply-To", wire(step.reply_to).spec))
    answered = (step.in_reply_to,) if step.in_reply_to else ()
    others = tuple(one for one in step.references if one != step.in_reply_to)
    if parent := identifiers(answered):
        more.insert(0, ("In-Reply-To", parent))
    if chain := identifiers((*others, *answered)):
        more.insert(1 if parent else 0, ("References", chain))
    mail = header(
        sender=wire(from_address),
        sender_name=from_name,
        to=[wire(step.to.address)],
        subject=f"{written} Re: {subject}" if subject else f"{written} {words['message']}",
        message_id=step.message_id,
        date=now,
        more=more,
    )
    values = {
        "tag": written,
        "from_name": clean(from_name, 80),
        "language": step.language,
        "words": words,
        "marker": f"--- {words['marker']} ---",
        "respond_within": spoken(step.respond_within, step.language),
        "signed": step.signed,
    }
    plain, html = _texts(step.template, step.language, templates, values)
    _set_text(mail, plain)
    if html is not None:
        mail.add_alternative(html, subtype="html", cte="quoted-printable")
    mail["Content-Language"] = step.language  # last: making it multipart moves Content fields into the first part
    return mail.as_bytes()


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


def phrases(language: str) -> Mapping[str, str]:
    """What an acknowledgement says in a language; in English for one that nobody wrote."""
    held = _phrases()
    return {key: one for key, one in held.get(language, held["en"]).items() if isinstance(one, str)}


def spoken(minutes: int | None, language: str = "en") -> str:
    """A time as people say it: `4 hours`; nothing for no promise."""
    if minutes is None or minutes <= 0:
        return ""
    held = _phrases()
    for size, name in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0:
            count = minutes // size
            one, more = held.get(language, held["en"])[name]
            return str(one if count == 1 else more).format(n=count)
    return ""


def their_subject(subject: str, references: tuple[Reference, ...] = REFERENCES) -> str:
    """What of a sender's subject is sent back: one line, no reply prefixes, no ticket references that they planted."""
    line = clean(without_references(clean(subject, 4 * LONGEST_SUBJECT), references), LONGEST_SUBJECT)
    while found := _REPLY_PREFIX.match(line):
        line = line[found.end() :].lstrip()
    return line


def _set_text(mail: EmailMessage, text: str) -> None:
    # Quoted-printable even for ASCII: no relay then has a reason to fold or to escape a line.
    mail.set_content(text, cte="quoted-printable")


def _texts(name: str, language: str, folder: Path | None, values: Mapping[str, object]) -> tuple[str, str | None]:
    """Both forms. A template that is gone or wrong is told to the operator, and waits: it is theirs to mend.

    A template for the language, NAME.de.txt.j2, goes before NAME.txt.j2.
    """
    own = _templates(None)
    if not name or folder is None:
        forms = [own.get_template(f"acknowledgement.{form}.j2").render(values) for form in ("txt", "html")]
        return forms[0], forms[1]
    theirs = _templates(folder)
    try:
        names = (f"{name}.{language}", name)
        plain = theirs.select_template([f"{one}.txt.j2" for one in names]).render(values)
        try:
            return plain, theirs.select_template([f"{one}.html.j2" for one in names]).render(values)
        except TemplateNotFound:
            return plain, None
    except (TemplateError, OSError, UnicodeDecodeError) as error:
        said = f"the template {name} in {folder} cannot be used ({error}): mend it, or take it out of the rule"
        raise Misconfigured("template", said) from None


@cache
def _phrases() -> Mapping[str, Any]:
    return tomllib.loads(files("config").joinpath("templates", "acknowledgement.toml").read_text(encoding="utf-8"))


@cache
def _templates(folder: Path | None) -> ImmutableSandboxedEnvironment:
    def source(name: str) -> str | None:
        if folder is None:
            return files("config").joinpath("templates", name).read_text(encoding="utf-8")
        path = folder / name
        return path.read_text(encoding="utf-8") if path.exists() else None

    return ImmutableSandboxedEnvironment(
        loader=FunctionLoader(source),
        autoescape=lambda name: name is not None and ".html" in name,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
