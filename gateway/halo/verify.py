"""What `check` says of HaloPSA: the login, the dialect, the outcome and the ids of [ticket].

Promises: a list with one line for each, whatever goes wrong; reads only. Stops early where nothing further could be
asked. Knows nothing of how the lines are shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from config.settings import Halo, Ticket
from gateway.errors import Permanent, Trouble
from gateway.halo import picklists
from gateway.halo.api import HaloApi
from gateway.halo.dialect import DialectChoice
from gateway.halo.neighbours import AGENT_FIELDS
from gateway.halo.wire import Dialect, number, one, rows

_SHOWN: Final = 8  # how many names a cure offers


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: what it is, whether it is well, what was found, and the cure if it is not well."""

    what: str
    well: bool
    said: str
    cure: str = ""


Named = tuple[str, picklists.Picklist, int]
"""An id that the configuration names besides [ticket]: where, of which list, and the id."""


async def verify(
    api: HaloApi,
    dialect: DialectChoice,
    settings: Halo,
    ticket: Ticket,
    more: Sequence[Named] = (),
    *,
    agents: bool = False,
) -> list[Check]:
    """Look at everything that the gateway needs of HaloPSA. `agents`: they are to be known by their addresses."""
    try:
        await api.tokens.get()
    except Trouble as trouble:
        return [_ill("HaloPSA login", trouble)]
    checks = [Check("HaloPSA login", well=True, said=f"logged in at {settings.auth_url}")]
    try:
        spoken = await dialect.get()
    except Trouble as trouble:
        return [*checks, _ill("HaloPSA dialect", trouble)]
    checks.append(Check("HaloPSA dialect", well=True, said=spoken))
    return [
        *checks,
        await _outcome(api, spoken, settings.outcome),
        await _id(api, spoken, "/TicketType", "tickettype", ticket.tickettype or ticket.tickettype_id),
        await _id(api, spoken, "/Status", "status", ticket.status or ticket.status_id),
        await _id(api, spoken, "/Priority", "priority", ticket.priority or ticket.priority_id),
        await (
            _id(api, spoken, "/Client", "client", ticket.client) if ticket.client else _client(api, ticket.client_id)
        ),
        *[await _id(api, spoken, picklist, "", wanted, what=what) for what, picklist, wanted in more],
        *([await _agents(api, spoken)] if agents else []),
    ]


async def _agents(api: HaloApi, dialect: Dialect) -> Check:
    """Whether agents can be told by their addresses."""
    what = "agents by mail"
    try:
        found = await picklists.read(api, "/Agent", dialect)
    except Trouble as trouble:
        return _ill(what, trouble)
    known = sum(any("@" in str(row.get(name, "")) for name in AGENT_FIELDS) for row in found)
    if known:
        return Check(what, well=True, said=f"{known} of {len(found)} have an address")
    cure = "let the API application read agents and their addresses, or leave authentication_servers out"
    return Check(
        what, well=False, said="no agent's address can be read: what agents write counts as strangers'", cure=cure
    )


async def _outcome(api: HaloApi, dialect: Dialect, outcome: str) -> Check:
    what = "[halo] outcome"
    if dialect == "documented":
        return Check(what, well=True, said=f"{outcome} (this dialect has no list of outcomes)")
    try:
        names = [picklists.name(item) for item in await picklists.read(api, "/Outcome", dialect)]
    except Trouble as trouble:
        return _ill(what, trouble)
    if outcome.lower() in {name.lower() for name in names}:
        return Check(what, well=True, said=outcome)
    return Check(what, well=False, said=f"HaloPSA has no outcome {outcome!r}", cure=f"choose one: {_some(names)}")


async def _id(
    api: HaloApi, dialect: Dialect, picklist: picklists.Picklist, setting: str, wanted: int | str, *, what: str = ""
) -> Check:
    what = what or (f"[ticket] {setting}" if isinstance(wanted, str) else f"[ticket] {setting}_id")
    try:
        known: Mapping[int, str] = picklists.ids(await picklists.read(api, picklist, dialect))
    except Trouble as trouble:
        return _ill(what, trouble)
    found = [wanted] if isinstance(wanted, int) else picklists.matching(known, wanted)
    if len(found) == 1 and found[0] in known:
        return Check(what, well=True, said=f"{found[0]} {known[found[0]]}".rstrip())
    if len(found) > 1:
        said = f"{picklist} has several {wanted!r}"
        return Check(what, well=False, said=said, cure=f"give {setting}_id: {_some(list(map(str, found)))}")
    offered = _some([f"{key} {name}".rstrip() for key, name in sorted(known.items())])
    return Check(
        what,
        well=False,
        said=f"{picklist} has no {wanted!r}" if isinstance(wanted, str) else f"{picklist} has no {wanted}",
        cure=f"choose one: {offered}",
    )


async def _client(api: HaloApi, wanted: int) -> Check:
    what = "[ticket] client_id"
    try:
        found = await _find_client(api, wanted)
    except Permanent:
        return Check(what, well=True, said=f"{wanted} (this server shows no clients: not verified)")
    except Trouble as trouble:
        return _ill(what, trouble)
    if found is not None:
        return Check(what, well=True, said=f"{wanted} {picklists.name(found)}".rstrip())
    cure = "choose the catch-all client among those that /api/Client lists"
    return Check(what, well=False, said=f"there is no client {wanted}", cure=cure)


async def _find_client(api: HaloApi, wanted: int) -> Mapping[str, object] | None:
    """The client by its id, or in the list, where a server has no end point for one."""
    try:
        return one(await api.read(f"/Client/{wanted}"), "clients")
    except Permanent:
        listed = rows(await api.read("/Client", {"count": 1000}), "clients") or []
    return next((client for client in listed if number(client.get("id")) == wanted), None)


def _ill(what: str, trouble: Trouble) -> Check:
    return Check(what, well=False, said=trouble.cause, cure=trouble.words)


def _some(names: list[str]) -> str:
    shown = [name[:60] for name in names if name]
    return ", ".join(shown[:_SHOWN]) + (", …" if len(shown) > _SHOWN else "") if shown else "there is none"
