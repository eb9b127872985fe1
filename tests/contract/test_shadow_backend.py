"""The shadow of a HaloPSA: it reads as the real one, and of its writes nothing arrives."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from fakes.halo_bench import NOBODY, OCTETS, Bench, action, now, opened, picture, ticket

from gateway.errors import Permanent
from gateway.halo.trailer import new_marker
from gateway.model import Agent, Requester
from gateway.ports import TicketBackend
from gateway.receipts import Doubt, Receipt
from gateway.sandbox import Sandbox
from gateway.sandbox.picklists import CLOSED
from gateway.shadow import FIRST, ShadowBackend
from gateway.steps import CreateUser, Reopen, Text
from storage.ledger import open_ledger


@pytest.fixture(params=["documented", "observed"])
async def bench(request: pytest.FixtureRequest, tmp_path) -> AsyncIterator[Bench]:
    sandbox = Sandbox(request.param)
    acme = sandbox.add_client("Acme", "acme.example")
    sandbox.add_user("Ada", "ada@acme.example", acme.id)
    async with sandbox.serving() as url:
        bench = Bench(sandbox, url)
        bench.ledger = await open_ledger(f"sqlite:///{tmp_path / 'ledger.db'}", daemon=True, shadow=True)
        yield bench
        await bench.ledger.close()
        await bench.backend.close()


@pytest.fixture
def shadow(bench: Bench) -> TicketBackend:
    return ShadowBackend(bench.backend, bench.ledger, now)


async def test_it_reads_as_the_real_one(bench, shadow):
    key = await opened(bench)
    for address in ("ADA@acme.example", "nobody@acme.example"):
        assert await shadow.find_requester(address) == await bench.backend.find_requester(address)
        assert await shadow.find_user(address) == await bench.backend.find_user(address)
    assert await shadow.find_domain("acme.example") == await bench.backend.find_domain("acme.example")
    assert await shadow.find_agent("grace@acme.example") == Agent(4, "Grace Agent")
    assert await shadow.ticket(key) == await bench.backend.ticket(key)
    assert await shadow.ticket(987_654) is None
    bench.sandbox.add_action(key, emailto="vendor@x.example", note="please", hiddenfromuser=False)
    assert await shadow.correspondents(key) == await bench.backend.correspondents(key) >= {"vendor@x.example"}


async def test_nothing_that_it_writes_arrives(bench, shadow):
    key = await opened(bench)
    bench.sandbox.change_ticket(key, status_id=CLOSED)
    bench.sandbox.requests.clear()
    made = [
        await shadow.create_user(CreateUser(Requester("new@acme.example", "New", 2, 102))),
        await shadow.create_ticket(ticket(), new_marker()),
        await shadow.add_action(action(key), new_marker()),
        await shadow.upload(picture(), key, 1, OCTETS),
        await shadow.add_note(key, Text("x", "<p>x</p>"), new_marker()),
        await shadow.show_details(key, Text("x", "<p>x</p>"), new_marker()),
        await shadow.reopen(Reopen(key, 1)),
    ]
    assert {one.how for one in made} == {"shadow"}
    assert all(one.words.startswith("would have been") for one in made)
    assert {seen.method for seen in bench.sandbox.requests} == {"GET"}
    assert (len(bench.sandbox.tickets), bench.written, bench.sandbox.attachments) == (1, [], [])


async def test_a_ticket_that_is_not_there_is_known_from_then_on(bench, shadow):
    ada = await shadow.find_requester("ada@acme.example")
    one = await shadow.create_ticket(replace(ticket(requester=ada), client_id=ada.client_id), new_marker())
    two = await shadow.create_ticket(ticket("Another"), new_marker())
    assert [one.id, two.id] == [FIRST, FIRST + 1]
    after_a_restart = ShadowBackend(bench.backend, bench.ledger, now)
    view = await after_a_restart.ticket(FIRST)
    assert (view.id, view.summary, view.client_id, view.user_id, view.status_id, view.closed) == (
        FIRST, "Printer on fire", ada.client_id, ada.user_id, 1, False,
    )  # fmt: skip
    assert view.addresses == {"ada@acme.example"}
    assert (await after_a_restart.ticket(FIRST + 1)).addresses == {NOBODY.address}
    assert await after_a_restart.ticket(FIRST + 2) is None
    assert await after_a_restart.correspondents(FIRST) == frozenset()
    assert (await after_a_restart.create_ticket(ticket(), new_marker())).id == FIRST + 2


async def test_of_one_marker_there_is_one_ticket(shadow):
    doubt = Doubt(new_marker(), now())
    made = await shadow.create_ticket(ticket(), doubt.marker)
    assert await shadow.find_created(ticket(), doubt) == made
    assert await shadow.create_ticket(ticket(), doubt.marker) == made
    assert (await shadow.find_created(ticket(), Doubt(new_marker(), now()))).id == made.id + 1


async def test_two_at_the_same_time_get_two_numbers(bench, shadow):
    other = ShadowBackend(bench.backend, bench.ledger, now)
    await bench.ledger.notes.remember("shadow latest ticket", str(FIRST - 1))  # neither knows of the other's
    one = await shadow.create_ticket(ticket(), new_marker())
    await bench.ledger.notes.remember("shadow latest ticket", str(FIRST - 1))
    two = await other.create_ticket(ticket(), new_marker())
    assert {one.id, two.id} == {FIRST, FIRST + 1}


async def test_an_action_on_a_ticket_that_is_gone_is_refused_as_ever(bench, shadow):
    key = await opened(bench)
    bench.sandbox.delete_ticket(key)
    for write in (shadow.add_action(action(key), new_marker()), shadow.reopen(Reopen(key, 1))):
        with pytest.raises(Permanent) as raised:
            await write
        assert raised.value.cause == "ticket_gone"
    made = await shadow.create_ticket(ticket(), new_marker())
    assert (await shadow.add_action(action(made.id), new_marker())).how == "shadow"


async def test_what_would_be_opened_again_is_open_until_it_is_closed_anew(bench):
    key, later = await opened(bench), datetime.now(UTC) + timedelta(minutes=5)
    shadow = ShadowBackend(bench.backend, bench.ledger, lambda: later)
    assert await shadow.reopen(Reopen(key, 1)) == Receipt(key, "not_needed")
    bench.sandbox.change_ticket(key, status_id=CLOSED)
    assert (await shadow.ticket(key)).closed
    assert (await shadow.reopen(Reopen(key, 1))).how == "shadow"
    assert not (await shadow.ticket(key)).closed
    assert (await bench.backend.ticket(key)).closed
    bench.sandbox.change_ticket(key, dateclosed=later + timedelta(hours=1))
    assert (await bench.backend.ticket(key)).closed_at > later
    assert (await shadow.ticket(key)).closed
