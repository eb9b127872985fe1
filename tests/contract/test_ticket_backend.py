"""What every TicketBackend promises, asked over real sockets of a HaloPSA that speaks either dialect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.halo_bench import NOBODY, OCTETS, Bench, action, now, opened, picture, ticket
from fakes.halo_settings import halo_settings

from config.settings import Ticket
from gateway.errors import Ambiguous, Misconfigured, Permanent, Transient, Trouble
from gateway.halo.backend import HaloBackend
from gateway.halo.trailer import find_last, new_marker
from gateway.receipts import Doubt, Receipt
from gateway.sandbox import Fault, Sandbox, fault
from gateway.steps import Text

LOST = ["answer_lost", "gateway_timeout_after_write", "bad_gateway_after_write", "cut_json_after_write",
        "senseless_json_after_write", "server_error_after_write"]  # fmt: skip
UNDECIDED = ["server_error", "unavailable", "gateway_timeout", "dropped", "forbidden", "login_page",
             "rate_limited_for_2s", "senseless_json"]  # fmt: skip


@pytest.fixture(params=["documented", "observed"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    sandbox = Sandbox(request.param)
    acme = sandbox.add_client("Acme", "acme.example")
    sandbox.add_user("Ada", "ada@acme.example", acme.id, email2="Lovelace@Acme.example")
    async with sandbox.serving() as url:
        bench = Bench(sandbox, url)
        yield bench
        await bench.backend.close()


async def test_a_ticket_with_all_that_belongs_to_it(bench):
    ada = await bench.backend.find_requester("ADA@acme.example")
    marker = new_marker()
    receipt = await bench.backend.create_ticket(replace(ticket(requester=ada), client_id=ada.client_id), marker)
    (kept,) = bench.sandbox.tickets
    assert receipt == Receipt(kept.id, "answered")
    assert (kept.fields["summary"], kept.fields["user_id"]) == ("Printer on fire", ada.user_id)
    assert kept.fields["client_id"] == ada.client_id
    assert not kept.fields.get("sendack")
    assert find_last(kept.fields["details"]) == marker

    added = await bench.backend.add_action(action(kept.id), marker_of_action := new_marker())
    (entry,) = bench.written
    assert added == Receipt(entry.id, "answered")
    assert find_last(entry.fields["note"]) == marker_of_action
    assert not entry.fields["hiddenfromuser"]

    uploaded = await bench.backend.upload(picture(), kept.id, added.id, OCTETS)
    (held,) = bench.sandbox.attachments
    assert (uploaded.id, uploaded.how) == (held.id, "answered")
    assert uploaded.link.startswith("http") is (bench.sandbox.dialect == "observed")
    assert (held.filename, held.octets) == ("image001.png", OCTETS)

    view = await bench.backend.ticket(kept.id)
    assert (view.id, view.summary, view.client_id, view.status_id) == (kept.id, "Printer on fire", ada.client_id, 1)


async def test_only_known_names_are_sent(bench):
    key = await opened(bench)
    await bench.backend.add_action(action(key), new_marker())
    await bench.backend.upload(picture(), key, 1, OCTETS)
    await bench.backend.add_note(key, Text("x", "<p>x</p>"), new_marker())
    await bench.backend.show_details(key, Text("x", "<p>x</p>"), new_marker())
    assert not {pair for pair in bench.sandbox.unknown_fields if pair[0].startswith("POST")}


async def test_the_dialect_is_found_out_once_and_without_writing(bench):
    found = await asyncio.gather(*(bench.backend.create_ticket(ticket(), new_marker()) for _ in range(4)))
    assert len({receipt.id for receipt in found}) == 4
    assert bench.backend.dialect == bench.sandbox.dialect
    assert bench.remembered == [bench.sandbox.dialect]
    assert sum(seen.path.lower() == "/api/outcome" for seen in bench.sandbox.requests) == 1


async def test_a_dialect_that_is_remembered_or_configured_is_not_asked_for(bench):
    for backend in (bench.another(bench.sandbox.dialect), bench.another(dialect=bench.sandbox.dialect)):
        await backend.create_ticket(ticket(), new_marker())
        await backend.close()
    assert not bench.remembered
    assert not any(seen.path.lower() == "/api/outcome" for seen in bench.sandbox.requests)


@pytest.mark.parametrize("name", UNDECIDED)
async def test_anything_else_decides_no_dialect(bench, name):
    bench.sandbox.faults.add(fault(name, "GET", "/api/Outcome", count=2))
    with pytest.raises((Transient, Misconfigured)):
        await bench.backend.create_ticket(ticket(), new_marker())
    assert (bench.backend.dialect, bench.remembered, bench.sandbox.tickets) == (None, [], [])


async def test_a_wrong_address_is_no_dialect(bench):
    bench.sandbox.faults.add(Fault("GET", "/api/", count=9, status=404))
    with pytest.raises(Misconfigured) as raised:
        await bench.backend.create_ticket(ticket(), new_marker())
    assert "[halo] url" in raised.value.words
    assert bench.backend.dialect is None


@pytest.mark.parametrize("name", LOST)
async def test_a_ticket_whose_answer_was_lost_is_found(bench, name):
    floor = await opened(bench)
    doubt = Doubt(new_marker(), now(), floor)
    bench.sandbox.faults.add(fault(name, "POST", "/api/Tickets"))
    with pytest.raises(Ambiguous):
        await bench.backend.create_ticket(ticket(), doubt.marker)
    ours = bench.sandbox.tickets[-1].id
    for _ in range(3):
        await opened(bench)
    assert await bench.backend.find_created(ticket(), doubt) == Receipt(ours, "found")
    assert await bench.backend.find_created(ticket(), replace(doubt, ticket_floor=None)) == Receipt(ours, "found")
    assert await bench.backend.find_created(ticket(), replace(doubt, marker=new_marker())) is None
    bench.sandbox.change_ticket(ours, status_id=9, agent_id=5, client_id=2)
    assert await bench.backend.find_created(ticket(), doubt) == Receipt(ours, "found")


@pytest.mark.parametrize("name", ["dropped", "gateway_timeout", "server_error", "login_page", "cut_json"])
async def test_a_ticket_that_never_came_is_not_found(bench, name):
    doubt = Doubt(new_marker(), now(), await opened(bench))
    bench.sandbox.faults.add(fault(name, "POST", "/api/Tickets"))
    with pytest.raises(Ambiguous):
        await bench.backend.create_ticket(ticket(), doubt.marker)
    await opened(bench)
    assert await bench.backend.find_created(ticket(), doubt) is None


async def test_a_write_that_lands_late_is_found_by_the_second_look_up(bench):
    doubt = Doubt(new_marker(), now(), await opened(bench))
    bench.sandbox.faults.add(fault("late_write", "POST", "/api/Tickets", delay=0.2))
    with pytest.raises(Ambiguous):
        await bench.backend.create_ticket(ticket(), doubt.marker)
    assert await bench.backend.find_created(ticket(), doubt) is None
    await bench.sandbox.writes_landed()
    assert await bench.backend.find_created(ticket(), doubt) is not None


async def test_a_deleted_ticket_is_found_where_the_server_still_shows_it(bench):
    doubt = Doubt(new_marker(), now(), await opened(bench))
    receipt = await bench.backend.create_ticket(ticket(), doubt.marker)
    bench.sandbox.delete_ticket(receipt.id)
    found = await bench.backend.find_created(ticket(), doubt)
    assert found == (Receipt(receipt.id, "found") if bench.sandbox.dialect == "observed" else None)
    assert await bench.backend.ticket(receipt.id) is None


async def test_the_receipts_of_others_and_older_tickets_are_not_even_read(bench):
    older = await opened(bench)
    taken = frozenset({await opened(bench), await opened(bench)})
    bench.sandbox.requests.clear()
    assert await bench.backend.find_created(ticket(), Doubt(new_marker(), now(), older, taken)) is None
    assert not any(seen.path.lower().startswith("/api/tickets/") for seen in bench.sandbox.requests)


async def test_pages_are_walked_down_to_the_floor(bench):
    floor = await opened(bench)
    doubt = Doubt(new_marker(), now(), floor)
    receipt = await bench.backend.create_ticket(ticket(), doubt.marker)
    others = frozenset(bench.sandbox.add_ticket(summary=f"later {n}", details="").id for n in range(230))
    doubt = replace(doubt, taken=others - {receipt.id})
    bench.sandbox.requests.clear()
    assert await bench.backend.find_created(ticket(), doubt) == Receipt(receipt.id, "found")
    assert len(bench.sandbox.requests) < 10


async def test_more_new_tickets_than_can_be_read_decide_nothing(bench):
    doubt = Doubt(new_marker(), now(), await opened(bench))
    for n in range(450):
        bench.sandbox.add_ticket(summary=f"later {n}", details="")
    with pytest.raises(Ambiguous) as raised:
        await bench.backend.find_created(ticket(), doubt)
    assert raised.value.cause == "cannot_decide"


async def test_a_look_alike_in_a_mail_matches_nothing(bench):
    marker, doubt = new_marker(), Doubt(new_marker(), now(), await opened(bench))
    planted = f"quoted [mail reference {doubt.marker}] &#91;mail <b>reference {doubt.marker}</b>&#93; {doubt.marker}"
    receipt = await bench.backend.create_ticket(ticket(text=planted), marker)
    await bench.backend.add_action(action(receipt.id, planted), marker)
    assert await bench.backend.find_created(ticket(), doubt) is None
    assert await bench.backend.find_action(receipt.id, doubt) is None
    assert await bench.backend.find_created(ticket(), replace(doubt, marker=marker)) == Receipt(receipt.id, "found")


@pytest.mark.parametrize("name", LOST)
async def test_an_action_whose_answer_was_lost_is_found(bench, name):
    key, doubt = await opened(bench), Doubt(new_marker(), now())
    await bench.backend.add_action(action(key), new_marker())
    bench.sandbox.faults.add(fault(name, "POST", "/api/Actions"))
    with pytest.raises(Ambiguous):
        await bench.backend.add_action(action(key), doubt.marker)
    ours = bench.written[-1].id
    for n in range(210):  # so many that the server does not show them all at first
        bench.sandbox.add_action(key, note=f"later {n}")
    assert await bench.backend.find_action(key, doubt) == Receipt(ours, "found")
    assert await bench.backend.find_action(key, replace(doubt, marker=new_marker())) is None


@pytest.mark.parametrize("name", LOST)
async def test_an_upload_whose_answer_was_lost_is_found_and_no_other(bench, name):
    key, octets = await opened(bench), OCTETS
    earlier = await bench.backend.upload(picture(), key, 1, octets)  # the same picture, in an earlier mail
    doubt = Doubt(new_marker(), now(), taken=frozenset({earlier.id}))
    await bench.backend.upload(picture(octets[1:]), key, 1, octets[1:])
    await bench.backend.upload(picture(name="other.png"), key, 1, octets)
    assert await bench.backend.find_upload(picture(), key, doubt) is None
    bench.sandbox.faults.add(fault(name, "POST", "/api/Attachment"))
    with pytest.raises(Ambiguous):
        await bench.backend.upload(picture(), key, 1, octets)
    ours = bench.sandbox.attachments[-1].id
    found = await bench.backend.find_upload(picture(), key, doubt)
    assert (found.id, found.how) == (ours, "found")
    assert found.link.startswith("http") is (bench.sandbox.dialect == "observed")
    later = replace(doubt, since=now() + timedelta(minutes=5))
    assert await bench.backend.find_upload(picture(), key, later) is None


async def test_a_ticket_that_is_gone(bench):
    key, marker = await opened(bench), new_marker()
    bench.sandbox.delete_ticket(key)
    for write in (
        bench.backend.add_action(action(key), marker),
        bench.backend.upload(picture(), key, None, OCTETS),
    ):
        with pytest.raises(Permanent) as raised:
            await write
        assert raised.value.cause == "ticket_gone"
    assert await bench.backend.find_action(key, Doubt(marker, now())) is None
    assert await bench.backend.find_upload(picture(), key, Doubt(marker, now())) is None
    assert await bench.backend.ticket(key) is None
    assert await bench.backend.ticket(987_654) is None


@pytest.mark.parametrize(
    ("change", "setting"),
    [
        ({"tickettype_id": 99}, "tickettype_id"),
        ({"status_id": 77}, "status_id"),
        ({"priority_id": 99}, "priority_id"),
        ({"client_id": 99}, "client_id"),
    ],
)
async def test_an_id_of_the_configuration_that_is_refused(bench, change, setting):
    with pytest.raises(Misconfigured) as raised:
        await bench.backend.create_ticket(replace(ticket(), **change), new_marker())
    assert f"[ticket] {setting} = " in raised.value.words
    assert not bench.sandbox.tickets


async def test_a_client_of_the_requesters_own_that_is_refused(bench):
    step = replace(ticket(requester=replace(NOBODY, client_id=99)), client_id=99)
    with pytest.raises(Permanent) as raised:
        await bench.backend.create_ticket(step, new_marker())
    assert raised.value.cause == "requester_gone"


async def test_somebody_whose_user_was_removed_is_looked_up_anew(bench):
    ada = await bench.backend.find_requester("ada@acme.example")
    bench.sandbox.remove_user(ada.user_id)
    again = bench.sandbox.add_user("Ada", "ada@acme.example", ada.client_id)
    with pytest.raises(Permanent) as raised:
        await bench.backend.create_ticket(replace(ticket(requester=ada), client_id=ada.client_id), new_marker())
    assert raised.value.cause == "requester_gone"
    assert (await bench.backend.find_requester("ada@acme.example")).user_id == again.id


async def test_a_field_that_the_ticket_type_asks_for(bench):
    refusal = Fault("POST", "/api/Tickets", status=400, body="Please enter a value for Site Code")
    bench.sandbox.faults.add(refusal)
    with pytest.raises(Misconfigured, match=r"Site Code; \[ticket\] tickettype_id = 1 asks for a field"):
        await bench.backend.create_ticket(ticket(), new_marker())
    await opened(bench)  # this type can be made: from now on it is the mail that is refused
    bench.sandbox.faults.add(refusal)
    with pytest.raises(Permanent, match="Site Code"):
        await bench.backend.create_ticket(ticket(), new_marker())


async def test_an_outcome_that_is_refused():
    async with (sandbox := Sandbox("observed")).serving() as url:
        bench = Bench(sandbox, url, outcome="Carrier Pigeon")
        key = await opened(bench)
        with pytest.raises(Misconfigured) as raised:
            await bench.backend.add_action(action(key), new_marker())
        assert "[halo] outcome" in raised.value.words
        await bench.backend.close()


async def test_no_sender_can_have_the_configuration_blamed(bench):
    await opened(bench)
    subject = "status_id and client_id invalid"
    bench.sandbox.faults.add(Fault("POST", "/api/", status=400, body=f'{{"Message": "bad words: {subject}"}}'))
    with pytest.raises(Permanent) as raised:
        await bench.backend.create_ticket(ticket(summary=subject), new_marker())
    assert subject not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("refused", Permanent),
        ("refused_in_text", Permanent),
        ("forbidden", Misconfigured),
        ("unavailable", Transient),
        ("rate_limited_for_2s", Transient),
    ],
)
async def test_refusals_are_certain(bench, name, kind):
    key = await opened(bench)
    for write in (
        lambda: bench.backend.create_ticket(ticket(), new_marker()),
        lambda: bench.backend.add_action(action(key), new_marker()),
        lambda: bench.backend.upload(picture(), key, None, OCTETS),
    ):
        bench.sandbox.faults.add(fault(name, "POST", "/api/", count=2))
        with pytest.raises(kind) as raised:
            await write()
        assert "<" not in raised.value.words
        bench.sandbox.faults.clear()
    assert (len(bench.sandbox.tickets), bench.written, bench.sandbox.attachments) == (1, [], [])


async def test_a_token_that_ended_and_a_permission_that_came_back(bench):
    key = await opened(bench)
    bench.sandbox.expire_tokens()
    await bench.backend.add_action(action(key), new_marker())
    bench.sandbox.withdraw_permission()
    with pytest.raises(Misconfigured):
        await bench.backend.ticket(key)
    bench.sandbox.grant_permission()
    assert await bench.backend.ticket(key) is not None
    assert len(bench.written) == 1


async def test_a_server_that_is_down_has_done_nothing(bench):
    backend = HaloBackend(
        halo_settings("http://127.0.0.1:9", dialect="observed"), remembered_dialect=None, remember=None, clock=now
    )
    for call in (
        backend.create_ticket(ticket(), new_marker()),
        backend.find_created(ticket(), Doubt(new_marker(), now())),
        backend.find_requester("ada@acme.example"),
    ):
        with pytest.raises(Transient):
            await call
    await backend.close()


async def test_people_are_known_by_exact_address_only(bench):
    acme, other = 2, bench.sandbox.add_client("Other").id
    bench.sandbox.add_user("Adam", "xada@acme.example", acme)
    bench.sandbox.add_user("Twice", "twice@acme.example", acme)
    second = bench.sandbox.add_user("Twice again", "TWICE@acme.example", acme)
    bench.sandbox.add_user("Split", "split@acme.example", acme)
    bench.sandbox.add_user("Split", "split@acme.example", other)
    bench.sandbox.add_user("Gone", "gone@acme.example", acme, inactive=True)
    find = bench.backend.find_requester
    ada = await find("lovelace@acme.example")
    assert (ada.name, ada.client_id, ada.site_id, ada.address) == ("Ada", acme, 102, "lovelace@acme.example")
    assert (await find("twice@acme.example")).user_id < second.id
    for nobody in ("da@acme.example", "split@acme.example", "gone@acme.example", "", "acme", "%_@acme.example"):
        assert await find(nobody) is None


async def test_people_are_asked_for_once(bench):
    for _ in range(3):
        await bench.backend.find_requester("ada@acme.example")
        await bench.backend.find_requester("nobody@acme.example")
    assert sum(seen.path.lower() == "/api/users" for seen in bench.sandbox.requests) == 2


async def test_a_server_without_users(bench):
    bench.sandbox.faults.add(Fault("GET", "/api/Users", status=404))
    assert await bench.backend.find_requester("ada@acme.example") is None


async def test_every_read_fails_without_doubt(bench):
    key = await opened(bench)
    doubt = Doubt(new_marker(), now())
    reads = [
        lambda: bench.backend.ticket(key),
        lambda: bench.backend.find_requester("ada@acme.example"),
        lambda: bench.backend.find_created(ticket(), doubt),
        lambda: bench.backend.find_action(key, doubt),
        lambda: bench.backend.find_upload(picture(), key, doubt),
    ]
    for name in ("server_error", "dropped", "gateway_timeout", "cut_json", "senseless_json", "login_page"):
        for read in reads:
            bench.sandbox.faults.add(fault(name, "GET", "/api/"))
            with pytest.raises(Trouble) as raised:
                await read()
            assert type(raised.value) is (Misconfigured if name == "login_page" else Transient), name


async def test_a_check_of_a_good_installation(bench):
    checks = await bench.backend.verify(Ticket())
    assert [check.well for check in checks] == [True] * 7, checks
    assert not bench.sandbox.tickets


async def test_a_check_names_what_is_wrong_and_its_cure(bench):
    backend = bench.another(outcome="Carrier Pigeon")
    checks = await backend.verify(Ticket(client_id=99, tickettype_id=99, status_id=77, priority_id=99))
    await backend.close()
    ill = {check.what for check in checks if not check.well}
    ids = {"[ticket] client_id", "[ticket] tickettype_id", "[ticket] status_id", "[ticket] priority_id"}
    assert ill == ids | ({"[halo] outcome"} if bench.sandbox.dialect == "observed" else set())
    assert all(check.cure for check in checks if not check.well)
    backend = bench.another(client_secret="wrong")
    (login,) = await backend.verify(Ticket())
    await backend.close()
    assert not login.well
    assert "client_secret" in login.cure
