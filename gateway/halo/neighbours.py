"""What HaloPSA knows of an address beside its user: the client of its domain, the agent who has it, who wrote before.

Promises: reads only; a domain that several clients name is nobody's, in whatever spelling; lists are kept for some
minutes. A list that this server does not have knows nothing. Fails with the kinds of `gateway.errors`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from gateway.errors import Misconfigured, Permanent
from gateway.halo import wire
from gateway.halo.api import HaloApi
from gateway.halo.dialect import DialectChoice
from gateway.halo.people import Requesters
from gateway.halo.picklists import AGE, Picklists
from gateway.model import Agent, Requester
from parsers.addresses import parse_addresses
from parsers.mailboxes import domain_key

Row = Mapping[str, object]
AGENT_FIELDS: Final = ("email", "emailaddress", "email_address", "smtp_address")
_CLIENT_FIELDS: Final = ("domain", "emaildomain", "email_domain")
_WRITERS: Final = ("emailfrom", "emailto", "emailcc", "emailtolistall")
_ACTIONS: Final = 200
_LONGEST: Final = 20_000  # characters of a field with domains
_UNREADABLE: Final = frozenset({"no_such_list", "forbidden"})
_NEVER: Final = float("-inf")


class Neighbours:
    """The neighbourhood of addresses in one HaloPSA."""

    def __init__(
        self,
        api: HaloApi,
        dialect: DialectChoice,
        picklists: Picklists,
        requesters: Requesters,
        monotonic: Callable[[], float],
    ) -> None:
        self._api = api
        self._dialect = dialect
        self._picklists = picklists
        self._requesters = requesters
        self._monotonic = monotonic
        self._unreadable: dict[str, float] = {}  # until when a list is not asked for again

    async def domain(self, domain: str) -> Requester | None:
        """Whose a domain is: as clients and sites say, else as the addresses of several users show."""
        domain = domain_key(domain)
        if not domain:
            return None
        clients = {wire.number(row.get("id")): row for row in await self._rows("client") if _has_domain(row, domain)}
        sites = [row for row in await self._rows("site") if _has_domain(row, domain)]
        owners = set(clients) | {wire.number(row.get("client_id")) for row in sites}
        owners.discard(None)
        if not owners:
            return await self._requesters.of_domain(domain)
        if len(owners) > 1:
            return None
        (client,) = owners
        main = wire.number(clients[client].get("main_site_id")) if client in clients else None
        site = wire.number(sites[0].get("id")) if len(sites) == 1 else main
        return Requester("", client_id=client, site_id=site)

    async def agent(self, address: str) -> Agent | None:
        """The agent with exactly this address."""
        wanted = address.lower()
        for row in await self._rows("agent"):
            addresses = {value.strip().lower() for name in AGENT_FIELDS if isinstance(value := row.get(name), str)}
            number = wire.number(row.get("id"))
            if wanted in addresses and number is not None and row.get("isdisabled") is not True:
                name = row.get("name")
                return Agent(number, name if isinstance(name, str) else "")
        return None

    async def correspondents(self, ticket_id: int) -> frozenset[str]:
        """Addresses of the ticket's entries that its customer may see."""
        parameters: dict[str, str | int | bool] = {"ticket_id": ticket_id}
        if await self._dialect.get() == "observed":
            parameters |= {"count": _ACTIONS, "excludeprivate": True}
        try:
            rows = wire.rows(await self._api.read("/Actions", parameters), "actions") or []
        except Permanent as trouble:
            if trouble.cause != "not_found":
                raise
            return frozenset()
        return frozenset(_addresses(row for row in rows if row.get("hiddenfromuser") is not True))

    async def _rows(self, which: str) -> list[Row]:
        """A list, or nothing where this server has none, or does not let us read it: mail goes on without."""
        if self._unreadable.get(which, _NEVER) > self._monotonic():
            return []
        try:
            return await self._picklists.items(which)
        except (Permanent, Misconfigured) as trouble:
            if trouble.cause not in _UNREADABLE:
                raise
            self._unreadable[which] = self._monotonic() + AGE
            return []


def _addresses(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        for name in _WRITERS:
            if isinstance(value := row.get(name), str):
                for one in parse_addresses(value[:4_000].replace(";", ",")):
                    yield one.address.lower()


def _has_domain(row: Row, domain: str) -> bool:
    for name in _CLIENT_FIELDS:
        if isinstance(value := row.get(name), str):
            written = "".join(" " if letter in ",;" else letter for letter in value[:_LONGEST]).split()
            if domain in {domain_key(one.lstrip("@*.")) for one in written}:
                return True
    return False
