"""What HaloPSA can refuse, what becomes of the mail that met it, and what the operator is told: one trouble a test."""

from __future__ import annotations

import pytest
from fakes.messages import mail
from fakes.stack import Stack

from gateway.sandbox.faults import Fault, fault
from storage.states import State


@pytest.fixture(params=["observed", "documented"])
def dialect(request):
    return request.param


async def waits_for(stack: Stack, *words: str) -> None:
    """The mail waits, nothing was made of it, and `explain` and `check` both name the cure."""
    stack.deliver(mail(message_id="a@c.example", attachments={"a.txt": b"octets"}))
    assert await stack.once() == 75
    assert (await stack.journey()).message.state is State.DEFERRED
    assert stack.sandbox.tickets == []
    for command in (("explain", "1"), ("check",)):
        said = " ".join((await stack.call(*command))[1].split())
        for word in words:
            assert word in said, (command, said)
    status, _ = await stack.call("check")
    assert status == 1


async def passes_once(stack: Stack) -> None:
    """What was in the way is gone: the mail goes its way, once."""
    assert await stack.once() == 0
    assert (await stack.journey()).message.state is State.DONE
    assert (len(stack.sandbox.tickets), len(stack.sandbox.attachments), len(stack.smtp.messages)) == (1, 1, 1)


async def test_a_wrong_secret(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect, halo={"client_secret": "wrong"}) as stack:
        await waits_for(stack, "[halo] client_id", "client_secret")
        stack.tables.pop("halo")
        stack.write_config()
        await passes_once(stack)


async def test_a_wrong_tenant(tmp_path):
    async with Stack(tmp_path, tenant="acme", halo={"tenant": "other"}) as stack:
        await waits_for(stack, "tenant")
        stack.tables["halo"] = {"tenant": "acme"}
        stack.write_config()
        await passes_once(stack)


async def test_a_wrong_address_that_answers_with_pages(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.sandbox.faults.add(fault("login_page", "*", "/", count=10_000))
        await waits_for(stack, "[halo]", "url")
        stack.sandbox.faults.clear()
        await passes_once(stack)


async def test_a_wrong_address_that_knows_nothing(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.sandbox.faults.add(Fault("*", "/api", status=404, count=10_000))
        await waits_for(stack, "check [halo] url")
        stack.sandbox.faults.clear()
        await passes_once(stack)


async def test_a_permission_that_was_withdrawn_and_given_back(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect) as stack:
        stack.sandbox.withdraw_permission()
        await waits_for(stack, "permission")
        stack.sandbox.grant_permission()
        await passes_once(stack)


async def test_a_token_that_ends_in_mid_run(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect) as stack:
        stack.sandbox.faults.add(fault("unauthorized", "POST", "/api/Attachment"))
        stack.deliver(mail(message_id="a@c.example", attachments={"a.txt": b"octets"}))
        assert await stack.once() == 0
        assert (len(stack.sandbox.tickets), len(stack.sandbox.attachments), len(stack.smtp.messages)) == (1, 1, 1)
        assert sum(seen.path == "/auth/token" for seen in stack.sandbox.requests) == 2


async def test_a_field_that_the_ticket_type_asks_for(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect) as stack:
        stack.sandbox.require(1, "category_1")
        stack.deliver(mail(message_id="a@c.example", attachments={"a.txt": b"octets"}))
        assert await stack.once() == 75
        said = " ".join((await stack.call("explain", "1"))[1].split())
        assert "[ticket] tickettype_id = 1 asks for a field that mail does not bring" in said
        assert "choose another ticket type" in said
        stack.sandbox.habits.required.clear()
        await passes_once(stack)


async def replied(stack: Stack) -> int:
    """A ticket by mail, and a reply to it that waits in the folder. The ticket's number."""
    stack.deliver(mail(message_id="a@c.example"))
    assert await stack.once() == 0
    stack.deliver(mail(message_id="b@c.example", in_reply_to="a@c.example", text="one thing more\n"))
    return stack.sandbox.tickets[0].id


async def test_a_closed_ticket_gets_its_reply(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect) as stack:
        ticket = await replied(stack)
        stack.sandbox.change_ticket(ticket, status_id=9)
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 1
        assert "one thing more" in stack.entries(ticket)[0]


async def test_a_closed_ticket_that_takes_no_reply_sets_the_mail_aside_with_the_cure(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect) as stack:
        ticket = await replied(stack)
        stack.sandbox.faults.add(Fault("POST", "/api/Actions", status=400, body="This Ticket is closed"))
        assert await stack.once() == 0
        assert (await stack.journey(2)).message.state is State.QUARANTINED
        said = " ".join((await stack.call("explain", "2"))[1].split())
        assert "This Ticket is closed; give the API application's agent the permission" in said
        assert (await stack.call("release", "2"))[0] == 0
        assert await stack.once() == 0
        assert len(stack.entries(ticket)) == 1


async def test_a_merged_ticket_leads_to_the_one_that_took_it_over(tmp_path):
    async with Stack(tmp_path) as stack:
        ticket = await replied(stack)
        target = stack.sandbox.add_ticket(summary="The other")
        stack.sandbox.merge_ticket(ticket, target.id)
        assert await stack.once() == 0
        assert stack.entries(ticket) == []
        assert "one thing more" in stack.entries(target.id)[0]


async def test_a_deleted_ticket_is_followed_by_a_new_one(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect) as stack:
        stack.sandbox.delete_ticket(await replied(stack))
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 2
        assert (await stack.journey(2)).message.ticket == stack.sandbox.tickets[1].id


@pytest.mark.parametrize("path", ["/api/Tickets", "/api/Attachment"])
async def test_an_answer_cut_short_doubles_nothing(tmp_path, dialect, path):
    async with Stack(tmp_path, dialect=dialect) as stack:
        stack.sandbox.faults.add(fault("cut_json_after_write", "POST", path))
        stack.deliver(mail(message_id="a@c.example", attachments={"a.txt": b"octets"}))
        for _ in range(4):
            if await stack.once() == 0:
                break
        assert (await stack.journey()).message.state is State.DONE
        assert (len(stack.sandbox.tickets), len(stack.sandbox.attachments), len(stack.smtp.messages)) == (1, 1, 1)
        assert "found" in (await stack.call("explain", "1"))[1]


PAGE = "<html><h1>413 Request Entity Too Large</h1></html>"


def too_large(path: str) -> Fault:
    """A proxy before the server that takes no large requests."""
    return Fault("POST", path, status=413, body=PAGE, content_type="text/html")


async def test_an_attachment_too_large_for_halo_is_noted_and_stops_nothing(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect) as stack:
        stack.sandbox.faults.add(too_large("/api/Attachment"))
        stack.deliver(mail(message_id="a@c.example", attachments={"big.iso": b"octets", "a.txt": b"small"}))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        (note,) = stack.entries(ticket.id)
        assert "big.iso (6 octets): HaloPSA answered 413: 413 Request Entity Too Large; " in note
        assert "raise its limit" in note
        assert [one.filename for one in stack.sandbox.attachments] == ["a.txt"]
        assert len(stack.smtp.messages) == 1
        assert "refused: HaloPSA answered 413" in " ".join((await stack.call("explain", "1"))[1].split())


async def test_a_text_too_large_for_halo_sets_the_mail_aside_with_the_cure(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect) as stack:
        stack.sandbox.faults.add(too_large("/api/Tickets"))
        stack.deliver(mail(message_id="a@c.example"))
        assert await stack.once() == 0
        assert (await stack.journey()).message.state is State.QUARANTINED
        assert "raise its limit" in " ".join((await stack.call("explain", "1"))[1].split())
        assert (await stack.call("release", "1"))[0] == 0
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 1
