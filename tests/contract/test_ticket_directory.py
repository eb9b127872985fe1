"""What a TicketDirectory promises beside single tickets: domains, agents, correspondents; and reopening."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from fakes.halo_bench import NOBODY, Bench, action, opened, ticket

from gateway.errors import Permanent
from gateway.halo.trailer import new_marker
from gateway.model import Agent, Requester
from gateway.receipts import Receipt
from gateway.sandbox import Sandbox
from gateway.sandbox.picklists import CLOSED, RESOLVED
from gateway.steps import CreateUser, Reopen


@pytest.fixture(params=["documented", "observed"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    sandbox = Sandbox(request.param)
    acme = sandbox.add_client("Acme", "acme.example")
    sandbox.add_user("Ada", "ada@acme.example", acme.id)
    async with sandbox.serving() as url:
        bench = Bench(sandbox, url)
        yield bench
        await bench.backend.close()


async def test_a_domain_is_the_clients_that_says_so(bench: Bench):
    acme = bench.sandbox.clients[-1]
    assert await bench.backend.find_domain("ACME.example") == Requester("", "", acme.id, acme.site_id)
    assert await bench.backend.find_domain("nobody.example") is None


async def test_else_it_is_that_of_all_its_users_if_they_are_of_one_client(bench: Bench):
    red, blue = bench.sandbox.add_client("Red"), bench.sandbox.add_client("Blue")
    bench.sandbox.add_user("A", "a@red.example", red.id)
    bench.sandbox.add_user("B", "b@red.example", red.id)
    bench.sandbox.add_user("C", "c@both.example", red.id)
    bench.sandbox.add_user("D", "d@both.example", blue.id)
    assert (await bench.backend.find_domain("red.example")).client_id == red.id
    assert await bench.backend.find_domain("both.example") is None


async def test_two_clients_that_say_so_are_nobodys(bench: Bench):
    bench.sandbox.add_client("Acme again", "acme.example")
    assert await bench.backend.find_domain("acme.example") is None


async def test_agents_are_found_by_address(bench: Bench):
    assert await bench.backend.find_agent("Grace@ACME.example") == Agent(4, "Grace Agent")
    assert await bench.backend.find_agent("nobody@acme.example") is None


async def test_few_requests_are_asked(bench: Bench):
    for _ in range(20):
        await bench.backend.find_agent("grace@acme.example")
        await bench.backend.find_domain("acme.example")
        await bench.backend.find_requester("ada@acme.example")
    read = [one.path.lower() for one in bench.sandbox.requests if "/auth/" not in one.path]
    assert max(read.count(path) for path in set(read)) <= 2


async def test_lists_that_may_not_be_read_are_done_without(bench: Bench):
    await bench.backend.find_requester("ada@acme.example")
    bench.sandbox.withdraw_permission()
    assert await bench.backend.find_agent("grace@acme.example") is None


async def test_correspondents_are_those_of_what_customers_see(bench: Bench):
    key = await opened(bench)
    await bench.backend.add_action(action(key), new_marker())
    await bench.backend.add_action(replace(action(key), cc=("hidden@x.example",), hidden=True), new_marker())
    bench.sandbox.add_action(key, emailto="vendor@x.example; <two@x.example>", note="please", hiddenfromuser=False)
    found = await bench.backend.correspondents(key)
    assert {"vendor@x.example", "two@x.example"} <= found
    assert "hidden@x.example" not in found
    if bench.sandbox.dialect == "observed":  # the other keeps no addresses of what came in
        assert {NOBODY.address, "c@x.example"} <= found
    assert await bench.backend.correspondents(999) == frozenset()


async def test_a_closed_ticket_is_seen_as_such_and_opened_again_once(bench: Bench):
    key = await opened(bench)
    assert not (await bench.backend.ticket(key)).closed
    for status in (RESOLVED, CLOSED):
        closing = {"status_id": status, "resolution": "done", "closure_note": "done"}
        moved = bench.sandbox._tickets.moved(bench.sandbox.tickets[0].fields, closing)
        bench.sandbox._instance.store.change_ticket(key, {**closing, **moved})
        view = await bench.backend.ticket(key)
        assert view.closed
        assert view.closed_at is not None or status == RESOLVED  # one dialect shows no date for that
        assert (await bench.backend.reopen(Reopen(key, 1))).how == "answered"
        assert bench.sandbox.tickets[0].fields["status_id"] == 1
        assert (await bench.backend.reopen(Reopen(key, 1))).how == "not_needed"
    with pytest.raises(Permanent, match="ticket_gone"):
        await bench.backend.reopen(Reopen(999, 1))


async def test_to_reopen_as_closed_is_no_opening(bench: Bench):
    key = await opened(bench)
    closing = {"status_id": CLOSED, "resolution": "", "closure_note": ""}
    bench.sandbox._instance.store.change_ticket(key, closing)
    with pytest.raises(Permanent, match="workflow"):
        await bench.backend.reopen(Reopen(key, RESOLVED))


async def test_who_reported_a_ticket_is_known_by_address(bench: Bench):
    key = await opened(bench)
    assert (await bench.backend.ticket(key)).addresses == {NOBODY.address}


async def test_cc_is_kept_on_the_ticket(bench: Bench):
    step = replace(ticket(), cc=("boss@x.example", "<b>@x.example"))
    await bench.backend.create_ticket(step, new_marker())
    fields = bench.sandbox.tickets[0].fields
    said = fields.get("emailcclist") or fields["details"]
    assert "boss@x.example" in said
    assert "<b>" not in fields["details"].replace("&lt;b&gt;", "")


async def test_a_user_is_made_where_that_is_possible_and_found(bench: Bench):
    acme = bench.sandbox.clients[-1]
    step = CreateUser(Requester("new@acme.example", "New One", acme.id, acme.site_id))
    assert await bench.backend.find_user("new@acme.example") is None
    if bench.sandbox.dialect == "documented":
        with pytest.raises(Permanent, match="no_such_list"):
            await bench.backend.create_user(step)
        return
    made = await bench.backend.create_user(step)
    user = bench.sandbox.users[-1]
    assert made == Receipt(user.id, "answered")
    assert (user.name, user.emailaddress, user.client_id, user.site_id) == (
        "New One", "new@acme.example", acme.id, acme.site_id,
    )  # fmt: skip
    assert await bench.backend.find_user("NEW@acme.example") == Receipt(user.id, "found")
    assert not {pair for pair in bench.sandbox.unknown_fields if pair[0].startswith("POST")}


async def test_what_a_single_user_has_is_nobodys_and_what_several_have_is_told_as_such(bench: Bench):
    red, blue = (
        bench.sandbox.add_client("Red"),
        bench.sandbox.add_client("Blue", emaildomain="Blue.example; blau.example"),
    )
    bench.sandbox.add_user("A", "a@red.example", red.id)
    bench.sandbox.add_user("A twice", "A+x@red.example", red.id)
    bench.sandbox.add_user("S", "s@single.example", red.id, email2="s2@single.example")
    bench.sandbox.add_user("G", "g@gone.example", red.id)
    bench.sandbox.add_user("H", "h@gone.example", red.id, inactive=True)
    bench.sandbox.add_user("C", "c@two.example", red.id)
    bench.sandbox.add_user("D", "d@TWO.example.", red.id)
    for nobodys in ("red.example", "single.example", "gone.example", ""):
        assert await bench.backend.find_domain(nobodys) is None
    two = await bench.backend.find_domain("two.example")
    assert (two.client_id, two.by_users) == (red.id, True)
    for spelling in ("blue.example", "BLAU.example."):
        assert await bench.backend.find_domain(spelling) == Requester("", "", blue.id, blue.site_id)
