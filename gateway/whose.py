"""Whose mail it is: the author behind From, and who an agent passed it on for. Pure.

Promises: From, unless it is an address of ours (a contact form), takes no mail (the same), or was put there by a
mailing list; then the person behind, as Reply-To, X-Original-From or X-Original-Sender name them. Anybody can write
these fields: such an author is *unproved*, unless From is of a domain that is trusted to rewrite it and nothing
contradicts. Knows nothing of HaloPSA's users, nor of what an unproved author may do.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from gateway.model import Agent
from gateway.rules.loops import is_own
from gateway.rules.nobody import takes_no_mail
from parsers.addresses import parse_addresses
from parsers.mailboxes import domain_key, mailbox_of
from parsers.model import Address, AutomationKind, ParsedEmail

VIA = (" via ", " über ", " par ", " tramite ", " por medio de ", " через ", " (via ")
LIST_FIELDS = ("list-id", "list-post", "list-unsubscribe", "x-original-from", "x-original-sender", "mailing-list")
PERSONS = frozenset({AutomationKind.NONE, AutomationKind.CALENDAR, AutomationKind.MAILING_LIST})
"""Who writes through forms and lists. A machine that says where answers are to go is not spoken for by that address."""


@dataclass(frozen=True, slots=True)
class Author:
    """Whose mail it counts as. `words`: why it is not From, if it is not; then nobody has proved it.

    `form`: From takes no mail, and may still take part in a ticket in its own right, as a monitor or a shop does.
    """

    person: Address | None
    words: str = ""
    proved: bool = True
    form: bool = False


def author(mail: ParsedEmail, own: frozenset[str], rewriters: Collection[str] = ()) -> Author:
    """The person who wrote it. `rewriters`: domains whose lists are trusted to say for whom they rewrote From."""
    sender = mail.from_
    if sender is None or not sender.address:
        return Author(None, "nobody sent it")
    ours = is_own(sender.address, own)
    if ours or _is_rewritten(mail, sender):
        found = _original(mail, sender, own)
        if found is not None:
            trusted = domain_key(sender.address.rpartition("@")[2]) in rewriters and _is_only_original(mail)
            return Author(found[0], f"{found[1]}, because a mailing list wrote From", proved=trusted)
    if ours:
        other = next((one for one in mail.reply_to if one.address and not is_own(one.address, own)), None)
        if other is not None:
            return Author(other, "Reply-To, because From is an address of ours", proved=False)
        return Author(sender)
    if takes_no_mail(sender.address) and mail.automation.kind in PERSONS and len(mail.reply_to) == 1:
        (other,) = mail.reply_to
        same = mailbox_of(other.address) == mailbox_of(sender.address)
        if other.address and not (same or takes_no_mail(other.address) or is_own(other.address, own)):
            return Author(other, "Reply-To, because From takes no mail", proved=False, form=True)
    return Author(sender)


def passed_on_for(mail: ParsedEmail, agent: Agent | None, own: frozenset[str]) -> Address | None:
    """Who wrote the mail that an agent passes on; nobody if it is no agent, or the mail passed on is our own."""
    passed_on = mail.forward
    if agent is None or passed_on is None or not passed_on.original_sender:
        return None
    if "@" not in passed_on.original_sender or is_own(passed_on.original_sender, own):
        return None
    return Address(passed_on.original_sender, passed_on.original_name or "")


def _original(mail: ParsedEmail, sender: Address, own: frozenset[str]) -> tuple[Address, str] | None:
    """Whom a mailing list names in place of From, and in which field."""
    for name in ("x-original-from", "x-original-sender"):
        for one in parse_addresses(mail.headers.get(name, "")):
            if not is_own(one.address, own):
                return Address(one.address, one.name or _without_via(sender.name)), name.title()
    if not _is_rewritten(mail, sender):
        return None
    posted = _list_address(mail)
    for one in mail.reply_to:
        if one.address and one.address.lower() not in {sender.address.lower(), posted} and not is_own(one.address, own):
            return Address(one.address, one.name or _without_via(sender.name)), "Reply-To"
    return None


def _is_only_original(mail: ParsedEmail) -> bool:
    """Whether just one address is named as the original author: a second one may have come with the mail."""
    named = [one.address.lower() for one in parse_addresses(mail.headers.get("x-original-from", ""))]
    named += [one.address.lower() for one in parse_addresses(mail.headers.get("x-original-sender", ""))]
    return len(set(named)) == 1 and not mail.repeated & {"x-original-from", "x-original-sender"}


def _is_rewritten(mail: ParsedEmail, sender: Address) -> bool:
    listed = any(name in mail.headers for name in LIST_FIELDS)
    name = f" {sender.name.lower()} "
    return listed and (sender.address.lower() == _list_address(mail) or any(word in name for word in VIA))


def _list_address(mail: ParsedEmail) -> str:
    """The address that mail to the list goes to (RFC 2369 §3.4)."""
    posted = mail.headers.get("list-post", "").lower()
    _, found, rest = posted.partition("mailto:")
    return rest.partition(">")[0].partition("?")[0].strip() if found else ""


def _without_via(name: str) -> str:
    low = name.lower()
    at = min((found for word in VIA if (found := low.find(word)) > 0), default=len(name))
    return name[:at].strip().strip("'\"")
