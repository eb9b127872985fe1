"""Every name that is sent to the observed server is one that its own description has: of bodies and of queries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from fakes.halo_settings import halo_settings

from config.settings import Ticket
from gateway.halo.backend import HaloBackend
from gateway.halo.client import Halo
from gateway.halo.picklists import NAMES
from gateway.halo.tickets import Search
from gateway.halo.trailer import new_marker
from gateway.model import Requester
from gateway.receipts import Doubt
from gateway.sandbox import Sandbox
from gateway.steps import AddAction, CreateTicket, Text, UploadAttachment

FIELDS = json.loads((Path(__file__).parent / "halopsa_fields.json").read_text("utf-8"))
TEXT = Text("x", "<p>x</p>")
OCTETS = b"octets"
# What the sandbox itself notes on what it holds.
BY_THE_SYSTEM = {"last_update", "dateresponded", "dateresolved", "dateclosed", "hasbeenclosed", "outcome_id"}
BY_THE_SYSTEM |= {"_paused", "_paused_since", "_paused_until_response"}


def now() -> datetime:
    return datetime.now(UTC)


async def remember(_: str) -> None:
    """The dialect is found out anew."""


@pytest.fixture
async def sandbox() -> AsyncIterator[tuple[Sandbox, str]]:
    made = Sandbox("observed")
    async with made.serving() as url:
        yield made, url


def unknown(sandbox: Sandbox) -> Iterator[tuple[str, str]]:
    """Whatever was sent under a name that the description has not."""
    held = [("Faults", one) for one in sandbox.tickets] + [("Actions", a) for a in sandbox.actions if not a.opening]
    for schema, one in [*held, *(("Attachment", file) for file in sandbox.attachments)]:
        known = set(FIELDS["schemas"][schema]) | BY_THE_SYSTEM
        yield from ((schema, name) for name in set(one.fields) - known)
    for seen in sandbox.requests:
        path = "/".join("{id}" if part.isdigit() else part for part in seen.path.removeprefix("/api").split("/"))
        operation = f"{seen.method} {path}"
        if seen.method == "GET":
            yield from ((operation, name) for name in set(seen.query) - set(FIELDS["operations"][operation]["query"]))
        else:
            yield from ((operation, name) for name in set(seen.query) - {"tenant"})


async def test_the_gateways_own_requests(sandbox: tuple[Sandbox, str]) -> None:
    served, url = sandbox
    acme = served.add_client("Acme")
    served.add_user("Ada", "ada@acme.example", acme.id)
    backend = HaloBackend(halo_settings(url), remembered_dialect=None, remember=remember, clock=now)
    named = Ticket(status="New", priority="High", tickettype="Incident", client="Acme")
    await backend.verify(named)
    await backend.verify(Ticket())
    ids = await backend.ids(named)
    await backend.respond_within(ids["priority_id"])
    for who in (await backend.find_requester("ada@acme.example"), await backend.find_requester("eve@else.example")):
        step = CreateTicket(
            "x", TEXT, who or Requester("eve@else.example", "Eve"), acme.id, 1, 1, 3, now(), "1@x.example"
        )
        made = await backend.create_ticket(step, marker := new_marker())
        assert made.id is not None
        await backend.ticket(made.id)
        reply = AddAction(
            made.id, TEXT, step.requester, "Re: x", ("a@b.example",), ("c@d.example",), now(), message_id="2@x"
        )
        await backend.add_action(reply, marker)
        await backend.add_note(made.id, TEXT, new_marker())
        await backend.show_details(made.id, TEXT, marker)
        digest = hashlib.sha256(OCTETS).hexdigest()
        file = UploadAttachment(0, "a.png", "image/png", len(OCTETS), digest, inline=True)
        await backend.upload(file, made.id, 1, OCTETS)
        await backend.find_created(step, Doubt(new_marker(), now()))
        await backend.find_action(made.id, Doubt(new_marker(), now()))
        await backend.find_upload(file, made.id, Doubt(new_marker(), now()))
    served.delete_ticket(made.id)
    await backend.find_created(step, Doubt(new_marker(), now()))
    await backend.close()
    assert not sorted(unknown(served))
    assert not served.unknown_fields


async def test_the_clients_requests(sandbox: tuple[Sandbox, str]) -> None:
    served, url = sandbox
    async with Halo(halo_settings(url)) as halo:
        for name in NAMES:
            await halo.picklists.items(name)
        made = await halo.tickets.create(
            "x", 1, status_id=1, priority_id=3, tickettype_id=1, details="<p>x</p>", resolution="y", slahold=True,
            category_1="Hardware", agent_id=4, dateoccurred=now(), deadlinedate=now(), reportedby="Ada",
        )  # fmt: skip
        found = await halo.tickets.get(made)
        assert found is not None
        await halo.tickets.update(made, team="2nd Line Support")
        await halo.tickets.resolve(found, "Mended")
        actions = halo.actions
        await actions.note(made, "<p>x</p>")
        await actions.client_note(made, "<p>x</p>", emailto="a@b.example")
        await actions.email(
            made, "<p>x</p>", sender="a@b.example", recipients="c@d.example", subject="x", at=now(), message_id="1@b"
        )
        await actions.phone_call(made, "<p>x</p>")
        await actions.site_visit(made, "<p>x</p>")
        await actions.status_change(made, 2, "<p>x</p>")
        await actions.log_time(made, 30, "<p>x</p>", agent_id=4, charge=True)
        await actions.list(made)
        await halo.attachments.upload(made, "a.png", OCTETS, media_type="image/png", action_id=1)
        assert await halo.attachments.find(made, "a.png", len(OCTETS)) is not None
        wanted = Search(1, 2, open_only=True, text="x", occurred_from=date(2026, 3, 1), occurred_to=date(2026, 4, 1))
        assert [one async for one in halo.tickets.search(wanted)] == []
    assert not sorted(unknown(served))
    assert not served.unknown_fields
