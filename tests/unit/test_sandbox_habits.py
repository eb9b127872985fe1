"""What a sandbox can be told to do otherwise: shapes of answers, limits, links, fields that a ticket type asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fakes.halo_settings import halo_settings

from gateway.errors import Permanent
from gateway.halo.client import Halo
from gateway.halo.refusals import FieldRequired, RateLimited
from gateway.sandbox import Habits, Sandbox
from gateway.sandbox.sla import sla

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
WANTED = {"status_id": 1, "priority_id": 3, "tickettype_id": 1}
HOUR = timedelta(hours=1)


class Hands:
    """A clock that is moved by hand."""

    def __init__(self):
        self.at = NOW

    def __call__(self):
        return self.at


@pytest.fixture(params=["documented", "observed"])
def dialect(request):
    return request.param


@pytest.mark.parametrize("answers", ["bare", "array", "wrapped"])
async def test_the_three_shapes_of_an_answer_are_one_to_the_client(dialect, answers):
    sandbox = Sandbox(dialect, habits=Habits(answers=answers))
    async with sandbox.serving() as url, Halo(halo_settings(url)) as halo:
        made = await halo.tickets.create("x", 1, **WANTED)
        assert made == sandbox.tickets[0].id
        note = await halo.actions.note(made, "<p>x</p>")
        assert note == sandbox.actions[-1].id
        assert await halo.attachments.upload(made, "a.txt", b"a") == sandbox.attachments[0].id
        await halo.tickets.update(made, status_id=2)
        assert sandbox.tickets[0].fields["status_id"] == 2


async def test_a_request_that_is_too_large(dialect):
    sandbox = Sandbox(dialect, habits=Habits(largest_body=2000))
    async with sandbox.serving() as url, Halo(halo_settings(url)) as halo:
        made = await halo.tickets.create("x", 1, **WANTED)
        with pytest.raises(Permanent, match=r"413 Request Entity Too Large.*; .*raise its limit"):
            await halo.attachments.upload(made, "a.bin", b"a" * 2000)
        assert sandbox.attachments == []


async def test_a_field_that_a_ticket_type_asks_for(dialect):
    sandbox = Sandbox(dialect)
    sandbox.require(1, "category_1")
    async with sandbox.serving() as url, Halo(halo_settings(url)) as halo:
        with pytest.raises(FieldRequired, match="category_1"):
            await halo.tickets.create("x", 1, **WANTED)
        await halo.tickets.create("x", 1, **WANTED, category_1="Hardware")
        await halo.tickets.create("x", 1, **{**WANTED, "tickettype_id": 2})


@pytest.mark.parametrize(("says", "rest"), [(True, timedelta(seconds=40)), (False, timedelta(seconds=30))])
async def test_a_limit_that_says_when_to_come_again(dialect, says, rest):
    clock = Hands()
    habits = Habits(retry_after=says, window=timedelta(minutes=1))
    sandbox = Sandbox(dialect, rate_limit=1, habits=habits, now=clock)
    async with sandbox.serving() as url, Halo(halo_settings(url, dialect=dialect), clock=clock) as halo:
        await halo.tickets.get(1)
        clock.at += timedelta(seconds=20)
        with pytest.raises(RateLimited) as raised:
            await halo.tickets.get(1)
        assert raised.value.retry_after == rest


async def test_a_picture_has_a_link_that_needs_no_login_and_a_file_has_none():
    sandbox = Sandbox("observed")
    async with sandbox.serving() as url, Halo(halo_settings(url)) as halo, httpx.AsyncClient() as browser:
        made = await halo.tickets.create("x", 1, **WANTED)
        await halo.attachments.upload(made, "a.png", b"png", media_type="image/png")
        await halo.attachments.upload(made, "a.txt", b"txt")
        picture, file = await halo.attachments.list(made)
        seen = await browser.get(str(picture.extra["link"]))
        assert (seen.status_code, seen.content, seen.headers["content-type"]) == (200, b"png", "image/png")
        assert "link" not in file.extra
        assert (await browser.get(f"{url}/api/Attachment/image?token=none")).status_code == 404
        assert (await browser.get(str(picture.extra["download_url"]))).status_code == 401


async def test_clocks_stand_still_while_somebody_is_waited_for(dialect):
    clock = Hands()
    sandbox = Sandbox(dialect, now=clock)
    made = sandbox.add_ticket(summary="x", **WANTED)

    def stands():
        found = sla(sandbox.tickets[0], clock())
        return found.resolve_by - NOW, found.response, found.resolution

    assert stands() == (8 * HOUR, 1, 1)
    clock.at += HOUR
    sandbox.change_ticket(made.id, status_id=5)
    clock.at += 3 * HOUR
    assert stands() == (11 * HOUR, 3, 2)
    sandbox.change_ticket(made.id, status_id=2)
    clock.at += 20 * HOUR
    assert stands() == (11 * HOUR, 3, 4)
    sandbox.change_ticket(made.id, deadlinedate=NOW + 30 * HOUR)
    sandbox.change_ticket(made.id, status_id=8, resolution="y")
    assert stands() == (30 * HOUR, 3, 3)


async def test_a_ticket_that_is_opened_again_has_not_lost_the_time_between():
    clock = Hands()
    sandbox = Sandbox("documented", now=clock)
    made = sandbox.add_ticket(summary="x", **WANTED)
    sandbox.change_ticket(made.id, status_id=8, resolution="y")
    clock.at += 100 * HOUR
    assert sla(sandbox.tickets[0], clock()).resolution == 3
    sandbox.change_ticket(made.id, status_id=2)
    found = sla(sandbox.tickets[0], clock())
    assert (found.resolve_by, found.resolution) == (NOW + 108 * HOUR, 1)


WRONG = [{"answer": 1}, {"answers": "round"}, {"retry_after": None}, {"largest_body": "9"}, []]


async def test_it_is_steered_while_it_is_served():
    sandbox = Sandbox("observed")
    one, two = (sandbox.add_ticket(summary="x").id for _ in range(2))
    async with sandbox.serving() as url, httpx.AsyncClient(base_url=f"{url}/_sandbox") as hand:
        for path, body in {
            "/habits": {"answers": "array", "largest_body": 9, "retry_after": True, "picture_links": False},
            "/required": [{"tickettype_id": 2, "field": "category_2"}],
            "/tickets/merge": [{"id": one, "into": two}],
            "/tickets/delete": [{"id": two}],
            "/permission/withdraw": [],
        }.items():
            assert (await hand.post(path, json=body)).status_code == 200, path
        for wrong in WRONG:
            assert (await hand.post("/habits", json=wrong)).status_code == 400, wrong
    assert sandbox.habits == Habits("array", 9, retry_after=True, picture_links=False, required={2: {"category_2"}})
    assert sandbox.tickets[0].fields["merged_into_id"] == two
    assert sandbox.tickets[1].deleted
