"""Whose mail it is: the author behind From, and who an agent passed it on for. Pure.

Promises: From, unless it is an address of ours (a contact form) or one that a mailing list put in its place; then the
person behind, as Reply-To, X-Original-From or Sender name them. Knows nothing of HaloPSA's users.
"""

from __future__ import annotations

from gateway.model import Agent
from gateway.rules.loops import is_own
from parsers.addresses import parse_addresses
from parsers.model import Address, ParsedEmail

VIA = (" via ", " über ", " par ", " tramite ", " por medio de ", " через ", " (via ")
LIST_FIELDS = ("list-id", "list-post", "list-unsubscribe", "x-original-from", "x-original-sender", "mailing-list")


def author(mail: ParsedEmail, own: frozenset[str]) -> tuple[Address | None, str]:
    """The person who wrote it, and why it is not From if it is not."""
    sender = mail.from_
    if sender is None or not sender.address:
        return None, "nobody sent it"
    if is_own(sender.address, own):
        other = next((one for one in mail.reply_to if one.address and not is_own(one.address, own)), None)
        return (other, "Reply-To, because From is an address of ours") if other is not None else (sender, "")
    if _is_rewritten(mail, sender):
        for name in ("x-original-from", "x-original-sender"):
            for one in parse_addresses(mail.headers.get(name, "")):
                return one, f"{name}, because a mailing list wrote From"
        posted = _list_address(mail)
        for one in mail.reply_to:
            if one.address and one.address.lower() not in {sender.address.lower(), posted}:
                return Address(one.address, one.name or _without_via(sender.name)), (
                    "Reply-To, because a mailing list wrote From"
                )
    return sender, ""


def passed_on_for(mail: ParsedEmail, agent: Agent | None, own: frozenset[str]) -> Address | None:
    """Who wrote the mail that an agent passes on; nobody if it is no agent, or the mail passed on is our own."""
    passed_on = mail.forward
    if agent is None or passed_on is None or not passed_on.original_sender:
        return None
    if "@" not in passed_on.original_sender or is_own(passed_on.original_sender, own):
        return None
    return Address(passed_on.original_sender, passed_on.original_name or "")


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
