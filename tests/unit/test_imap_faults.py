"""Fetching and disposing when the server lies, breaks off or refuses: nothing is lost and one mail stops no other."""

from __future__ import annotations

import asyncio
import random

import pytest
from fakes.faulty_imap import FaultyImap, hang_up, only_if, refuses, says, silence

from gateway.errors import Misconfigured, Transient
from gateway.imap.source import ImapSource

MAILS = {uid: b"Subject: %d\r\n\r\n(mail) {%d}\r\n" % (uid, uid) for uid in range(1, 8)}


async def everything(source, uids):
    return [arrival async for batch in source.fetch(uids) for arrival in batch]


async def fetched(server: FaultyImap, uids=None, **changes):
    source = ImapSource(server.mailbox(**changes))
    await source.open()
    try:
        return {arrival.uid: arrival for arrival in await everything(source, uids or sorted(server.mails))}
    finally:
        await source.close()


def bodies_of(*uids: int):
    """Whether a FETCH asks for the body of one of these."""
    return lambda arguments: "BODY.PEEK" in arguments and set(uids) & set(_numbers(arguments.split(" ")[0]))


def _numbers(uid_set: str):
    for part in uid_set.split(","):
        low, _, high = part.partition(":")
        yield from range(int(low), int(high or low) + 1)


def only_body(fault):
    return only_if(lambda arguments: "BODY.PEEK" in arguments, fault)


@pytest.mark.parametrize("seed", range(20))
async def test_slow_chunks_and_odd_splits_change_nothing(seed):
    async with FaultyImap(MAILS, splits=random.Random(seed)) as server:
        arrivals = await fetched(server)
    assert {uid: arrival.octets for uid, arrival in arrivals.items()} == MAILS


@pytest.mark.parametrize(
    "rows",
    [
        b'* 1 FETCH (UID 1 BODY[] "abc")\r\n',
        b"* 1 FETCH (BODY[] {3}\r\nabc UID 1)\r\n",
        b"* 1 FETCH (BODY[] {3}\r\nabc INTERNALDATE NIL FLAGS (\\Seen) UID 1)\r\n",
        b"* 9 FETCH (FLAGS ())\r\n* 3 EXISTS\r\n* 1 FETCH (UID 1 BODY[] {3}\r\nabc)\r\n* 1 FETCH (UID 1 FLAGS ())\r\n",
        b"* 1 FETCH (UID 1 FLAGS ())\r\n" * 5000 + b"* 1 FETCH (UID 1 BODY[] {3}\r\nabc)\r\n",
        b"* OK [ALERT] going on {3}\r\n* XYZZY what\r\n* 1 FETCH (\r\n* 1 FETCH (UID 1 BODY[] {3}\r\nabc)\r\n",
        b"* 1 FETCH (UID 1 BODY[] {3}\nabc)\n",
    ],
)
async def test_rows_as_servers_write_them(rows):
    async with FaultyImap({1: b"abc"}, faults={"UID FETCH": only_body(says(rows))}) as server:
        arrivals = await fetched(server)
    assert arrivals[1].octets == b"abc"
    assert not arrivals[1].truncated


@pytest.mark.parametrize("claimed", [1, 4, 3_000_000, 5_000_000])
async def test_the_literal_is_trusted_and_not_the_size(claimed):
    async with FaultyImap({1: b"abc", 2: b"de"}) as server:
        server.sizes[1] = claimed
        arrivals = await fetched(server)
    assert (arrivals[1].octets, arrivals[1].size, arrivals[2].octets) == (b"abc", 3, b"de")


async def test_a_mail_larger_than_it_claims_is_cut_at_the_limit():
    async with FaultyImap({1: b"x" * 200_000}) as server:
        server.sizes[1] = 10
        arrival = (await fetched(server, max_message_size="128KiB"))[1]
    assert (len(arrival.octets), arrival.size, arrival.truncated) == (131072, 200_000, True)


@pytest.mark.parametrize("size", [9 << 20, 8 << 20, (4 << 20) + 1])
async def test_large_mails_come_in_pieces_and_whole(size):
    octets = random.Random(1).randbytes(size)
    async with FaultyImap({1: octets, 2: b"small"}) as server:
        server.sizes[1] = size - 1000
        arrivals = await fetched(server)
    assert arrivals[1].octets == octets
    assert not arrivals[1].truncated
    assert arrivals[2].octets == b"small"


async def test_a_server_without_partial_fetch_gives_the_whole():
    octets = b"y" * (5 << 20)
    whole = says(b"* 1 FETCH (UID 1 BODY[] {%d}\r\n" % len(octets) + octets + b")\r\n")
    async with FaultyImap({1: octets}, faults={"UID FETCH": only_body(whole)}) as server:
        assert (await fetched(server))[1].octets == octets


@pytest.mark.parametrize("row", [b"* 3 FETCH (UID 3 BODY[] NIL)\r\n", b"* 3 FETCH (UID 3 BODY[] (\r\n", b""])
async def test_a_mail_without_a_row_is_tried_alone_and_then_delivered_empty(row):
    # Its neighbours come as they are; it must not pass for one that has vanished.
    async def broken(talk, arguments):
        for uid in _numbers(arguments.split(" ")[0]):
            await talk.send(row if uid == 3 else talk.server.row(uid, uid, arguments))
        return await talk.done()

    async with FaultyImap(MAILS, faults={"UID FETCH": only_body(broken)}) as server:
        arrivals = await fetched(server)
    assert sorted(arrivals) == sorted(MAILS)
    assert (arrivals[3].octets, arrivals[3].truncated) == (b"", True)
    assert all(arrivals[uid].octets == MAILS[uid] for uid in MAILS if uid != 3)


async def test_a_size_that_is_not_told_does_not_matter():
    fault = only_if(lambda arguments: "SIZE" in arguments, refuses("NO [SERVERBUG] no sizes"))
    async with FaultyImap(MAILS, faults={"UID FETCH": fault}) as server:
        arrivals = await fetched(server)
    assert {uid: arrival.octets for uid, arrival in arrivals.items()} == MAILS


BREAKS = [
    hang_up(b"* 4 FETCH (UID 4 BODY[] {100}\r\nSubject: half"),
    hang_up(b"* BYE Internal error\r\n"),
    says(b"* 4 FETCH (UID 4 BODY[] {99999999}\r\n"),
    refuses("NO [SERVERBUG] Internal error"),
]


@pytest.mark.parametrize("fault", BREAKS)
async def test_one_mail_that_cannot_be_delivered_stops_no_other(fault):
    async with FaultyImap(MAILS, faults={"UID FETCH": only_if(bodies_of(4), fault)}) as server:
        source = ImapSource(server.mailbox())
        got, troubles = {}, 0
        while len(got) < len(MAILS):
            await source.open()
            try:
                async for batch in source.fetch([uid for uid in MAILS if uid not in got]):
                    got |= {arrival.uid: arrival for arrival in batch}
            except Transient:
                troubles += 1
                assert troubles < 10
        await source.close()
    assert troubles == 5  # together, alone, and three times while another could be read
    assert (got.pop(4).truncated, len(got)) == (True, 6)
    assert {uid: arrival.octets for uid, arrival in got.items()} == {uid: MAILS[uid] for uid in MAILS if uid != 4}


async def test_of_a_mail_that_breaks_off_the_beginning_is_kept():
    big = {1: b"z" * (1 << 20), 2: b"other"}
    at_third = only_if(
        lambda arguments: arguments.startswith("1 ") and "<131072." in arguments, hang_up(b"* 1 FETCH (")
    )
    whole = only_if(lambda arguments: arguments == "1:2 (UID INTERNALDATE BODY.PEEK[])", hang_up())

    async def fault(talk, arguments):
        return await whole(talk, arguments) or await at_third(talk, arguments)

    async with FaultyImap(big, faults={"UID FETCH": fault}) as server:
        source = ImapSource(server.mailbox())
        for _ in range(5):
            await source.open()
            with pytest.raises(Transient):
                await everything(source, [1, 2])
        await source.open()
        first, second = await everything(source, [1, 2])
        await source.close()
    assert (first.octets, first.size) == (b"z" * 131072, 1 << 20)
    assert second.octets == b"other"


async def test_when_no_mail_can_be_read_it_is_the_server_and_none_is_given_up():
    async with FaultyImap(MAILS, faults={"UID FETCH": only_body(hang_up())}) as server:
        source = ImapSource(server.mailbox())
        for _ in range(8):
            await source.open()
            with pytest.raises(Transient):
                await everything(source, sorted(MAILS))
        server.faults.clear()
        await source.open()
        assert {arrival.uid: arrival.octets for arrival in await everything(source, sorted(MAILS))} == MAILS
        await source.close()


async def test_silence_in_mid_fetch_is_noticed():
    async with FaultyImap(MAILS, faults={"UID FETCH": only_body(silence)}) as server:
        source = ImapSource(server.mailbox(limit=0.1))
        await source.open()
        with pytest.raises(Transient) as caught:
            await everything(source, [1])
    assert caught.value.cause == "timeout"


async def test_a_mail_that_vanished_during_the_fetch_is_left_out():
    async def expunged(talk, arguments):
        talk.server.mails.pop(2, None)
        return False

    async with FaultyImap(MAILS, faults={"UID FETCH": only_body(expunged)}) as server:
        assert sorted(await fetched(server, [1, 2, 3])) == [1, 3]


async def test_the_last_message_is_not_taken_for_new():
    async with FaultyImap(MAILS) as server:
        source = ImapSource(server.mailbox())
        await source.open()
        assert await source.uids(after=7) == []
        await source.close()
    assert "UID SEARCH UID 8:* UNDELETED UNDRAFT" in server.commands


# Disposing


async def disposed(server: FaultyImap, uids, how):
    source = ImapSource(server.mailbox())
    await source.open()
    try:
        await source.dispose(uids, how)
    finally:
        await source.close()
    words = ("UID STORE", "UID EXPUNGE", "UID MOVE", "UID COPY", "CREATE", "SUBSCRIBE", "EXPUNGE")
    return [command for command in server.commands if command.startswith(words)]


async def test_at_most_a_hundred_at_a_time():
    async with FaultyImap(dict.fromkeys(range(1, 251), b"x")) as server:
        commands = await disposed(server, range(1, 251), "seen")
    assert commands == [rf"UID STORE {uids} +FLAGS.SILENT (\Seen)" for uids in ("1:100", "101:200", "201:250")]


async def test_without_uidplus_nothing_is_expunged():
    async with FaultyImap(MAILS, capability="IMAP4rev1") as server:
        assert await disposed(server, [1, 3], "delete") == [r"UID STORE 1,3 +FLAGS.SILENT (\Deleted)"]


async def test_without_move_it_is_copy_flag_expunge():
    async with FaultyImap(MAILS, capability="IMAP4rev1 UIDPLUS") as server:
        commands = await disposed(server, [1, 2], "move:Done")
    assert commands == ['UID COPY 1:2 "Done"', r"UID STORE 1:2 +FLAGS.SILENT (\Deleted)", "UID EXPUNGE 1:2"]


async def test_a_failed_copy_flags_nothing():
    async with FaultyImap(MAILS, capability="IMAP4rev1", faults={"UID COPY": refuses("NO [OVERQUOTA] full")}) as server:
        with pytest.raises(Transient, match="later"):
            await disposed(server, [1, 2], "move:Done")
    assert not any("STORE" in command for command in server.commands)


@pytest.mark.parametrize(("text", "kind"), [("NO [CANNOT] bad name", Misconfigured), ("NO [UNAVAILABLE] x", Transient)])
async def test_a_folder_that_cannot_be_made(text, kind):
    faults = {"UID MOVE": refuses("NO [TRYCREATE] no such"), "LIST": says(b""), "CREATE": refuses(text)}
    async with FaultyImap(MAILS, faults=faults) as server:
        with pytest.raises(kind) as caught:
            await disposed(server, [1], "move:Done")
    assert kind is Transient or '"Done"' in caught.value.words


async def test_a_store_refused_for_the_vanished_is_done_for_the_others():
    fault = only_if(lambda arguments: "99" in arguments, refuses("NO [EXPUNGEISSUED] some are gone"))
    async with FaultyImap(MAILS, faults={"UID STORE": fault}) as server:
        assert (await disposed(server, [1, 2, 99], "seen"))[-1] == r"UID STORE 1:2 +FLAGS.SILENT (\Seen)"
        await disposed(server, [99], "seen")


async def test_a_refused_disposal_is_transient_and_a_made_up_way_a_bug():
    async with FaultyImap(MAILS, faults={"UID STORE": refuses("NO [READ-ONLY] no")}) as server:
        with pytest.raises(Transient):
            await disposed(server, [1], "seen")
        with pytest.raises(ValueError, match="dispose"):
            await disposed(server, [1], "burn")


async def test_wait_ends_when_the_server_hangs_up():
    async def later(talk, arguments):
        await talk.send(talk.server.selected)
        await talk.done()
        await talk.send(b"* BYE idle for too long\r\n")
        return await talk.hang_up()

    async with FaultyImap(MAILS, faults={"SELECT": later}) as server:
        source = ImapSource(server.mailbox())
        await source.open()
        with pytest.raises(Transient, match="idle for too long"):
            await source.wait(30, asyncio.Event())
        await source.close()
