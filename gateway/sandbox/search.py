"""Which tickets a search finds, in which order, and which page of them is shown. Pure.

Promises: documented paging is by page_no and page_size alone; as observed they mean nothing without `pageinate=true`,
a page has at most 100 tickets, closed ones are left out unless asked for and deleted ones are found only alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar

from gateway.sandbox.model import Ticket
from gateway.sandbox.picklists import CLOSED

Item = TypeVar("Item")
Query = dict[str, Any]
DEFAULT_COUNT = 50
LARGEST_PAGE = 100
_EQUAL = {"client_id", "site_id", "user_id", "agent_id", "status_id"}
_CONTAINS = {
    "search_summary": ("summary",),
    "search_details": ("details",),
    "search_reportedby": ("reportedby",),
    "search_user_name": ("user_name",),
    "search": ("summary", "details"),
}


def is_closed(ticket: Ticket) -> bool:
    """Whether lists count the ticket as closed."""
    return ticket.fields.get("status_id") == CLOSED


def documented(tickets: Iterable[Ticket], query: Query) -> list[Ticket]:
    """The tickets that the documented search finds."""
    found = [ticket for ticket in tickets if not ticket.deleted and _matches(ticket, query)]
    if query.get("open_only"):
        found = [ticket for ticket in found if not is_closed(ticket)]
    return _between(found, "dateoccurred", query.get("dateoccurred_start"), query.get("dateoccurred_end"))


def observed(tickets: Iterable[Ticket], query: Query) -> list[Ticket]:
    """The tickets that the observed search finds."""
    deleted = bool(query.get("deleted"))
    found = [ticket for ticket in tickets if ticket.deleted == deleted and _matches(ticket, query)]
    if query.get("closed_only"):
        found = [ticket for ticket in found if is_closed(ticket)]
    elif not deleted and query.get("open_only") is not False and query.get("includeclosed", "").lower() != "true":
        found = [ticket for ticket in found if not is_closed(ticket)]
    by = {"datecleared": "dateclosed"}.get(query.get("datesearch", "").lower(), "dateoccurred")
    return _between(found, by, query.get("startdate"), query.get("enddate"))


def _matches(ticket: Ticket, query: Query) -> bool:
    fields = ticket.fields
    if any(fields.get(name) != query[name] for name in _EQUAL & query.keys()):
        return False
    if "requesttype_id" in query and fields.get("tickettype_id") != query["requesttype_id"]:
        return False
    if "search_id" in query and query["search_id"].strip() not in str(ticket.id):
        return False
    if "client_ids" in query and str(fields.get("client_id")) not in _listed(query["client_ids"]):
        return False
    if "ticketids" in query and str(ticket.id) not in _listed(query["ticketids"]):
        return False
    if "excludethese" in query and str(ticket.id) in _listed(query["excludethese"]):
        return False
    return all(
        query[name].casefold() in "\n".join(str(fields.get(part) or "") for part in parts).casefold()
        for name, parts in _CONTAINS.items()
        if name in query
    )


def _listed(text: str) -> set[str]:
    return {part.strip() for part in text.split(",")}


def _between(tickets: list[Ticket], name: str, start: datetime | None, end: datetime | None) -> list[Ticket]:
    """Those whose date `name` lies between the two, an end without a time of day meaning all of its day."""
    if start is None and end is None:
        return tickets
    if end is not None and end.time() == time():
        end += timedelta(days=1, microseconds=-1)
    return [
        ticket
        for ticket in tickets
        if (at := ticket.fields.get(name)) is not None and (start is None or at >= start) and (end is None or at <= end)
    ]


def ordered(tickets: list[Ticket], query: Query) -> list[Ticket]:
    """As `order` and `orderdesc` say; without them the newest first. An unknown order is the order of ids."""
    name = query.get("order")
    if name is None:
        return sorted(tickets, key=lambda ticket: ticket.id, reverse=bool(query.get("orderdesc", True)))
    keys: dict[str, Callable[[Ticket], Any]] = {
        "dateoccurred": lambda ticket: ticket.fields.get("dateoccurred") or datetime.min.replace(tzinfo=UTC),
        "datecreated": lambda ticket: ticket.created,
        "summary": lambda ticket: str(ticket.fields.get("summary") or "").casefold(),
        "status_id": lambda ticket: ticket.fields.get("status_id") or 0,
        "priority_id": lambda ticket: ticket.fields.get("priority_id") or 0,
    }
    by_id = sorted(tickets, key=lambda ticket: ticket.id)
    if name.lower() in keys:
        by_id.sort(key=keys[name.lower()])
    return by_id[::-1] if query.get("orderdesc") else by_id


def page(items: Sequence[Item], query: Query, *, by_count: bool) -> Sequence[Item]:
    """The part of a result that is shown. `by_count`: page numbers mean nothing without `pageinate` (observed)."""
    if by_count and not query.get("pageinate"):
        return items[: max(query.get("count", DEFAULT_COUNT), 0)]
    size = min(max(query.get("page_size", DEFAULT_COUNT), 1), LARGEST_PAGE)
    first = (max(query.get("page_no", 1), 1) - 1) * size
    return items[first : first + size]
