"""Finding again what may have been done, and what is known of a ticket.

Promises: every match is checked here by marker, or by name, size and age; a None means that we looked at all that
there is, and a list too long to be looked at is Ambiguous with cause "cannot_decide", never None. Reads only. Knows
nothing of when a miss is final.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.errors import Permanent, Undecided
from gateway.halo import errors, wire
from gateway.halo.api import HaloApi
from gateway.halo.budget import Priority
from gateway.halo.trailer import find_last, new_marker
from gateway.receipts import Doubt, Receipt
from gateway.steps import CreateTicket, UploadAttachment

FOUND: Final = "found"
_PAGE: Final = 100  # the largest that the server gives
_PAGES: Final = 10
_UNPAGED: Final = 50  # as many as a server shows that has no pages
_CANDIDATES: Final = 400  # tickets read one by one: well below the server's 700 requests in five minutes
_ACTIONS: Final = (200, 5000)  # how many of a ticket's actions are asked for: the newest first, then all
_SLACK: Final = timedelta(days=1)
_CLOCKS: Final = timedelta(seconds=60)

_NEWEST: Final[dict[str, str | int | bool]] = {
    "order": "id",
    "orderdesc": True,
    "open_only": False,
    "includeclosed": True,
    "pageinate": True,
    "page_size": _PAGE,
}

Row = Mapping[str, object]


async def created(api: HaloApi, step: CreateTicket, doubt: Doubt) -> Receipt | None:
    """The ticket of the doubt, among the newest by id: whoever has it now, open, closed or deleted."""
    walk = _Walk(step, doubt)
    for scope in ({}, {"deleted": True}):
        found = await walk.pages(api, scope)
        if found is not None:
            return Receipt(found, FOUND)
    unreadable: dict[int, Row] = {}
    for ticket_id in sorted(walk.candidates):  # ours was made soon after the intent: the lowest first
        row = await read_ticket(api, ticket_id)
        if row is None:
            unreadable[ticket_id] = walk.candidates[ticket_id]
        elif _is_marked(row, doubt.marker, "details", "details_html"):
            return Receipt(ticket_id, FOUND)
    found = await _deleted(api, step, doubt, unreadable) if unreadable else None
    return Receipt(found, FOUND) if found is not None else None


async def _deleted(api: HaloApi, step: CreateTicket, doubt: Doubt, unreadable: Mapping[int, Row]) -> int | None:
    """Ours among deleted tickets, which are listed but cannot be read: the server's own search has to tell.

    It is believed only if it finds nothing for a marker that nobody has: a server without this filter lists them all.
    """
    listed: list[set[int]] = []
    for marker in (doubt.marker, new_marker()):
        parameters = _NEWEST | {"page_no": 1, "deleted": True, "search_details": marker}
        found = wire.rows(await api.read("/Tickets", parameters, priority=Priority.PATIENT), "tickets") or []
        listed.append({key for key, _ in _with_ids(found)} & unreadable.keys())
    with_ours, with_nobodys = listed
    if not with_nobodys:
        return min(with_ours, default=None)
    if wire.summary(step) in {unreadable[key].get("summary") for key in with_nobodys}:
        likely = sorted(key for key in with_nobodys if unreadable[key].get("summary") == wire.summary(step))
        raise _cannot_decide(f"deleted tickets with this summary may be it: {_some(likely)}", likely)
    return None


async def action(api: HaloApi, ticket_id: int, doubt: Doubt) -> Receipt | None:
    """The action of the doubt on its ticket."""
    for count in _ACTIONS:
        parameters = {"ticket_id": int(ticket_id), "count": count, "includehtmlnote": True, "excludesys": False}
        listed = await _list(api, "/Actions", "actions", parameters)
        if listed is None:
            return None
        found, complete = listed
        for row in found:
            action_id = wire.number(row.get("id"))
            if (
                action_id is not None
                and action_id not in doubt.taken
                and _is_marked(row, doubt.marker, "note", "note_html")
            ):
                return Receipt(action_id, FOUND)
        if complete and len(found) < count:
            return None
    raise _cannot_decide("the ticket has too many actions")


async def upload(api: HaloApi, step: UploadAttachment, ticket_id: int, doubt: Doubt) -> Receipt | None:
    """The attachment of the doubt: this name and size, not older than the intent, not another step's receipt."""
    listed = await _list(api, "/Attachment", "attachments", {"ticket_id": ticket_id})
    if listed is None:
        return None
    found, complete = listed
    oldest = doubt.since - _CLOCKS
    name = wire.filename(step)
    matches = {
        attachment_id: row
        for row in found
        if (attachment_id := wire.number(row.get("id"))) is not None
        and attachment_id not in doubt.taken
        and row.get("filename") == name
        and row.get("filesize") in {step.size, None}
        and ((made := wire.moment(row.get("datecreated"))) is None or made >= oldest)
    }
    if not matches and not complete:
        raise _cannot_decide("the ticket has too many attachments")
    if not matches:
        return None
    if len(matches) > 1:
        words = f"attachments {_some(sorted(matches))} of ticket {ticket_id} all look like it"
        raise _cannot_decide(f"{words}; released, the first is taken for it", sorted(matches))
    ((first, row),) = matches.items()
    return Receipt(first, FOUND, link=wire.link(row, api.server))


class _Walk:
    """The newest tickets, page by page, until none can be ours any more."""

    def __init__(self, step: CreateTicket, doubt: Doubt) -> None:
        self._doubt = doubt
        self._since = _aware(doubt.since) - _SLACK
        # What ours says of its age, if the rows have only the date that the mail gave.
        occurred = _aware(step.date_occurred)
        self._occurred = min(self._since, occurred - _SLACK if occurred.year > 1970 else occurred)
        self._seen: set[int] = set()
        self._lowest: int | None = None
        self._descending = True
        self.candidates: dict[int, Row] = {}

    async def pages(self, api: HaloApi, scope: Mapping[str, bool]) -> int | None:
        """Walk one scope; the id of a ticket that already shows itself to be ours."""
        self._lowest, self._descending = None, True
        here: set[int] = set()
        for page in range(1, _PAGES + 1):
            body = await api.read("/Tickets", {**_NEWEST, "page_no": page, **scope}, priority=Priority.PATIENT)
            found = wire.rows(body, "tickets")
            if found is None:
                raise errors.nonsense("/Tickets gives no list", write=False)
            new = [(key, row) for key, row in _with_ids(found) if key not in here]
            if not new:
                if found and not _is_whole(body, len(here), unsaid=len(here) < _UNPAGED):
                    raise _cannot_decide("the server shows one page of its tickets only")
                return None
            here.update(key for key, _ in new)
            for key, row in new:
                if self._is_ours(key, row):
                    return key
            if len(self.candidates) > _CANDIDATES:
                raise _cannot_decide("too many new tickets since")
            if self._is_past(new):
                return None
        raise _cannot_decide("too many new tickets since")

    def _is_ours(self, key: int, row: Row) -> bool:
        if self._lowest is not None and key > self._lowest:
            self._descending = False
        self._lowest = key
        doubt = self._doubt
        if key in self._seen or key in doubt.taken:
            return False
        if (doubt.ticket_floor is not None and key <= doubt.ticket_floor) or (
            doubt.ticket_floor is None and self._is_old(row)
        ):
            return False
        self._seen.add(key)
        if _is_marked(row, doubt.marker, "details", "details_html"):
            return True
        self.candidates[key] = row
        return False

    def _is_past(self, page: list[tuple[int, Row]]) -> bool:
        """Whether no later page can hold ours. A server that ignores our order gives no such comfort."""
        if not self._descending:
            return False
        floor = self._doubt.ticket_floor
        return page[-1][0] <= floor if floor is not None else all(self._is_old(row) for _, row in page)

    def _is_old(self, row: Row) -> bool:
        made = wire.moment(row.get("datecreated"))
        if made is not None:
            return made < self._since
        occurred = wire.moment(row.get("dateoccurred"))
        return occurred is not None and occurred < self._occurred


async def read_ticket(api: HaloApi, ticket_id: int) -> Row | None:
    """One ticket as the server shows it; None if there is none."""
    try:
        body = await api.read(f"/Tickets/{int(ticket_id)}", {"includedetails": True})
    except Permanent as trouble:
        if trouble.cause == "not_found":
            return None
        raise
    found = wire.one(body, "tickets")
    if found is None or wire.number(found.get("id")) != ticket_id:
        raise errors.nonsense("another ticket than was asked for", write=False)
    return found


async def _list(
    api: HaloApi, path: str, entity: str, parameters: Mapping[str, str | int | bool]
) -> tuple[list[Row], bool] | None:
    """A list of a ticket, and whether it is whole as far as the server says; None if the ticket is gone."""
    try:
        body = await api.read(path, parameters, priority=Priority.PATIENT)
    except Permanent as trouble:
        if trouble.cause == "not_found":
            return None
        raise
    found = wire.rows(body, entity)
    if found is None:
        raise errors.nonsense(f"{path} gives no list", write=False)
    return found, _is_whole(body, len(found), unsaid=True)


def _is_whole(body: object, count: int, *, unsaid: bool) -> bool:
    """Whether these are all that the server has; `unsaid`: what to think if it does not say how many there are."""
    total = wire.number(body.get("record_count")) if isinstance(body, dict) else None
    return unsaid if total is None else total <= count


def _is_marked(row: Row, marker: str, *texts: str) -> bool:
    """Whether a ticket or action carries our marker: in the field for it, or at the end of a text."""
    if row.get("third_party_id_string") == marker:
        return True
    values = (row.get(name) for name in texts)
    return any(isinstance(value, str) and find_last(value) == marker for value in values)


def _with_ids(found: list[Row]) -> Iterator[tuple[int, Row]]:
    for row in found:
        key = wire.number(row.get("id"))
        if key is not None:
            yield key, row


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def _cannot_decide(words: str, candidates: Sequence[int] = ()) -> Undecided:
    return Undecided("cannot_decide", words, candidates)


def _some(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:5])) + (" …" if len(numbers) > 5 else "")
