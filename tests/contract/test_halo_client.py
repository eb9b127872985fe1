"""Every documented operation of HaloPSA, over real sockets, of a server that speaks either dialect."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
from fakes.halo_settings import halo_settings

from gateway.errors import Misconfigured, Permanent
from gateway.halo.client import Halo
from gateway.halo.refusals import (
    PICKLISTS,
    FieldInvalid,
    FieldRequired,
    Forbidden,
    NotFound,
    RateLimited,
    Refused,
    Unauthorized,
)
from gateway.halo.sla import SlaState, promise_of, state
from gateway.halo.tickets import Search
from gateway.sandbox import Sandbox
from gateway.sandbox.faults import fault

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
WANTED = {"status_id": 1, "priority_id": 3, "tickettype_id": 1}


class Desk:
    """A sandbox with a customer, whose clock stands still, and the client in front of it."""

    def __init__(self, sandbox: Sandbox, halo: Halo) -> None:
        self.sandbox, self.halo = sandbox, halo
        self.acme = sandbox.add_client("Acme", "acme.example")

    @property
    def observed(self) -> bool:
        return self.sandbox.dialect == "observed"

    async def ticket(self, summary: str = "Printer on fire", **fields: object) -> int:
        return await self.halo.tickets.create(summary, self.acme.id, **(WANTED | fields))


@pytest.fixture(params=["documented", "observed"])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    sandbox = Sandbox(request.param, now=lambda: NOW)
    async with sandbox.serving() as url, Halo(halo_settings(url)) as halo:
        yield Desk(sandbox, halo)
        assert not sandbox.unknown_fields


async def test_a_ticket_is_made_and_read(desk: Desk) -> None:
    ada = desk.sandbox.add_user("Ada", "ada@acme.example", desk.acme.id)
    made = await desk.ticket(
        details="<p>It <b>burns</b></p>",
        user_id=ada.id,
        site_id=ada.site_id,
        category_1="Hardware",
        reportedby="Ada <ada@acme.example>",
        dateoccurred=NOW - timedelta(hours=2),
        deadlinedate=NOW + timedelta(hours=2),
        agent_id=4,
    )
    found = await desk.halo.tickets.get(made)
    assert found is not None
    assert (found.id, found.summary, found.client_id, found.client_name) == (made, "Printer on fire", 2, "Acme")
    assert (found.status_id, found.priority_id, found.tickettype_id) == (1, 3, 1)
    assert (found.details, found.category_1, found.user_name) == ("<p>It <b>burns</b></p>", "Hardware", "Ada")
    assert (found.reportedby, found.agent_id) == ("Ada <ada@acme.example>", 4)
    assert (found.dateoccurred, found.deadlinedate) == (NOW - timedelta(hours=2), NOW + timedelta(hours=2))
    assert (found.datecreated, found.dateclosed, found.slaresponsestate) == (NOW, None, "Running")
    assert await desk.halo.tickets.get(4711) is None


async def test_what_is_changed_is_changed_and_nothing_else(desk: Desk) -> None:
    made = await desk.ticket()
    await desk.halo.tickets.update(made, status_id=2, agent_id=7, category_2="Toner")
    found = await desk.halo.tickets.get(made)
    assert found is not None
    assert (found.status_id, found.agent_id, found.category_2, found.summary) == (2, 7, "Toner", "Printer on fire")


async def test_a_ticket_is_resolved_with_its_resolution(desk: Desk) -> None:
    found = await desk.halo.tickets.get(await desk.ticket())
    assert found is not None
    refused = await desk.halo.tickets.resolve(found, "  ")
    assert not refused.allowed
    assert "resolution" in refused.errors[0]
    assert desk.sandbox.tickets[0].fields["status_id"] == 1
    verdict = await desk.halo.tickets.resolve(found, "A new cable")
    assert verdict.allowed
    assert "In Progress" in verdict.warnings[0]
    after = await desk.halo.tickets.get(found.id)
    assert after is not None
    assert (after.status_id, after.resolution) == (8, "A new cable")


async def test_a_field_that_the_dialect_has_not_is_named(desk: Desk) -> None:
    field = "opportunityid" if desk.observed else "team"
    with pytest.raises(Permanent, match=field):
        await desk.ticket(**{field: 3})
    assert desk.sandbox.tickets == []


@pytest.mark.parametrize("field", ["client_id", "tickettype_id", "status_id", "priority_id"])
async def test_a_refused_id_is_named_with_its_value_and_its_cure(desk: Desk, field: str) -> None:
    await desk.ticket()
    await desk.halo.picklists.names(PICKLISTS[field])
    reads = len(desk.sandbox.requests)
    with pytest.raises(FieldInvalid, match=rf"{field} = 77: .*picklist {PICKLISTS[field]}") as raised:
        await desk.halo.tickets.create("x", **{"client_id": desk.acme.id, **WANTED, field: 77})
    assert (raised.value.field, raised.value.value) == (field, 77)
    await desk.halo.picklists.names(PICKLISTS[field])  # the list may have changed: it is read again
    assert len(desk.sandbox.requests) == reads + 2


async def test_a_missing_field_is_named_with_its_cure(desk: Desk) -> None:
    with pytest.raises(FieldRequired, match="summary: every ticket needs a summary"):
        await desk.halo.tickets.create(" ", desk.acme.id, **WANTED)
    if not desk.observed:
        with pytest.raises(FieldRequired, match="client_id: every ticket needs a client"):
            await desk.halo.tickets.create("x", None, **WANTED)  # type: ignore[arg-type]
        made = await desk.ticket()
        with pytest.raises(FieldRequired, match="resolution: say how"):
            await desk.halo.tickets.update(made, status_id=8)


async def test_a_ticket_that_is_not_there_is_named(desk: Desk) -> None:
    halo = desk.halo
    for call in (
        halo.tickets.update(4711, status_id=2),
        halo.actions.note(4711, "<p>x</p>"),
        halo.actions.status_change(4711, 2, "<p>x</p>"),
        halo.attachments.upload(4711, "a.txt", b"a"),
    ):
        with pytest.raises(NotFound, match="ticket = 4711: check that it exists"):
            await call


@pytest.mark.parametrize(
    ("name", "kind", "cure"),
    [
        ("unauthorized", Unauthorized, "client_secret"),
        ("forbidden", Forbidden, "permission"),
        ("rate_limited", RateLimited, "Rate Limit Reached"),
        ("refused_in_text", Refused, "CAB members"),
    ],
)
async def test_every_other_refusal_is_its_own_exception(
    desk: Desk, name: str, kind: type[Exception], cure: str
) -> None:
    await desk.ticket()
    desk.sandbox.faults.add(fault(name, "*", "/api/", count=2))
    with pytest.raises(kind, match=cure):
        await desk.ticket()


async def test_a_search_gives_every_ticket_once_while_tickets_move(desk: Desk) -> None:
    fields = {"client_id": desk.acme.id, "status_id": 1, "priority_id": 3}
    there = {desk.sandbox.add_ticket(summary=f"Ticket {number}", **fields).id for number in range(230)}
    found: list[int] = []
    async for one in desk.halo.tickets.search(Search(client_id=desk.acme.id)):
        found.append(one.id)
        if len(found) == 50:  # the newest first: each of these moves the rest by one
            for _ in range(7):
                desk.sandbox.add_ticket(summary="New", **fields)
    assert len(found) == len(set(found))
    assert set(found) >= there


async def test_a_search_filters(desk: Desk) -> None:
    old, new = NOW - timedelta(days=30), NOW - timedelta(days=1)
    other = desk.sandbox.add_client("Other")
    made = {
        "wanted": desk.sandbox.add_ticket(summary="Red printer", client_id=desk.acme.id, status_id=2, dateoccurred=new),
        "old": desk.sandbox.add_ticket(summary="Red printer", client_id=desk.acme.id, status_id=2, dateoccurred=old),
        "closed": desk.sandbox.add_ticket(summary="Red printer", client_id=desk.acme.id, dateoccurred=new),
        "theirs": desk.sandbox.add_ticket(summary="Red printer", client_id=other.id, status_id=2, dateoccurred=new),
        "blue": desk.sandbox.add_ticket(summary="Blue lamp", client_id=desk.acme.id, status_id=2, dateoccurred=new),
    }
    desk.sandbox.change_ticket(made["closed"].id, status_id=9)

    async def ids(search: Search) -> set[str]:
        names = {ticket.id: name for name, ticket in made.items()}
        return {names[one.id] async for one in desk.halo.tickets.search(search)}

    assert await ids(Search()) == set(made)
    assert await ids(Search(client_id=desk.acme.id)) == set(made) - {"theirs"}
    assert await ids(Search(status_id=9)) == {"closed"}
    assert await ids(Search(open_only=True)) == set(made) - {"closed"}
    assert await ids(Search(text="red")) == set(made) - {"blue"}
    recent = Search(occurred_from=date(2026, 2, 20), occurred_to=date(2026, 3, 1))
    assert await ids(recent) == set(made) - {"old"}
    both = Search(desk.acme.id, 2, open_only=True, text="printer", occurred_from=date(2026, 2, 20))
    assert await ids(both) == {"wanted"}


async def test_every_kind_of_entry(desk: Desk) -> None:
    made = await desk.ticket()
    actions = desk.halo.actions
    before = len(await actions.list(made))
    await actions.note(made, "<p>for us</p>")
    await actions.client_note(made, "<p>for you</p>", emailto="ada@acme.example")
    await actions.email(
        made, "<p>hi</p>", sender="ada@acme.example", recipients="desk@it.example", subject="Re: x", at=NOW,
        message_id="1@acme.example",
    )  # fmt: skip
    await actions.phone_call(made, "<p>called</p>")
    await actions.site_visit(made, "<p>went there</p>")
    await actions.status_change(made, 2, "<p>begun</p>")
    await actions.log_time(made, 45, "<p>looked</p>", agent_id=4, charge=True)
    log = (await actions.list(made))[before:]
    assert [one.note for one in log] == [
        "<p>for us</p>", "<p>for you</p>", "<p>hi</p>", "<p>called</p>", "<p>went there</p>", "<p>begun</p>",
        "<p>looked</p>",
    ]  # fmt: skip
    assert [one.hiddenfromuser for one in log] == [True, False, False, False, False, False, True]
    assert (log[-1].minutes, log[-1].agent_id) == (45.0, 4)
    if not desk.observed:
        assert [one.actiontype_id for one in log] == [0, 0, 1, 2, 3, 4, 0]
    assert desk.sandbox.tickets[0].fields["status_id"] == 2
    posted = [one.fields for one in desk.sandbox.actions if not one.opening]
    assert not [one for one in posted if one.get("sendemail")]
    assert posted[-1]["timetaken"] == (0.75 if desk.observed else 45)


async def test_attachments(desk: Desk) -> None:
    made = await desk.ticket()
    one = await desk.halo.attachments.upload(made, "screen.png", b"\x89PNG" * 9, media_type="image/png")
    two = await desk.halo.attachments.upload(made, 'odd "name".txt', b"words")
    listed = await desk.halo.attachments.list(made)
    assert [(a.id, a.filename, a.filesize) for a in listed] == [(one, "screen.png", 36), (two, 'odd "name".txt', 5)]
    assert listed[0].contenttype == "image/png"
    found = await desk.halo.attachments.find(made, "screen.png", 36)
    assert found is not None
    assert found.id == one
    assert await desk.halo.attachments.find(made, "screen.png", 35) is None
    assert [held.octets for held in desk.sandbox.attachments] == [b"\x89PNG" * 9, b"words"]
    assert [bool(held.fields.get("isimage")) for held in desk.sandbox.attachments] == [True, False]


async def test_names_stand_where_ids_can(desk: Desk) -> None:
    picklists = desk.halo.picklists
    assert await picklists.resolve("status", "in  progress") == 2
    assert await picklists.resolve("priority", "High") == 2
    assert await picklists.resolve("tickettype", 4) == 4
    assert await picklists.resolve("client", "acme") == desk.acme.id
    assert await picklists.resolve("agent", "grace agent") == 4
    assert await picklists.resolve("team", "2nd Line Support") == 2
    assert await picklists.resolve("category", "Software") == 2
    assert set((await picklists.names("site")).values()) == {"Main"}
    desk.sandbox.add_user("Ada", "ada@acme.example", desk.acme.id)
    assert "Ada" in (await picklists.names("user")).values()
    with pytest.raises(Misconfigured, match=r"'Nwe' is not known; there are: 1 New, 2 In Progress"):
        await picklists.resolve("status", "Nwe")
    desk.sandbox.add_client("Acme")
    picklists.forget("client")
    with pytest.raises(Misconfigured, match="ids 2, 3 have this name"):
        await picklists.resolve("client", "Acme")


async def test_a_list_is_read_once_until_it_is_old(desk: Desk) -> None:
    await desk.halo.picklists.names("status")
    before = len(desk.sandbox.requests)
    await desk.halo.picklists.names("status")
    assert len(desk.sandbox.requests) == before
    desk.halo.picklists.forget("status")
    await desk.halo.picklists.names("status")
    assert len(desk.sandbox.requests) == before + 1


async def test_deadlines_come_from_the_priority(desk: Desk) -> None:
    items = await desk.halo.picklists.items("priority")
    promised = {one["name"]: promise_of(one) for one in items}
    high = promised["High"]
    assert high is not None
    assert (high.respond_within, high.resolve_within) == (timedelta(hours=1), timedelta(hours=4))
    found = await desk.halo.tickets.get(await desk.ticket(priority_id=2))
    assert found is not None
    assert found.datecreated is not None
    deadline = found.datecreated + high.resolve_within
    assert state(deadline, NOW, closed=False) == SlaState.ON_TRACK
    assert state(deadline, NOW + timedelta(hours=3, minutes=1), closed=False) == SlaState.AT_RISK
