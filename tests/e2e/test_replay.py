"""`halo-mailgate replay` over what a real round of mail left behind, before and after the configuration changed."""

from __future__ import annotations

import json

import pytest
from fakes.messages import mail
from fakes.stack import Stack

from gateway.sandbox.picklists import CLOSED

ANNA = {"sender": "anna@gmail.com"}


def close(stack, ticket):
    closing = {"status_id": CLOSED, "resolution": "done", "closure_note": "done"}
    moved = stack.sandbox._tickets.moved(ticket.fields, closing)
    stack.sandbox._instance.store.change_ticket(ticket.id, {**closing, **moved})


async def replay(stack, *arguments):
    status, out = await stack.call("replay", "--dry-run", "--since", "1h", "--json", *arguments)
    assert status == 0, stack.log
    return json.loads(out)


async def otherwise(stack, *arguments):
    """Message and kind of all that would be decided differently."""
    told = await replay(stack, *arguments)
    assert told["counts"].get("decided differently", 0) == len(told["messages"])
    return {one["message"]: one["kind"] for one in told["messages"]}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("dialect", ["documented", "observed"])
async def test_nothing_is_otherwise_until_the_configuration_is(tmp_path, dialect):
    tables = {"policy": {"stranger_number": "append"}, "mailbox": {"answers": ["reopened"]}}
    one_by_one = {"workers": 1}  # else two may find the ticket closed, and both open it again
    async with Stack(tmp_path, dialect=dialect, top=one_by_one, **tables) as stack:
        red = stack.sandbox.add_client("Red", "red.example")
        rose = stack.sandbox.add_user("Rose", "rose@red.example", red.id)
        real = stack.sandbox.add_ticket(summary="x", details="y", client_id=red.id, user_id=rose.id)
        tag = f"[ID:{real.id:07}]"
        stack.deliver(mail(message_id="1@x", subject="Invoice 7", attachments={"a.pdf": b"%PDF"}, **ANNA))
        stack.deliver(mail(message_id="2@x", in_reply_to="1@x", text="And smoke.\n", **ANNA))
        stack.deliver(mail(message_id="1@x", subject="Invoice 7", attachments={"a.pdf": b"%PDF"}, **ANNA))
        stack.deliver(mail(message_id="4@x", subject=f"Re: {tag}", sender="eve@web.de", text="Me too.\n"))
        stack.deliver(mail(message_id="5@x", subject=f"Re: {tag}", sender="new@red.example", text="And me.\n"))
        assert await stack.once() == 0
        for ticket in list(stack.sandbox.tickets):
            close(stack, ticket)
        stack.deliver(mail(message_id="6@x", in_reply_to="1@x", text="It is back.\n", **ANNA))
        stack.deliver(mail(message_id="7@x", in_reply_to="1@x", text="Do you hear?\n", **ANNA))
        assert await stack.once() == 0
        for ticket in list(stack.sandbox.tickets):
            close(stack, ticket)
        stack.sandbox.requests.clear()
        assert await otherwise(stack, "--offline") == {}
        told = await replay(stack, "--all")
        assert [one["outcome"] for one in told["messages"]] == ["decided as before"] * 7
        assert {seen.path for seen in stack.sandbox.requests if seen.method != "GET"} == {"/auth/token"}

        stack.tables["policy"] = {"stranger_number": "quarantine", "closed": "new"}
        stack.tables["rule"] = [{"name": "invoices", "subject": ["invoice*"], "priority_id": 1, "acknowledge": False}]
        stack.write_config()
        changed = {
            1: "not answered", 4: "AddCorrespondence → Quarantine", 6: "AddCorrespondence → OpenTicket",
        }  # fmt: skip
        assert await otherwise(stack) == changed
        assert await otherwise(stack, "--offline") == changed
        told = await replay(stack, "--message", "1")
        assert [(one["name"], one["then"], one["now"]) for one in told["messages"][0]["changes"]] == [
            ("answer", "opened", ""), ("priority_id", 3, 1),
        ]  # fmt: skip
        assert told["differences"] == {"not answered": 1}
        _, out = await stack.call("replay", "--dry-run", "--since", "1h", "--offline", "--limit", "2")
        assert "AddCorrespondence, stranger_with_number" in out
        assert "→ Quarantine, stranger" in out
        assert "by configured rule: taken by invoices" in out
        assert "… and 1 more" in out
        assert "7 messages: 4 decided as before, 3 differently" in out
        assert "HaloPSA was not asked" in out
        assert "looking at: 7 of 7" in stack.log

        await stack.halo_down()
        assert (await stack.call("replay", "--dry-run", "--since", "1h"))[0] == 69
        assert "--offline does without it" in stack.log


@pytest.mark.timeout(240)
async def test_slips_are_named_with_their_cure(tmp_path):
    async with Stack(tmp_path) as stack:
        assert await stack.once() == 0
        for arguments, status, said in (
            (("--since", "1h"), 64, "say --dry-run"),
            (("--dry-run",), 64, "say since when"),
            (("--dry-run", "--since", "yesterday"), 64, "'yesterday' is no time: write a day"),
            (("--dry-run", "--since", "1h", "--mailbox", "sales"), 64, "there is no mailbox 'sales'"),
            (("--dry-run", "--message", "7", "--mailbox", "support"), 1, "there is no such message"),
            (("--dry-run", "--since", "1h", "--shadow"), 69, "run --shadow` makes it"),
            (("--dry-run", "--since", "2026-11-01"), 0, ""),
        ):
            assert (await stack.call("replay", *arguments))[0] == status, arguments
            assert said in stack.log
        assert "release MESSAGE" in stack.log


async def test_what_the_shadow_decided_can_be_replayed_too(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.deliver(mail(message_id="1@x", **ANNA))
        stack.deliver(mail(message_id="2@x", in_reply_to="1@x", text="And smoke.\n", **ANNA))
        assert (await stack.call("run", "--shadow", "--once"))[0] == 0
        told = await replay(stack, "--shadow", "--offline", "--all")
        assert [one["outcome"] for one in told["messages"]] == ["decided as before"] * 2
