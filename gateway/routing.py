"""The rules of the configuration: which mail each takes, and what they want for it together. Pure.

Promises: conditions of one rule all hold; of several texts in one condition one has to. Patterns are texts with "*":
their pieces are looked for one after the other, so a match takes time in proportion to the text, whatever it is.
Texts are compared without case. Knows nothing of what a ticket type is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from config.policy import Rule
from gateway.model import Routing
from parsers.model import ParsedEmail

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_TEXT = 200_000  # characters of the text that words are looked for in


def route(rules: Sequence[Rule], mail: ParsedEmail, account: str, arrived: datetime) -> Routing:
    """What the rules want for a mail. Of rules that go on, an earlier one's wish stands."""
    taken: list[Rule] = []
    for rule in rules:
        if holds(rule, mail, account, arrived):
            taken.append(rule)
            if not rule.continue_:
                break
    if not taken:
        return Routing()
    client = next((one for one in taken if one.client_id is not None), None)
    acknowledge = next((one.acknowledge for one in taken if one.acknowledge is not None), None)
    return Routing(
        taken=tuple(one.name for one in taken),
        tickettype_id=next((one.tickettype_id for one in taken if one.tickettype_id is not None), None),
        status_id=next((one.status_id for one in taken if one.status_id is not None), None),
        priority_id=next((one.priority_id for one in taken if one.priority_id is not None), None),
        client_id=client.client_id if client is not None else None,
        client_by_sender=client is not None and bool(client.sender or client.domain or client.header),
        team=next((one.team for one in taken if one.team), ""),
        agent_id=next((one.agent_id for one in taken if one.agent_id is not None), None),
        categories=next((one.categories for one in taken if one.categories), ()),
        custom_fields=tuple({k: v for one in reversed(taken) for k, v in one.custom_fields.items()}.items()),
        acknowledge=acknowledge,
        template=next((one.template for one in taken if one.template), ""),
        ignore=any(one.ignore for one in taken),
        quarantine=any(one.quarantine for one in taken) and not any(one.ignore for one in taken),
        hide=any(one.hide for one in taken),
    )


def holds(rule: Rule, mail: ParsedEmail, account: str, arrived: datetime) -> bool:
    """Whether all conditions of a rule hold; without one it takes every mail."""
    sender = mail.from_.address.lower() if mail.from_ is not None else ""
    domain = sender.rpartition("@")[2]
    recipients = [*(one.address for one in (*mail.to, *mail.cc)), *mail.delivered]
    text = mail.body.text[:LONGEST_TEXT].casefold() if rule.words else ""
    conditions = (
        not rule.mailbox or account in rule.mailbox,
        not rule.recipient or _any(rule.recipient, recipients),
        not rule.sender or _any(rule.sender, (sender,)),
        not rule.domain or any(domain == one or domain.endswith(f".{one}") for one in rule.domain),
        not rule.subject or _any(rule.subject, (mail.subject,)),
        all(_any((wanted,), _field(mail, name)) for name, wanted in rule.header.items()),
        not rule.words or any(one.casefold() in text for one in rule.words),
        not rule.attachment or _any(rule.attachment, (one.filename for one in mail.attachments)),
        not rule.automation or str(mail.automation.kind) in rule.automation,
        rule.larger_than is None or mail.size > rule.larger_than,
        rule.smaller_than is None or mail.size < rule.smaller_than,
        _in_time(rule, arrived.astimezone()),
    )
    return all(conditions)


def matches(pattern: str, text: str) -> bool:
    """Whether a whole text is what the pattern says; pieces between "*" are found from the left, each once."""
    text = text.casefold()
    head, *rest = pattern.split("*")
    if not rest:
        return text == head
    *middle, tail = rest
    if not text.startswith(head):
        return False
    at = len(head)
    for piece in middle:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return len(text) - len(tail) >= at and text.endswith(tail)


def _any(patterns: Iterable[str], texts: Iterable[str]) -> bool:
    held = list(texts)
    return any(matches(pattern, text) for pattern in patterns for text in held)


def _field(mail: ParsedEmail, name: str) -> tuple[str, ...]:
    value = mail.headers.get(name.lower())
    return () if value is None else (value,)


def _in_time(rule: Rule, at: datetime) -> bool:
    if rule.days and DAYS[at.weekday()] not in rule.days:
        return False
    now = at.time()
    if rule.after is not None and rule.before is not None and rule.before <= rule.after:
        return now >= rule.after or now < rule.before  # over midnight
    return (rule.after is None or now >= rule.after) and (rule.before is None or now < rule.before)
