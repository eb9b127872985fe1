"""What every MailSource promises, asked of real ones: IMAP with Dovecot, and Maildirs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime

import pytest
from fakes.dovecot import Dovecot
from fakes.maildir_box import MaildirBox

from gateway.errors import Transient
from gateway.imap.source import ImapSource
from gateway.ports import MailSource

USER = "support@acme.example"


@pytest.fixture(scope="module", params=["imap", "maildir"])
def running(request) -> Iterator[Dovecot | MaildirBox]:
    users = [f"user{number}@acme.example" for number in range(60)]
    with MaildirBox() if request.param == "maildir" else Dovecot(*users) as server:
        server.fresh = iter(users)
        yield server


@pytest.fixture
def server(running: Dovecot | MaildirBox) -> Dovecot | MaildirBox:
    """The shared server, with an empty account: `server.user`."""
    running.user = next(running.fresh)
    return running


def made(server: Dovecot | MaildirBox, **changes: object) -> MailSource:
    if isinstance(server, MaildirBox):
        return server.source(server.user, **changes)
    return ImapSource(server.mailbox(server.user, **changes))


@asynccontextmanager
async def opened(server: Dovecot | MaildirBox, **changes: object) -> AsyncIterator[MailSource]:
    source = made(server, **changes)
    await source.open()
    try:
        yield source
    finally:
        await source.close()


def deliver(server: Dovecot | MaildirBox, count: int, **more: object) -> list[int]:
    return [server.append(server.user, b"Subject: %d\r\n\r\nmail\r\n" % n, **more) for n in range(count)]


async def everything(source: MailSource, uids: list[int]) -> list:
    return [arrival async for batch in source.fetch(uids) for arrival in batch]


async def test_uids_come_in_order_and_never_with_the_last_one_known(server):
    deliver(server, 4)
    async with opened(server) as source:
        assert await source.uids() == [1, 2, 3, 4]
        assert await source.uids(after=2) == [3, 4]
        assert await source.uids(after=4) == []
        assert await source.uids(after=40) == []
        assert await source.uids(after=1, upto=3) == [2, 3]
        assert await source.uids(after=4, upto=9) == []


async def test_a_look_at_a_part_of_the_folder_takes_no_news_for_seen(server):
    async with opened(server) as source:
        assert await source.uids() == []
        deliver(server, 2)
        assert await source.uids(after=0, upto=1) == [1]
        assert await source.wait(5, asyncio.Event())
        assert await source.uids(after=0) == [1, 2]


async def test_new_mail_is_found_on_an_open_connection(server):
    async with opened(server) as source:
        assert await source.uids() == []
        deliver(server, 1)
        assert await source.uids() == [1]


async def test_deleted_and_draft_mail_is_left_out(server):
    for flag in ("\\Deleted", "\\Draft", "\\Seen"):
        server.append(server.user, b"a: b\r\n\r\n", flags=[flag])
    async with opened(server) as source:
        assert await source.uids() == [3]
        assert await source.uids(unseen=True) == []


async def test_since_goes_by_the_day_of_arrival(server):
    for day in (date(2026, 3, 1), date(2026, 5, 2), date(2026, 12, 24)):
        arrived = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        server.append(server.user, b"a: b\r\n\r\n", internal_date=arrived)
    async with opened(server) as source:
        assert await source.uids(since=date(2026, 5, 2)) == [2, 3]
        assert await source.uids(since=date(2026, 5, 3), after=1) == [3]


async def test_octets_are_exactly_what_the_server_holds_and_no_flag_changes(server):
    mails = [
        b"Subject: plain\r\n\r\nText\r\n",
        b"Subject: =?utf-8?q?=C3=A4?=\r\n\r\n\xc3\xa4 raw \xff\xfe octets \x00\r\n",
        b"Subject: parens ((( \r\n\r\n* 3 FETCH (UID 9)\r\n+ go\r\nA1 OK {5}\r\n",
        b"\r\n",
    ]
    uids = [server.append(server.user, mail) for mail in mails]
    async with opened(server) as source:
        arrivals = await everything(source, uids)
    assert [arrival.octets for arrival in arrivals] == [server.octets(server.user, uid) for uid in uids]
    assert arrivals[0].octets == mails[0]
    assert not any(arrival.truncated for arrival in arrivals)
    assert [arrival.size for arrival in arrivals] == [len(arrival.octets) for arrival in arrivals]
    assert server.messages(server.user) == [(uid, frozenset()) for uid in uids]


async def test_the_date_of_arrival_comes_along(server):
    arrived = datetime(2026, 7, 17, 2, 44, 25, tzinfo=UTC)
    uid = server.append(server.user, b"a: b\r\n\r\n", internal_date=arrived)
    async with opened(server) as source:
        assert (await everything(source, [uid]))[0].internal_date == arrived


async def test_many_mails_come_in_batches_in_the_order_asked(server):
    uids = deliver(server, 120)
    wanted = uids[60:] + uids[:60]
    async with opened(server) as source:
        batches = [[arrival.uid for arrival in batch] async for batch in source.fetch(wanted)]
    assert [uid for batch in batches for uid in batch] == wanted
    assert max(map(len, batches)) <= 50


async def test_a_uid_that_has_vanished_is_left_out(server):
    deliver(server, 4)
    async with opened(server) as source:
        server.expunge(server.user, 2)
        assert [arrival.uid for arrival in await everything(source, [1, 2, 3, 4, 77])] == [1, 3, 4]


async def test_beyond_the_limit_only_the_beginning_is_fetched(server):
    big = b"Subject: big\r\n\r\n" + (b"x" * 510 + b"\r\n") * 400
    server.append(server.user, big)
    server.append(server.user, big[:131072])
    async with opened(server, max_message_size="128KiB") as source:
        large, exact = await everything(source, [1, 2])
    assert (large.octets, large.size, large.truncated) == (big[:131072], len(big), True)
    assert (exact.octets, exact.truncated) == (big[:131072], False)


async def test_a_large_mail_comes_whole_and_alone(server):
    line = bytes(range(33, 97)) + b"\r\n"
    big = b"Subject: big\r\n\r\n" + line * (9 * 1024 * 1024 // len(line))
    for octets in (b"a: b\r\n\r\n", big, b"c: d\r\n\r\n"):
        server.append(server.user, octets)
    async with opened(server) as source:
        batches = [batch async for batch in source.fetch([1, 2, 3])]
    assert [[arrival.uid for arrival in batch] for batch in batches] == [[1], [2], [3]]
    assert batches[1][0].octets == big
    assert not batches[1][0].truncated


async def test_seen_marks_and_nothing_else(server):
    deliver(server, 3)
    server.flag(server.user, 2, "\\Flagged")
    async with opened(server) as source:
        await source.dispose([1, 2, 99], "seen")
    assert server.messages(server.user) == [
        (1, frozenset({"\\Seen"})),
        (2, frozenset({"\\Seen", "\\Flagged"})),
        (3, frozenset()),
    ]


async def test_delete_leaves_what_others_have_flagged(server):
    deliver(server, 3)
    server.flag(server.user, 3, "\\Deleted")
    async with opened(server) as source:
        await source.dispose([1, 50], "delete")
        await source.dispose([1], "delete")
    assert server.messages(server.user) == [(2, frozenset()), (3, frozenset({"\\Deleted"}))]


async def test_move_makes_the_folder(server):
    uids = deliver(server, 150)
    async with opened(server) as source:
        await source.dispose([*uids[:120], 999], "move:Archiv/Erledigt & größer")
        await source.dispose(uids[:120], "move:Archiv/Erledigt & größer")
        await source.dispose([], "move:Never made")
    archive = "Archiv/Erledigt & größer" if isinstance(server, MaildirBox) else "Archiv/Erledigt &- gr&APYA3w-er"
    assert [uid for uid, _ in server.messages(server.user)] == uids[120:]
    assert len(server.messages(server.user, archive)) == 120
    assert not any("Never" in one for one in server.folders(server.user))


async def test_nothing_means_nothing(server):
    deliver(server, 1)
    async with opened(server) as source:
        await source.dispose([1], "nothing")
    assert server.messages(server.user) == [(1, frozenset())]


async def test_a_mail_that_vanishes_while_being_disposed_of_is_no_error(server):
    deliver(server, 3)
    async with opened(server) as source:
        server.expunge(server.user, 2)
        await source.dispose([1, 2], "move:Done")
        server.expunge(server.user, 3)
        await source.dispose([3], "seen")
    assert [uid for uid, _ in server.messages(server.user)] == []
    assert len(server.messages(server.user, "Done")) == 1


async def test_wait_returns_after_its_time(server):
    async with opened(server) as source:
        assert not await source.wait(0.01, asyncio.Event())


async def test_wait_ends_when_mail_arrives_and_it_is_found(server):
    async with opened(server) as source:
        assert await source.uids() == []
        task = asyncio.create_task(source.wait(30, asyncio.Event()))
        await asyncio.sleep(0.3)
        deliver(server, 1)
        assert await asyncio.wait_for(task, 5) is True
        await source.refresh()
        assert await source.uids() == [1]


async def test_wait_ends_when_it_is_asked_to(server):
    async with opened(server) as source:
        until = asyncio.Event()
        task = asyncio.create_task(source.wait(30, until))
        await asyncio.sleep(0.2)
        until.set()
        assert await asyncio.wait_for(task, 2) is False
        assert await source.uids() == []


async def test_closing_is_always_possible(server):
    source = made(server)
    await source.close()
    await source.open()
    await source.close()
    await source.close()
    with pytest.raises(Transient):
        await source.uids()
