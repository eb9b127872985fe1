"""The lists that a tenant defines: outcomes, statuses, priorities, ticket types.

Promises: read as they come, bare or in an envelope; a list that is none is Transient ("nonsense"). Knows nothing of
what the ids mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from gateway.halo import errors, wire
from gateway.halo.api import HaloApi

Picklist = Literal["/Outcome", "/Status", "/Priority", "/TicketType"]
_ENTITIES: Final[Mapping[Picklist, str]] = {
    "/Outcome": "outcomes",
    "/Status": "statuses",
    "/Priority": "priorities",
    "/TicketType": "tickettypes",
}
_PARAMETERS: Final[Mapping[Picklist, Mapping[str, str | int | bool]]] = {
    "/Outcome": {"showsystemactions": True, "showhidden": True},
    "/Status": {"showall": True},
    "/TicketType": {"showall": True},
}


async def read(api: HaloApi, picklist: Picklist) -> list[Mapping[str, object]]:
    """The items of one list."""
    found = wire.rows(await api.read(picklist, _PARAMETERS.get(picklist)), _ENTITIES[picklist])
    if found is None:
        raise errors.nonsense(f"{picklist} gives no list", write=False)
    return found


def ids(items: list[Mapping[str, object]]) -> dict[int, str]:
    """The numbers that tickets carry, with their names. A priority's own id may be a GUID beside its `priorityid`."""
    found: dict[int, str] = {}
    for item in items:
        key = wire.number(item.get("priorityid")) or wire.number(item.get("id"))
        if key is not None:
            found.setdefault(key, name(item))
    return found


def name(item: Mapping[str, object]) -> str:
    """What people call an item."""
    for key in ("name", "outcome", "label"):
        value = item.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""
