"""Who is behind an address: HaloPSA's users, read as one directory, and asked for one by one where that is cheaper.

Promises: exact addresses only, in any of a user's three fields; several users with one address are the oldest, if they
are of one client, and nobody otherwise. A domain is a client's only if several people of it have it, and nobody else:
what a single user has may be their provider's. The directory is read at the first question; grown old, it is read again
only when single questions have cost as many requests as it would, so that neither a quiet nor a busy gateway asks for
more than twice of what was needed. It is believed only when it is whole; a user whom it has not is always asked. Fails
with the kinds of `gateway.errors`; a server without users knows nobody. Knows nothing of what a requester may do.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from gateway.errors import Permanent
from gateway.halo import errors, views, wire
from gateway.halo.api import HaloApi
from gateway.halo.dialect import DialectChoice
from gateway.model import Requester
from gateway.payer import charged_to
from parsers.mailboxes import domain_key, mailbox_of, other_spellings

AGE: Final = 900.0  # seconds that the directory is believed
FOUND_AGE: Final = 300.0
MISSED_AGE: Final = 60.0
PAGE: Final = 100
PATIENCE: Final = 2.0
SEVERAL: Final = 2  # users whose domain is taken for their client's
MOST_PAGES: Final = 50  # a tenth of the budget: larger directories are not read, only asked
_REMEMBERED: Final = 1000
_CUT_AT: Final = frozenset({25, 50, 100})  # lengths at which servers without pages are known to cut a list off
_NEVER: Final = float("-inf")

Row = Mapping[str, object]


class Requesters:
    """The people of one HaloPSA. `monotonic` counts seconds; a question waits `patience` of them for the directory."""

    def __init__(
        self, api: HaloApi, dialect: DialectChoice, monotonic: Callable[[], float], *, patience: float = PATIENCE
    ) -> None:
        self._api = api
        self._dialect = dialect
        self._monotonic = monotonic
        self._known: OrderedDict[str, tuple[float, Requester | None]] = OrderedDict()
        self._directory: dict[str, Requester | None] = {}
        self._domains: dict[str, Requester | None] = {}
        self._until = _NEVER  # when the directory is old
        self._cost = 0.0  # requests that the directory takes; endless: it cannot be had
        self._asked = 0  # single questions since it was read
        self._absent = False  # this server has no users
        self._reading: asyncio.Task[None] | None = None
        self._begun = _NEVER
        self._patience = patience

    async def find(self, address: str) -> Requester | None:
        """The user with exactly this address, whatever its case."""
        if not address or len(address) > 320 or "@" not in address:
            return None
        key = address.lower()
        until, known = self._known.get(key, (_NEVER, None))
        if until > self._monotonic():
            return known
        await self.read()
        if self._until > self._monotonic():
            if key in self._directory:
                found = self._directory[key]
                return found and replace(found, address=address)
            if self._absent:
                return None
        self._asked += 1
        found = await self._ask(address)
        self._known[key] = (self._monotonic() + (FOUND_AGE if found else MISSED_AGE), found)
        self._known.move_to_end(key)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return found

    def knows(self, address: str) -> bool:
        """Whether some user has this address, by what was read last, however old that is."""
        key = address.lower()
        return self._directory.get(key) is not None or self._known.get(key, (_NEVER, None))[1] is not None

    async def of_domain(self, domain: str) -> Requester | None:
        """The client, and the site if all are of one, whose users alone have a domain; the address in it is empty."""
        domain = domain_key(domain)
        await self.read()
        if self._until > self._monotonic():
            return self._domains.get(domain)
        key = f"@{domain}"
        until, known = self._known.get(key, (_NEVER, None))
        if until <= self._monotonic():
            known = await self._ask_domain(domain)
            self._known[key] = (self._monotonic() + FOUND_AGE, known)
        return known

    async def read(self) -> None:
        """Read the directory if it is due, and wait for it a while: a large one is read on while single ones are asked.

        Raises what stood in the way of it, to all who waited.
        """
        if self._reading is None:
            if self._until > self._monotonic() or self._asked < self._cost:
                return
            self._reading, self._begun = asyncio.create_task(self._read_directory()), self._monotonic()
        reading = self._reading
        await asyncio.wait({reading}, timeout=max(self._begun + self._patience - self._monotonic(), 0.0))
        if reading.done():
            if self._reading is reading:
                self._reading = None
            reading.result()

    async def close(self) -> None:
        """Give up reading."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    def forget(self, address: str) -> None:
        """Ask for this one anew, by whichever spelling it was found: what we knew of it was refused."""
        for one in (address.lower(), *other_spellings(address)):
            self._known.pop(one, None)
            self._directory.pop(one, None)

    async def _read_directory(self) -> None:
        self._asked = 0
        try:
            with charged_to():  # whoever happened to be the first to ask
                users, pages, whole = await self._all()
        except Permanent as trouble:
            self._absent = trouble.cause == "not_found"
            if self._absent:  # nor has it anything to tell of single users
                self._directory = {}
                self._until = self._monotonic() + MISSED_AGE
            else:
                self._cost = float("inf")
            return
        if not whole:
            self._cost = float("inf")
            return
        self._absent = False
        self._directory, self._domains = _directory(users), _owners(users)
        self._until, self._cost = self._monotonic() + AGE, float(pages)

    async def _all(self) -> tuple[list[Row], int, bool]:
        """The users, the requests they took, and whether these are all that there are."""
        parameters: dict[str, str | int | bool] = {"includeinactive": False, "page_size": PAGE}
        if await self._dialect.get() == "observed":
            parameters |= {"pageinate": True, "order": "id"}
        seen: dict[int, Row] = {}
        for page in range(1, MOST_PAGES + 1):
            body = await self._api.read("/Users", {**parameters, "page_no": page})
            rows = wire.rows(body, "users")
            if rows is None:
                raise errors.nonsense("/Users gives no list", write=False)
            total = wire.number(body.get("record_count")) if isinstance(body, dict) else None
            if total is not None and total > PAGE * MOST_PAGES:
                return [], page, False
            before = len(seen)
            seen |= {key: row for row in rows if (key := wire.number(row.get("id"))) is not None}
            if total is not None and len(seen) >= total and len(rows) != PAGE:
                return list(seen.values()), page, True
            if len(seen) == before:  # beyond the last page; or there are no pages, and these are all or the first
                whole = len(seen) >= total if total is not None else not rows or len(rows) not in _CUT_AT
                return list(seen.values()), page, whole
        return [], MOST_PAGES, False

    async def _ask_domain(self, domain: str) -> Requester | None:
        """Only if all users with the domain are shown: one that is not may be another client's."""
        try:
            body = await self._api.read("/Users", {"search": f"@{domain}", "includeinactive": False, "count": PAGE})
        except Permanent:
            return None
        users = wire.rows(body, "users") or []
        return None if len(users) >= PAGE or len(users) in _CUT_AT else _owners(users).get(domain)

    async def _ask(self, address: str) -> Requester | None:
        try:
            body = await self._api.read("/Users", {"search": address, "includeinactive": False, "count": 50})
        except Permanent:  # a server without this end point, or an address that it cannot search for
            return None
        users = wire.rows(body, "users")
        if users is None:
            raise errors.nonsense("/Users gives no list", write=False)
        return _the_one(address, (user for user in users if views.has_address(user, address)))


def _directory(users: Iterable[Row]) -> dict[str, Requester | None]:
    """Everybody by address, in lower case."""
    by_address: dict[str, list[Row]] = defaultdict(list)
    for user in users:
        values = (user.get(name) for name in views.ADDRESS_FIELDS)
        for address in {value.strip().lower() for value in values if isinstance(value, str) and "@" in value}:
            if views.has_address(user, address):
                by_address[address].append(user)
    return {address: _the_one(address, rows) for address, rows in by_address.items()}


def _the_one(address: str, users: Iterable[Row]) -> Requester | None:
    """The oldest of the users with this address, if all are of one client."""
    matches = {found.user_id: found for user in users if (found := views.requester(user, address)).user_id is not None}
    if not matches or len({found.client_id for found in matches.values()}) > 1:
        return None
    return matches[min(key for key in matches if key is not None)]


def _owners(rows: Iterable[Row]) -> dict[str, Requester | None]:
    """The one client, and the one site, whose users have a domain; None for several clients', and for one person's."""
    found: dict[str, set[tuple[int | None, int | None]]] = defaultdict(set)
    people: dict[str, set[int | None]] = defaultdict(set)
    mailboxes: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for value in (row.get(name) for name in views.ADDRESS_FIELDS):
            if isinstance(value, str) and "@" in value:
                domain = domain_key(value.rpartition("@")[2])
                found[domain].add((wire.number(row.get("client_id")), wire.number(row.get("site_id"))))
                if row.get("inactive") is not True:
                    people[domain].add(wire.number(row.get("id")))
                    mailboxes[domain].add(mailbox_of(value))
    # One person is there twice at times, and has two addresses at others.
    return {
        domain: _owner(places) if min(len(people[domain]), len(mailboxes[domain])) >= SEVERAL else None
        for domain, places in found.items()
    }


def _owner(places: set[tuple[int | None, int | None]]) -> Requester | None:
    clients = {client for client, _ in places}
    sites = {site for _, site in places}
    if len(clients) != 1 or None in clients:
        return None
    site = sites.pop() if len(sites) == 1 else None
    return Requester("", client_id=clients.pop(), site_id=site, by_users=True)
