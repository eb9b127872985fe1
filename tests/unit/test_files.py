"""Many files: how many a plan has, which, and what goes before them when there is no room for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from builders import SUPPORT, email, facts
from fakes.messages import mail
from fakes.spending import Purse
from fakes.trunk import Halo, desk_with

from gateway.fair import FEW, Fair
from gateway.model import AccountPolicy, AddCorrespondence, OpenTicket
from gateway.plan import LARGEST_ORIGINAL, MOST_BEFORE, Defaults, make_plan
from gateway.steps import ORIGINAL, AddAction, CreateTicket, UploadAttachment
from parsers.model import Attachment, Body
from storage.states import State
from storage.work import FILES

ARRIVED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
OPEN = OpenTicket("new_request", True, "new_request")
FLOOD = "m@flood.example"


def files(count, **more):
    return tuple(Attachment(f"<{n}>.bin", "image/png", b"%d" % n, f"{n:064}", **more) for n in range(count))


def plan(attachments, decision=OPEN, *, html=None, most=25, **fields):
    body = Body("text", html, reply_text="text", reply_html=html)
    account = AccountPolicy("support", SUPPORT, files_per_mail=most)
    known = facts(email(attachments=attachments, body=body, size=5_000), account=account, digest="d" * 64)
    return make_plan(decision, (), replace(known, **fields), Defaults(1, 1, 1, 3), arrived=ARRIVED, token="t")


def uploads(made):
    return [one for one in made.steps if isinstance(one, UploadAttachment)]


def test_a_mail_with_no_more_than_allowed_is_as_ever():
    made = plan(files(25))
    assert [one.index for one in uploads(made)] == list(range(25))
    assert "This mail has" not in made.steps[0].details.plain


@pytest.mark.parametrize("decision", [OPEN, AddCorrespondence("r", 40), AddCorrespondence("r", 40, hidden=True)])
def test_of_a_mail_with_more_the_others_are_listed_and_the_mail_itself_is_attached(decision):
    made = plan(files(999), decision)
    *first, original = uploads(made)
    assert [one.index for one in first] == list(range(25))
    assert (original.index, original.filename, original.size, original.sha256) == (
        ORIGINAL, "original.eml", 5_000, "d" * 64,
    )  # fmt: skip
    assert original.hidden is getattr(decision, "hidden", False)
    assert len({one.name for one in made.steps}) == len(made.steps)
    (entry,) = [one for one in made.steps if isinstance(one, CreateTicket | AddAction)]
    text = entry.details if isinstance(entry, CreateTicket) else entry.note
    assert "999 files; the first 25 are attached one by one, and the mail itself as original.eml" in text.plain
    assert "- <25>.bin (2 octets)" in text.plain
    assert "and 924 more" in text.plain
    assert "&lt;25&gt;.bin" in text.html
    assert "<25>" not in text.html


def test_pictures_that_the_text_shows_come_first():
    pictures = tuple(replace(one, content_id=f"p{n}@x") for n, one in enumerate(files(40)))
    made = plan(pictures, html='<p><img src="cid:p39@x"><img src="cid:p38%40x"></p>', most=3)
    assert [one.index for one in uploads(made)] == [0, 38, 39, ORIGINAL]


def test_an_entry_waits_for_few_of_its_pictures():
    pictures = tuple(replace(one, content_id=f"p{n}@x") for n, one in enumerate(files(25)))
    html = "".join(f'<img src="cid:p{n}@x">' for n in range(25))
    made = plan(pictures, AddCorrespondence("r", 40), html=html)
    kinds = [type(one) for one in made.steps]
    assert kinds.index(AddAction) == MOST_BEFORE
    assert len(uploads(made)) == 25


@pytest.mark.parametrize(
    "fields", [{"digest": ""}, {"truncated": True}, {"mail": email(attachments=files(30), size=LARGEST_ORIGINAL + 1)}]
)
def test_a_mail_that_is_not_there_whole_or_is_too_large_is_not_attached(fields):
    made = plan(files(30), **fields)
    assert ORIGINAL not in [one.index for one in uploads(made)]
    assert "the mail is kept by the gateway" in made.steps[0].details.plain


def test_empty_files_count_for_nothing():
    empty = tuple(Attachment(f"{n}", "text/plain", b"", "e" * 64) for n in range(900))
    assert len(uploads(plan((*empty, *files(5))))) == 5


def with_files(count, sender=FLOOD, message_id="a@flood.example"):
    return mail(sender=sender, message_id=message_id, attachments={f"{n}.bin": b"%d" % n for n in range(count)})


async def test_while_there_is_no_room_for_files_all_else_is_done(tmp_path):
    purse = Purse()
    async with desk_with(tmp_path, Halo(), fair=Fair(4, purse)) as made:
        purse.spend(400)
        await made.deliver(with_files(12))
        assert await made.work() == 1  # it is passed by until there is room
        held = await made.message()
        assert (held.state, held.cause, held.attempts) == (State.DEFERRED, FILES, 0)
        backend = made.desk.performer.backend
        assert (len(backend.markers), backend.uploads, len(made.letters.sent)) == (1, [], 1)
        purse.total = 0
        await made.work()
        assert (await made.message()).state is State.DONE
        assert [name for _, name in backend.uploads] == [f"{n}.bin" for n in range(12)]
        assert (len(backend.markers), len(made.letters.sent)) == (1, 1)


async def test_tickets_of_others_go_before_files(tmp_path):
    """All workers have something in hand: after a few files the next mail has its turn."""
    halo = Halo()
    order = []
    halo.fail = {"create_ticket": lambda _: order.append("ticket"), "upload": lambda _: order.append("file")}
    async with desk_with(tmp_path, halo, fair=Fair(1, Purse())) as made:
        await made.deliver(with_files(12), *(mail(message_id=f"{n}@c.example", subject=f"{n}") for n in range(3)))
        await made.work()
        assert order == ["ticket", *["file"] * FEW, *["ticket"] * 3, *["file"] * (12 - FEW)]
        assert (await made.message()).state is State.DONE


async def test_the_mail_itself_is_what_was_kept(tmp_path):
    halo, sent = Halo(), {}
    upload = halo.upload

    async def keep(step, ticket_id, action_id, octets):
        sent[step.filename] = octets
        return await upload(step, ticket_id, action_id, octets)

    halo.upload = keep
    octets = with_files(40)
    async with desk_with(tmp_path, halo) as made:
        await made.deliver(octets)
        await made.work()
        assert sent["original.eml"] == octets
        assert len(sent) == 26


async def test_nobody_overtakes_a_mail_of_the_same_sender_that_was_passed_by(tmp_path):
    purse = Purse()
    async with desk_with(tmp_path, Halo(), fair=Fair(4, purse, lambda one: one.startswith("anna"))) as made:
        purse.spend(375, ("strangers",))
        await made.deliver(
            *(mail(sender=FLOOD, message_id=f"{n}@flood.example", subject=f"{n}") for n in range(3)),
            mail(message_id="anna@customer.example"),
        )
        assert await made.work() == 1
        states = [(await made.message(n)).state for n in range(1, 5)]
        assert states == [*[State.RECEIVED] * 3, State.DONE]
        purse.total = 0
        purse.spent.clear()
        assert await made.work() == 3
