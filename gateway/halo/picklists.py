"""The lists that a tenant defines: statuses, priorities, types, outcomes, teams, categories, agents, clients and more.

Promises: read as they come, bare or in an envelope, and kept for some minutes; a name may stand wherever an id can, in
any case, and an unknown one is Misconfigured with the names that there are. A list that is none is Transient
("nonsense"). Knows nothing of what the ids mean.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Literal

from gateway.errors import Misconfigured, Permanent
from gateway.halo import errors, wire
from gateway.halo.api import HaloApi
from gateway.halo.refusals import PICKLISTS
from gateway.halo.wire import Dialect

Picklist = Literal[
    "/Status",
    "/Priority",
    "/TicketType",
    "/Outcome",
    "/Team",
    "/Category",
    "/Agent",
    "/Client",
    "/Site",
    "/Users",
]
_ENTITIES: Final[Mapping[Picklist, str]] = {
    "/Status": "statuses",
    "/Priority": "priorities",
    "/TicketType": "tickettypes",
    "/Outcome": "outcomes",
    "/Team": "teams",
    "/Category": "categories",
    "/Agent": "agents",
    "/Client": "clients",
    "/Site": "sites",
    "/Users": "users",
}
_PARAMETERS: Final[Mapping[Picklist, Mapping[str, str | int | bool]]] = {
    "/Outcome": {"showsystemactions": True, "showhidden": True},
    "/Status": {"showall": True},
    "/TicketType": {"showall": True},
    "/Client": {"count": 1000},
    "/Site": {"count": 1000},
    "/Users": {"count": 1000},
}
NAMES: Final[Mapping[str, Picklist]] = {
    "status": "/Status",
    "priority": "/Priority",
    "tickettype": "/TicketType",
    "outcome": "/Outcome",
    "team": "/Team",
    "category": "/Category",
    "agent": "/Agent",
    "client": "/Client",
    "site": "/Site",
    "user": "/Users",
}
"""What people call them, on the command line and in errors."""
AGE: Final = 300.0  # seconds that a list is believed
_SHOWN: Final = 12  # names that an error offers

Row = Mapping[str, object]


async def read(api: HaloApi, picklist: Picklist, dialect: Dialect) -> list[Row]:
    """The items of one list. The documented lists take no parameters."""
    parameters = _PARAMETERS.get(picklist) if dialect == "observed" else None
    found = wire.rows(await api.read(picklist, parameters), _ENTITIES[picklist])
    if found is None:
        raise errors.nonsense(f"{picklist} gives no list", write=False)
    return found


def ids(items: Sequence[Row]) -> dict[int, str]:
    """The numbers that tickets carry, with their names. A priority's own id may be a GUID beside its `priorityid`."""
    found: dict[int, str] = {}
    for item in items:
        key = wire.number(item.get("priorityid")) or wire.number(item.get("id"))
        if key is not None:
            found.setdefault(key, name(item))
    return found


def name(item: Row) -> str:
    """What people call an item."""
    for key in ("name", "outcome", "label", "category_name", "value"):
        value = item.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


class Picklists:
    """The lists of one HaloPSA, kept. `dialect` tells what the server speaks; `monotonic` counts seconds."""

    def __init__(
        self,
        api: HaloApi,
        dialect: Callable[[], Awaitable[Dialect]],
        monotonic: Callable[[], float],
        *,
        age: float = AGE,
    ) -> None:
        self._api = api
        self._dialect = dialect
        self._monotonic = monotonic
        self._age = age
        self._held: dict[Picklist, tuple[float, list[Row]]] = {}

    async def items(self, which: str) -> list[Row]:
        """The items as the server shows them. Permanent "no_such_list": this server does not have it."""
        picklist = NAMES[which]
        until, held = self._held.get(picklist, (float("-inf"), []))
        if self._monotonic() < until:
            return held
        try:
            found = await read(self._api, picklist, await self._dialect())
        except Permanent as trouble:
            if trouble.cause != "not_found":
                raise
            raise Permanent("no_such_list", f"{which}: this HaloPSA has no {picklist}; give the id") from None
        self._held[picklist] = (self._monotonic() + self._age, found)
        return found

    async def names(self, which: str) -> dict[int, str]:
        """The names by their ids."""
        return ids(await self.items(which))

    def forget(self, which: str) -> None:
        """Read this list again at its next use: an id of it was refused."""
        self._held.pop(NAMES[which], None)

    def doubted(self, refusal: Permanent) -> Permanent:
        """The refusal again; if it is about an id of a list, that list is read again at its next use."""
        which = PICKLISTS.get(getattr(refusal, "field", ""))
        if which is not None:
            self.forget(which)
        return refusal

    def forget_all(self) -> None:
        """Read every list again at its next use."""
        self._held.clear()

    async def resolve(self, which: str, wanted: str | int) -> int:
        """The id of what is wanted, by id or by name. A number is taken as it is, without asking."""
        if isinstance(wanted, int) or (wanted.isascii() and wanted.strip().isdigit()):
            return int(wanted)
        found = matching(await self.names(which), wanted)
        if len(found) != 1:
            self.forget(which)
            known = await self.names(which)
            found = matching(known, wanted)
        if len(found) == 1:
            return found[0]
        if found:
            several = ", ".join(map(str, sorted(found)))
            raise Misconfigured("several_of_that_name", f"{which} {wanted!r}: ids {several} have this name; give one")
        offered = [f"{key} {known[key]}".rstrip() for key in sorted(known)]
        shown = ", ".join(offered[:_SHOWN]) + (", …" if len(offered) > _SHOWN else "")
        raise Misconfigured("unknown_name", f"{which} {wanted!r} is not known; there are: {shown or 'none'}")

    async def first(self, which: str, usual: Sequence[str]) -> str:
        """The first of the usual names that this tenant has, as it writes it."""
        known = {name(item).lower(): name(item) for item in await self.items(which)}
        for one in usual:
            if one.lower() in known:
                return known[one.lower()]
        offered = ", ".join(sorted(known.values())[:_SHOWN])
        raise Misconfigured("unknown_name", f"{which}: none of {', '.join(usual)}; name one of: {offered}")


def matching(known: Mapping[int, str], wanted: str) -> list[int]:
    """The ids of that name, whatever its case and blanks."""
    folded = " ".join(wanted.split()).lower()
    return [key for key, one in known.items() if " ".join(one.split()).lower() == folded]
