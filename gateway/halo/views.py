"""Tickets and users of HaloPSA's answers as decisions need them.

Promises: pure, in either dialect; what is missing or of the wrong kind is left out. Fails: never, on any JSON object.
Knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from gateway.halo import wire
from gateway.model import Requester, TicketView
from parsers.addresses import parse_addresses

ADDRESS_FIELDS: Final = ("emailaddress", "email2", "email3")
_NO_YEAR: Final = 1900
_LONGEST: Final = 1_000  # characters of who reported a ticket


def ticket_view(found: Mapping[str, object], ticket_id: int, *, closed: bool = False) -> TicketView | None:
    """A ticket as decisions need it; None if it is deleted. `closed`: its status says so."""
    if found.get("deleted") is True:
        return None
    merged_into = wire.number(found.get("merged_into_id"))
    shown = found.get("summary")
    return TicketView(
        id=ticket_id,
        summary=shown if isinstance(shown, str) else "",
        client_id=wire.number(found.get("client_id")),
        user_id=wire.number(found.get("user_id")),
        status_id=wire.number(found.get("status_id")),
        merged_into=merged_into if merged_into != ticket_id else None,
        addresses=_reporter(found),
        closed=closed,
        closed_at=_closed_at(found) if closed else None,
    )


def _reporter(found: Mapping[str, object]) -> frozenset[str]:
    """Addresses of a ticket's requester: a sender whom nobody knows is in `reportedby` or `user_email`."""
    texts = [value for name in ("user_email", "reportedby") if isinstance(value := found.get(name), str)]
    return frozenset(one.address.lower() for text in texts for one in parse_addresses(text[:_LONGEST]))


def _closed_at(found: Mapping[str, object]) -> datetime | None:
    """Since when it is done. 1900-01-01 stands for no date."""
    for name in ("dateclosed", "date_fully_closed", "dateresolved"):
        at = wire.moment(found.get(name))
        if at is not None and at.year > _NO_YEAR:
            return at
    return None


def has_address(user: Mapping[str, object], address: str) -> bool:
    """Whether an active user has exactly this address in one of the three fields."""
    values = (user.get(name) for name in ADDRESS_FIELDS)
    return user.get("inactive") is not True and any(
        isinstance(value, str) and value.strip().lower() == address.lower() for value in values
    )


def requester(user: Mapping[str, object], address: str) -> Requester:
    """A Halo user as the requester of a mail from `address`."""
    name = user.get("name")
    return Requester(
        address=address,
        name=name if isinstance(name, str) else "",
        client_id=wire.number(user.get("client_id")),
        site_id=wire.number(user.get("site_id")),
        user_id=wire.number(user.get("id")),
    )
