"""Acknowledgements as they would be sent, without sending them; and the operator's templates, tried beforehand.

Promises: nothing is asked and nothing is written: the ticket, its promise and the hour are made up or given. What is
shown is made by the functions that make the real ones. Fails with the kinds of `gateway.errors` for a template that
cannot be used or a mail that nobody could answer. Knows nothing of terminals and browsers.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage

from config.errors import Problem
from config.settings import Mailbox, Settings
from gateway.app import accounts, now, own_addresses
from gateway.authenticity import judgement
from gateway.errors import Permanent
from gateway.model import Facts, Requester
from gateway.office import Office
from gateway.plan import acknowledgement
from gateway.reach import way_to
from gateway.references import Key, sign
from gateway.rules.new import answer_to, answered, may_acknowledge
from gateway.smtp import acknowledge, texts
from gateway.smtp.wording import LANGUAGES
from gateway.steps import Acknowledge
from gateway.whose import author
from parsers import parse
from parsers.model import ParsedEmail
from storage.model import Way

TICKET = 1234
SAMPLE = b"""From: Ann Sample <ann@customer.example>
To: support
Subject: The printer on the second floor is out of toner
Message-ID: <sample@customer.example>

Hello,

could somebody have a look? Thank you.
"""
_KEY = Key("1", b"only for previews".ljust(32, b"."))


@dataclass(frozen=True, slots=True)
class Wish:
    """What to show. `language` "": as it would be; `within`: minutes that the priority promises; `at`: when."""

    mailbox: Mailbox
    octets: bytes = SAMPLE
    occasion: str = "opened"
    language: str = ""
    template: str = ""
    ticket: int = TICKET
    within: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """One answer. `octets`: as it would be sent; `why`: the word for why it would not be, "" if it would."""

    occasion: str
    language: str
    octets: bytes
    mail: EmailMessage
    plain: str
    html: str | None
    why: str


def preview(settings: Settings, wish: Wish) -> Preview:
    """The answer to one mail. Permanent: nobody can be answered. Misconfigured: a template cannot be used."""
    mail = parse(wish.octets)
    facts = _of(settings, mail, wish.mailbox)
    step = _step(facts, wish)
    named = wish.occasion != "refused"
    octets = acknowledge.compose(
        step,
        wish.ticket if named else None,
        from_address=wish.mailbox.address,
        from_name=wish.mailbox.from_name,
        now=wish.at or now(),
        references=settings.matching.references,
        templates=settings.smtp.templates,
        office=Office(settings.office_of(wish.mailbox)),
    )
    made = email.message_from_bytes(octets, policy=email.policy.default)
    assert isinstance(made, EmailMessage)
    plain, html = made.get_body(("plain",)), made.get_body(("html",))
    allowed, why = may_acknowledge(facts)
    return Preview(
        wish.occasion,
        step.language,
        octets,
        made,
        plain.get_content() if plain is not None else "",
        html.get_content() if html is not None else None,
        "" if allowed else why,
    )


def language_of(settings: Settings, wish: Wish) -> str:
    """The language in which a mail would be answered."""
    account = accounts(settings)[wish.mailbox.name]
    return account.language or parse(wish.octets).language or account.fallback_language


def problems(settings: Settings) -> list[Problem]:
    """What is wrong with the operator's templates, all of it."""
    if settings.smtp.templates is None:
        return []
    mailboxes = [one.name for one in settings.mailbox]
    named = dict.fromkeys(one.template for one in settings.rule if one.template)
    return list(texts.problems(settings.smtp.templates, mailboxes, [*named], _samples(settings)))


def _samples(settings: Settings) -> Iterator[dict[str, object]]:
    """Values of every occasion in every language: with a promise and without, by day and by night."""
    mailbox = settings.mailbox[0]
    facts = Facts(parse(SAMPLE), accounts(settings)[mailbox.name], own_addresses(settings))
    offices = {one.name: settings.office_of(one) for one in settings.mailbox}
    held = [hours for hours in offices.values() if hours.open][:1]
    for language in LANGUAGES:
        for occasion in texts.NAMES:
            wish = Wish(mailbox, occasion=occasion, language=language, within=240)
            step, ticket = _step(facts, wish), None if occasion == "refused" else TICKET
            for one in (step, replace(step, respond_within=None)):
                for hours in (*held, None):
                    for later in (0, 12) if hours is not None else (0,):
                        yield acknowledge.values_of(
                            one,
                            ticket,
                            from_address=mailbox.address,
                            from_name=mailbox.from_name,
                            now=now() + timedelta(hours=later),
                            office=Office(hours) if hours is not None else None,
                        )


def _of(settings: Settings, mail: ParsedEmail, mailbox: Mailbox) -> Facts:
    """What is known of a mail without asking anybody."""
    account, own = accounts(settings)[mailbox.name], own_addresses(settings)
    wrote = author(mail, own)
    judged = judgement(mail, account.policy.authentication_servers)
    unproved = "" if wrote.proved else wrote.words
    to = wrote.person if unproved else answer_to(mail)
    way = Way.ELSEWHERE if unproved else way_to(to, mail, settings.people.shared_domains)
    return Facts(mail, account, own, author=wrote.person, unproved=unproved, authenticity=judged.found, way=way)


def _step(facts: Facts, wish: Wish) -> Acknowledge:
    to = answered(facts)
    if to is None or not to.address:
        raise Permanent("no_sender", "nobody can be answered: the mail has neither From nor Reply-To with an address")
    named = wish.occasion != "refused"
    step = acknowledgement(facts, "preview", wish.occasion, ticket=wish.ticket if named else None, within=wish.within)
    return replace(
        step,
        to=Requester(to.address, to.name),
        language=wish.language or step.language,
        template=wish.template,
        signed=sign(_KEY, wish.ticket) if named else "",
    )
