"""The ledger's promises, on every database that it runs on."""

from __future__ import annotations

import asyncio
import os
import resource
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone

import pytest
from fakes.ledgers import LATER, NOW, claim, keep, restart
from sqlalchemy import create_engine, text, update

from storage import schema
from storage.errors import Fenced, IllegalChange, LedgerBusy, LedgerUnusable
from storage.ledger import open_ledger
from storage.model import ALONE, Cursor, Disposal, Fate, Kept, Key, StoredReceipt
from storage.states import AT_REST, State
from storage.steps import Budget
from storage.tables import CHUNK, messages, metadata
from storage.work import DEATHS, first_due

NOISE = os.urandom(600_000)  # nothing makes it smaller


async def test_kept_octets_come_back_as_they_were(ledger):
    octets = bytes(range(256)) * 4 * (CHUNK // 512)  # two chunks and more than one kind of octet
    (one,) = await keep(ledger, 5, octets=octets)
    assert await ledger.intake.octets(one) == octets


async def test_the_same_key_is_kept_once(ledger):
    assert len(await keep(ledger, 5, 6)) == 2
    assert await keep(ledger, 5, 6) == []


async def test_keeping_moves_the_cursor_and_empties_the_backlog(ledger):
    await ledger.intake.set_cursor("support", "INBOX", Cursor(7, 10, (2, 4), NOW), NOW)
    await keep(ledger, 2, 11)
    assert await ledger.intake.cursor("support", "INBOX") == Cursor(7, 11, (4,), NOW)


async def test_a_vanished_mail_is_passed_by(ledger):
    await ledger.intake.set_cursor("support", "INBOX", Cursor(7, 10, (2,), NOW), NOW)
    cursor = await ledger.intake.cursor("support", "INBOX")
    assert await ledger.intake.keep([], [2, 11], "support", "INBOX", cursor, NOW) == []
    assert await ledger.intake.cursor("support", "INBOX") == Cursor(7, 11, (), NOW)


async def test_each_message_is_claimed_by_one_worker(ledger):
    await keep(ledger, *range(1, 21))
    claims = await asyncio.gather(*(ledger.work.claim(f"w{n}", NOW) for n in range(30)))
    ids = [one.message.id for one in claims if one is not None]
    assert len(ids) == len(set(ids)) == 20


async def test_what_came_while_the_clock_was_ahead_is_worked_on_at_once(ledger):
    cursor = Cursor(7, 0, (), NOW)
    await ledger.intake.set_cursor("support", "INBOX", cursor, NOW)
    mails = [Kept(Key("support", "INBOX", 7, 1), b"mail", 4, NOW)]
    (ahead,) = await ledger.intake.keep(mails, [1], "support", "INBOX", cursor, NOW + timedelta(hours=1))
    found = await ledger.work.claim("w", NOW)
    assert found.message.id == ahead
    await ledger.work.defer(found, LATER, "busy", "", NOW)
    assert await ledger.work.claim("w", NOW) is None  # what was put off is due when it is due


async def test_live_mail_is_claimed_apart_from_what_was_asked_for_later(ledger):
    await keep(ledger, 5)
    old = [Kept(Key("support", "INBOX", 7, uid), b"old %d" % uid, 5, NOW, backfill=True) for uid in (1, 2)]
    assert len(await ledger.intake.keep_old(old, NOW - timedelta(hours=1))) == 2
    assert await ledger.intake.keep_old(old, NOW) == []
    assert await ledger.intake.known("support", "INBOX", 7, [1, 2, 3, 5]) == {1, 2, 5}
    live, late = await ledger.work.claim("w", NOW), await ledger.work.claim("w", NOW, backfill=True)
    assert (live.message.key.uid, live.message.backfill) == (5, False)
    assert (late.message.key.uid, late.message.backfill) == (1, True)
    assert await ledger.work.claim("w", NOW) is None
    assert await ledger.work.next_due((False,)) is None
    assert await ledger.work.next_due((True,)) is not None
    await ledger.work.settle(late, "new", Fate.TICKET, NOW)
    assert await ledger.reading.backfill("support") == (2, 1)
    assert await ledger.intake.cursor("support", "INBOX") == Cursor(7, 5, (), NOW)


async def test_attempts_are_counted_before_they_are_made(ledger):
    await keep(ledger, 1)
    first = await claim(ledger)
    assert first.message.attempts == 1
    await ledger.work.defer(first, NOW, "refused", "", NOW)
    assert (await claim(ledger)).message.attempts == 2


async def test_a_deferred_message_is_not_due_before_its_time(ledger):
    await keep(ledger, 1)
    await ledger.work.defer(await claim(ledger), LATER, "refused", "", NOW)
    assert await ledger.work.claim("worker", NOW) is None
    assert await ledger.work.next_due() == LATER
    assert await ledger.work.claim("worker", LATER) is not None


async def test_a_dead_hosts_lease_runs_out_and_its_fences_are_void(ledger):
    await keep(ledger, 1)
    dead = await claim(ledger)
    assert await ledger.work.claim("other", LATER) is None
    assert await ledger.work.adopt(LATER) == 0
    assert await restart(ledger, NOW) == 1
    alive = await claim(ledger)
    assert alive.message.id == dead.message.id
    for change in (
        ledger.work.settle(dead, "new", Fate.TICKET, NOW),
        ledger.work.defer(dead, NOW, "x", "", NOW),
        ledger.work.hold(dead, "x", "", NOW),
        ledger.steps.intend(dead, 1, "ticket", "MARKER", NOW),
        ledger.steps.receipt(dead, 1, "ticket", StoredReceipt(1, "answered"), NOW),
    ):
        with pytest.raises(Fenced):
            await change
    await ledger.work.settle(alive, "new", Fate.TICKET, NOW)


async def test_a_new_daemon_adopts_what_was_in_hand(ledger):
    await keep(ledger, 1, 2)
    dead = await claim(ledger)
    assert await restart(ledger, LATER) == 1
    with pytest.raises(Fenced):
        await ledger.work.settle(dead, "new", Fate.TICKET, LATER)
    again = {(await claim(ledger, LATER)).message.id for _ in range(2)}
    assert dead.message.id in again


async def test_settled_mail_is_disposed_of_and_nothing_else(ledger):
    first, second, third, fourth = await keep(ledger, 1, 2, 3, 4)
    await ledger.work.settle(await claim(ledger), "new", Fate.TICKET, NOW)
    await ledger.work.hold(await claim(ledger), "loop", "", NOW)
    await ledger.work.break_(await claim(ledger), "bug", "", NOW)
    await ledger.work.defer(await claim(ledger), LATER, "x", "", NOW)
    assert await ledger.disposals.pending("support", "INBOX", 7) == [(first, 1)]
    assert await ledger.disposals.pending("support", "INBOX", 8) == []
    await ledger.disposals.disposed([first], Disposal.DONE, "seen", NOW)
    assert await ledger.disposals.pending("support", "INBOX", 7) == []
    assert {second, third, fourth} == {one.id for one in await ledger.reading.page(set(State) - {State.DONE})}


async def test_old_keys_are_gone_with_their_uidvalidity(ledger):
    (one,) = await keep(ledger, 1)
    await ledger.work.settle(await claim(ledger), "new", Fate.TICKET, NOW)
    assert await ledger.disposals.gone("support", "INBOX", 8, NOW) == 1
    assert (await ledger.reading.journey(one)).message.disposal is Disposal.GONE


async def test_release_lets_a_message_go_its_way_once(ledger):
    (one,) = await keep(ledger, 1)
    held = await claim(ledger)
    await ledger.work.store_plan(held, "{}", "loop", "", NOW, message_id=None)
    await ledger.work.hold(held, "loop", "", NOW)
    await ledger.work.release(one, LATER)
    again = await claim(ledger, LATER)
    assert again.plan is None  # nothing of it was begun: decided anew
    with pytest.raises(IllegalChange):
        await ledger.work.release(one, LATER)


async def test_release_resumes_a_plan_that_has_begun(ledger):
    (one,) = await keep(ledger, 1)
    held = await claim(ledger)
    revision = await ledger.work.store_plan(held, "{}", "new", "", NOW, message_id=None)
    await ledger.steps.intend(held, revision, "ticket", "MARKER", NOW)
    await ledger.work.hold(held, "refused", "", NOW)
    await ledger.work.release(one, LATER)
    assert (await claim(ledger, LATER)).plan == "{}"


async def test_steps_remember_intent_doubt_and_receipt(ledger):
    await keep(ledger, 1)
    mine = await claim(ledger)
    await ledger.steps.intend(mine, 1, "ticket", "MARKER", NOW, floor=12)
    await ledger.steps.doubt(mine, 1, "ticket", "time-out", LATER, missed=False)
    await ledger.steps.doubt(mine, 1, "ticket", "not found", LATER + timedelta(minutes=1), missed=True)
    record = (await ledger.steps.of(mine.message.id))["ticket"]
    assert (record.marker, record.intent_at, record.floor, record.doubted_at, record.misses) == (
        "MARKER",
        NOW,
        12,
        LATER,
        1,
    )
    await ledger.steps.receipt(mine, 1, "ticket", StoredReceipt(40, "found"), LATER, ticket=40)
    assert (await ledger.steps.of(mine.message.id))["ticket"].receipt == StoredReceipt(40, "found")
    assert await ledger.steps.newest("ticket") == 40
    assert await ledger.steps.taken("ticket", 12) == {40}
    assert await ledger.steps.taken("ticket", 40) == frozenset()


async def test_a_plan_is_dropped_only_before_anything_of_it_began(ledger):
    await keep(ledger, 1)
    mine = await claim(ledger)
    assert await ledger.work.store_plan(mine, "{}", "new", "", NOW, message_id=None) == 1
    assert await ledger.work.drop_plan(mine, NOW, "ticket gone")
    assert await ledger.work.store_plan(mine, "{}", "new", "", NOW, message_id=None) == 2
    await ledger.steps.intend(mine, 2, "ticket", "MARKER", NOW)
    assert not await ledger.work.drop_plan(mine, NOW, "ticket gone")
    await ledger.steps.retract(mine, 2, "ticket", "400", NOW)
    assert await ledger.work.drop_plan(mine, NOW, "ticket gone")


async def test_the_budget_counts_messages_not_tries(ledger):
    await keep(ledger, *range(1, 6))
    budget = Budget("anna@example.org", timedelta(hours=1), per_address=3)
    said = []
    for _ in range(4):
        mine = await claim(ledger)
        said.append(await ledger.steps.intend(mine, 1, "acknowledgement", "M", NOW, budget=budget))
        if said[-1]:
            await ledger.steps.retract(mine, 1, "acknowledgement", "450", NOW)
            assert await ledger.steps.intend(mine, 1, "acknowledgement", "M", NOW, budget=budget)
        await ledger.work.settle(mine, "new", Fate.TICKET, NOW)
    assert said == [True, True, True, False]
    mine = await claim(ledger)
    assert await ledger.steps.intend(mine, 1, "acknowledgement", "M", NOW + timedelta(minutes=61), budget=budget)


async def test_two_mails_of_one_conversation_open_one_ticket(ledger):
    await keep(ledger, 1, 2)
    first, second = await claim(ledger), await claim(ledger)
    root = await ledger.threads.join(first, "a@x", "d1", [], NOW)
    waits = await ledger.threads.join(second, "b@x", "d2", ["a@x"], NOW)
    assert (root.waits_for, waits.waits_for, waits.evidence, waits.strong) == (None, first.message.id, "a@x", True)
    await ledger.work.defer(second, LATER, "waits", "", NOW)
    assert await ledger.work.claim("worker", LATER) is None
    await ledger.steps.receipt(first, 1, "ticket", StoredReceipt(40, "answered"), NOW, ticket=40)
    second = await claim(ledger, LATER)
    assert (await ledger.threads.join(second, "b@x", "d2", ["a@x"], NOW)).ticket == 40


async def test_the_reply_may_come_before_what_it_answers(ledger):
    await keep(ledger, 1, 2)
    reply, original = await claim(ledger), await claim(ledger)
    assert (await ledger.threads.join(reply, "b@x", "d2", ["a@x"], NOW)).waits_for is None
    assert (await ledger.threads.join(original, "a@x", "d1", [], NOW)).waits_for == reply.message.id


async def test_two_replies_to_a_mail_we_never_saw_are_one_conversation(ledger):
    await keep(ledger, 1, 2)
    first, second = await claim(ledger), await claim(ledger)
    await ledger.threads.join(first, "b@x", "d1", ["lost@x"], NOW)
    waits = await ledger.threads.join(second, "c@x", "d2", ["lost@x"], NOW)
    assert (waits.waits_for, waits.strong) == (first.message.id, False)


@pytest.mark.parametrize("rest", sorted(AT_REST))
async def test_the_next_becomes_the_root_when_the_first_is_set_aside(ledger, rest):
    await keep(ledger, 1, 2, 3)
    first, second, third = await claim(ledger), await claim(ledger), await claim(ledger)
    await ledger.threads.join(first, "a@x", "d1", [], NOW)
    await ledger.threads.join(second, "b@x", "d2", ["a@x"], NOW)
    await ledger.threads.join(third, "c@x", "d3", ["a@x"], NOW)
    for one in (second, third):
        await ledger.work.defer(one, LATER, "waits", "", NOW)
    match rest:
        case State.DONE:
            await ledger.work.settle(first, "ignored", Fate.IGNORED, NOW)
        case State.QUARANTINED:
            await ledger.work.hold(first, "loop", "", NOW)
        case _:
            await ledger.work.break_(first, "bug", "", NOW)
    second, third = await claim(ledger, LATER), await claim(ledger, LATER)
    assert (await ledger.threads.join(second, "b@x", "d2", ["a@x"], NOW)).waits_for is None
    assert (await ledger.threads.join(third, "c@x", "d3", ["a@x"], NOW)).waits_for == second.message.id


async def test_a_blank_message_id_never_matches(ledger):
    await keep(ledger, 1, 2)
    first, second = await claim(ledger), await claim(ledger)
    one = await ledger.threads.join(first, "", "d", ["", "  "], NOW)
    two = await ledger.threads.join(second, None, "d", ["", " "], NOW)
    assert one.conversation != two.conversation
    assert two.same_as is None


async def test_the_same_mail_again_is_known_by_id_and_content(ledger):
    await keep(ledger, 1, 2, 3)
    first, copy, other = await claim(ledger), await claim(ledger), await claim(ledger)
    root = await ledger.threads.join(first, "a@x", "d1", [], NOW)
    await ledger.work.settle(first, "new", Fate.TICKET, NOW)
    assert (await ledger.threads.join(copy, "a@x", "d1", [], NOW)).same_as == first.message.id
    reused = await ledger.threads.join(other, "a@x", "other content", [], NOW)
    assert (reused.same_as, reused.waits_for) == (None, None)
    assert reused.conversation != root.conversation


async def test_replies_to_our_answer_belong_to_the_conversation(ledger):
    await keep(ledger, 1, 2, 3)
    first, reply, ours = await claim(ledger), await claim(ledger), await claim(ledger)
    await ledger.threads.join(first, "a@x", "d1", [], NOW)
    await ledger.steps.receipt(first, 1, "ticket", StoredReceipt(40, "answered"), NOW, ticket=40)
    await ledger.steps.intend(first, 1, "acknowledgement", "M", NOW, ours="ack.1@msp")
    assert (await ledger.threads.join(reply, "b@x", "d2", ["ack.1@msp"], NOW)).ticket == 40
    assert (await ledger.threads.join(ours, "ack.1@msp", "d3", [], NOW)).ours


async def test_a_lost_ticket_is_replaced_by_one(ledger):
    await keep(ledger, 1, 2, 3)
    first, second, third = await claim(ledger), await claim(ledger), await claim(ledger)
    joined = await ledger.threads.join(first, "a@x", "d1", [], NOW)
    await ledger.steps.receipt(first, 1, "ticket", StoredReceipt(40, "answered"), NOW, ticket=40)
    await ledger.work.settle(first, "new", Fate.TICKET, NOW)
    for one, own in ((second, "b@x"), (third, "c@x")):
        assert (await ledger.threads.join(one, own, own, ["a@x"], NOW)).ticket == 40
    await ledger.threads.lost_ticket(joined.conversation, 40, second.message.id)
    await ledger.threads.lost_ticket(joined.conversation, 40, third.message.id)  # too late: it was lost already
    assert (await ledger.threads.join(third, "c@x", "c@x", ["a@x"], NOW)).waits_for == second.message.id


async def test_long_and_odd_message_ids_are_kept(ledger):
    await keep(ledger, 1, 2)
    odd = "x" * 5000 + "\0\udcff@host"
    first, second = await claim(ledger), await claim(ledger)
    await ledger.threads.join(first, odd, "d1", [], NOW)
    assert (await ledger.threads.join(second, "b@x", "d2", [odd], NOW)).strong


async def test_the_journey_tells_everything_in_order(ledger):
    (one,) = await keep(ledger, 1)
    mine = await claim(ledger)
    await ledger.work.store_plan(mine, '{"a": 1}', "new", "OpenTicket: new", NOW, message_id="a@x")
    await ledger.steps.intend(mine, 1, "ticket", "MARKER", NOW)
    await ledger.steps.receipt(mine, 1, "ticket", StoredReceipt(40, "answered"), NOW, ticket=40)
    await ledger.work.settle(mine, "new", Fate.TICKET, NOW)
    journey = await ledger.reading.journey(one)
    assert [entry.event for entry in journey.journal] == ["kept", "decided", "intent", "receipt", "settled"]
    for name in ({"marker": "MARKER"}, {"message_id": "a@x"}, {"ticket": 40}):
        assert await ledger.reading.find(**name) == [one]
    assert (await ledger.reading.counts())[State.DONE] == 1


async def test_alerts_stay_open_until_cleared(ledger):
    await ledger.notes.raise_alert("halo", "403", NOW)
    await ledger.notes.raise_alert("halo", "still 403", LATER)
    (alert,) = await ledger.reading.alerts()
    assert (alert.words, alert.since, alert.count) == ("still 403", NOW, 2)
    assert await ledger.notes.clear_alert("halo")
    assert not await ledger.notes.clear_alert("halo")


async def test_a_cancelled_or_failed_transaction_changes_nothing(ledger):
    async def fail() -> None:
        async with ledger.database.write() as connection:
            await connection.execute(text("INSERT INTO meta (key, value) VALUES ('x', 'y')"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await ledger.notes.recall("x") is None


async def test_concurrent_read_modify_write_loses_no_update(ledger):
    await ledger.notes.remember("n", "0")

    async def add() -> None:
        async with ledger.database.write("meta") as connection:
            value = int((await connection.execute(text("SELECT value FROM meta WHERE key = 'n'"))).scalar_one())
            await connection.execute(text("UPDATE meta SET value = :v WHERE key = 'n'"), {"v": str(value + 1)})

    await asyncio.gather(*(add() for _ in range(40)))
    assert await ledger.notes.recall("n") == "40"


async def test_a_second_daemon_is_refused_on_sqlite_and_readers_are_not(ledger, state):
    if ledger.database.is_sqlite:
        with pytest.raises(LedgerUnusable, match="another halo-mailgate run"):
            await open_ledger(state, daemon=True)
    else:
        other = await open_ledger(state, daemon=True)
        assert len(await ledger.hosts.all(NOW)) == 2
        await other.close()
    reader = await open_ledger(state)
    async with ledger.database.write():  # a reader neither waits for the writer nor holds it up
        assert await reader.reading.page() == []
    with pytest.raises(LedgerUnusable):
        await reader.notes.remember("a", "b")
    await reader.close()


async def test_the_next_daemon_may_start_as_soon_as_the_last_has_ended(state):
    for _ in range(20):
        opened = await open_ledger(state, daemon=True)
        await opened.close()


async def test_only_older_code_is_refused(ledger, state):
    await ledger.notes.remember("schema", str(schema.SCHEMA + 3))
    newer_but_usable = await open_ledger(state)
    await newer_but_usable.close()
    await ledger.notes.remember("oldest_code", str(schema.SCHEMA + 1))
    with pytest.raises(LedgerUnusable, match="install the newer version"):
        await open_ledger(state)


async def test_a_ledger_of_an_older_schema_is_upgraded_and_keeps_its_receipts(ledger, state):
    await keep(ledger, 1, 2, 3, 4, 5, 6, 7)
    ends = {2: "ignored", 3: "same_again", 4: "discarded", 5: "new"}
    held = await claim(ledger)
    for number in range(2, 8):
        other = await claim(ledger)
        if number in ends:  # what older code wrote of it; fates it had none
            if number == 5:
                await ledger.steps.receipt(other, 0, "ticket", StoredReceipt(5, "answered"), NOW, ticket=5)
            await ledger.work.settle(other, ends[number], Fate.DISCARDED, NOW)
            async with ledger.database.write() as connection:
                await connection.execute(update(messages).where(messages.c.id == number).values(reason=ends[number]))
        elif number == 6:
            await ledger.work.hold(other, "stranger", "", NOW)
        else:
            await ledger.work.break_(other, "too_deep", "", NOW)
    revision = await ledger.work.store_plan(held, "{}", "new", "", NOW, message_id=None)
    await ledger.steps.receipt(held, revision, "ticket", StoredReceipt(7, "answered"), NOW, ticket=7)
    await ledger.notes.remember("schema", "1")
    await ledger.close()
    engine = create_engine(state.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        for index in (
            "answers_domain_at",
            "answers_ticket",
            "answers_at",
            "conversations_ticket",
            "messages_backfill_state_due_at_id",
            "messages_account_state_id",
            "messages_account_state",
            "messages_state_id",
            "messages_sender",
            "messages_gone_at_fate_settled_at",
            "steps_resent_at",
            "answers_mailbox_at",
            "answers_way_at",
            "answers_message_id",
        ):
            connection.exec_driver_sql(f"DROP INDEX ix_{index}")
        for table in ("participants", "dead_addresses", "texts", "hosts", "leases", "spending", "tallies"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
        later = {
            "messages": ("override", "portions", "backfill", "host", "fate", "deaths", "sender", "gone_at"),
            "steps": ("receipt_link", "boot", "boot_at", "resent_at", "checked_at"),
            "answers": ("domain", "ticket", "mailbox", "way", "message_id", "reached"),
            "octets": ("packed",),
            "cursors": ("first_uid", "swept_at"),
        }
        for table, columns in later.items():
            for name in columns:
                connection.exec_driver_sql(f"ALTER TABLE {table} DROP COLUMN {name}")
        connection.exec_driver_sql("ALTER TABLE messages ADD COLUMN lease_until DOUBLE PRECISION")
        connection.exec_driver_sql("CREATE INDEX ix_messages_state_due_at_id ON messages (state, due_at, id)")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    engine.dispose()
    with pytest.raises(LedgerUnusable, match="`halo-mailgate run` upgrades it"):
        await open_ledger(state)
    upgraded = await open_ledger(state, daemon=True)
    assert (await upgraded.steps.of(1))["ticket"].receipt == StoredReceipt(7, "answered")
    assert (await upgraded.reading.counts())[State.RECEIVED] == 0
    fates = ["waiting", "ignored", "same_again", "discarded", "ticket", "quarantined", "broken"]
    assert [(await upgraded.reading.message(number + 1)).fate for number in range(7)] == fates
    (support,) = (await upgraded.balance.of()).values()
    assert support.counts == {**dict.fromkeys(fates, 1), "fetched": 7, "seen": 7}
    assert await upgraded.balance.recount() == []
    cursor = await upgraded.intake.cursor("support", "INBOX")
    assert (cursor.first_uid, cursor.last_uid, cursor.swept_at) == (7, 7, None)
    assert await upgraded.work.adopt(NOW) == 1
    held = await claim(upgraded)
    await upgraded.steps.receipt(held, revision, "attachment-1", StoredReceipt(8, "answered", link="https://x"), NOW)
    assert (await upgraded.steps.of(1))["attachment-1"].receipt == StoredReceipt(8, "answered", link="https://x")
    await upgraded.close()


async def test_reading_commands_do_not_make_a_ledger(state):
    with pytest.raises(LedgerUnusable, match="halo-mailgate run` makes it"):
        await open_ledger(state)


async def test_the_migrations_make_the_tables_that_the_code_knows(ledger, state):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = create_engine(state.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "target_metadata": metadata})
        differences = [one for one in compare_metadata(context, metadata) if "alembic_version" not in str(one)]
    engine.dispose()
    assert differences == []


# What others do at the same time, and what mail may hold


async def test_nothing_is_decided_or_joined_with_an_outdated_fence(ledger):
    await keep(ledger, 1, 2)
    dead = await claim(ledger)
    await restart(ledger, NOW)
    alive, other = await claim(ledger), await claim(ledger)
    assert alive.message.id == dead.message.id
    await ledger.threads.join(other, "a@x", "d", [], NOW)
    for change in (
        ledger.work.store_plan(dead, "{}", "new", "", NOW, message_id=None),
        ledger.work.drop_plan(dead, NOW, "gone"),
        ledger.threads.join(dead, "b@x", "d2", ["a@x"], NOW),
    ):
        with pytest.raises(Fenced):
            await change
    journey = await ledger.reading.journey(alive.message.id)
    assert (journey.message.waits_for, journey.plan) == (None, None)
    assert [one.event for one in journey.journal] == ["kept", "adopted"]


async def test_a_copy_waits_until_the_first_has_its_outcome(ledger):
    await keep(ledger, 1, 2)
    first, copy = await claim(ledger), await claim(ledger)
    await ledger.threads.join(first, "a@x", "d", [], NOW)
    assert (await ledger.threads.join(copy, "a@x", "d", [], NOW)).waits_for == first.message.id
    await ledger.work.defer(copy, NOW, "waits", "", NOW)
    await ledger.steps.receipt(first, 1, "ticket", StoredReceipt(40, "answered"), NOW, ticket=40)
    copy = await claim(ledger)  # the ticket is there, its attachments are not yet
    assert (await ledger.threads.join(copy, "a@x", "d", [], NOW)).waits_for == first.message.id
    await ledger.work.defer(copy, NOW, "waits", "", NOW)
    await ledger.work.settle(first, "new", Fate.TICKET, NOW)
    assert (await ledger.threads.join(await claim(ledger), "a@x", "d", [], NOW)).same_as == first.message.id


async def test_a_date_before_all_dates_stops_nobody(ledger):
    early = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    late = datetime(9999, 12, 31, 23, 59, 59, tzinfo=timezone(-timedelta(hours=14)))
    await keep(ledger, 1)
    cursor = await ledger.intake.cursor("support", "INBOX")
    for uid, date in ((2, early), (3, late)):
        odd = Kept(Key("support", "INBOX", 7, uid), b"mail", 4, date)
        await ledger.intake.keep([odd], [uid], "support", "INBOX", cursor, NOW)
    assert [(await claim(ledger)).message.key.uid for _ in range(3)] == [1, 2, 3]


async def test_text_that_no_database_takes_is_kept_without_what_it_does_not_take(ledger):
    odd = "a\0b\udcffc"
    (one,) = await keep(ledger, 1)
    mine = await claim(ledger)
    await ledger.threads.join(mine, odd, odd, [odd], NOW)
    await ledger.work.store_plan(mine, odd, odd, odd, NOW, message_id=odd)
    await ledger.steps.intend(
        mine, 1, odd, odd, NOW, budget=Budget(odd, timedelta(hours=1), per_address=3), ours=odd + "2", thing=odd
    )
    await ledger.steps.receipt(mine, 1, odd, StoredReceipt(1, odd, odd), NOW)
    await ledger.notes.raise_alert(odd, odd, NOW)
    await ledger.notes.remember(odd, odd)
    assert await ledger.notes.recall(odd) == "ab?c"
    assert await ledger.reading.find(message_id=odd) == [one]
    await ledger.work.hold(mine, odd, odd, NOW)
    await ledger.disposals.disposed([one], Disposal.GONE, odd, NOW)


async def test_a_value_that_is_refused_is_no_trouble_of_the_ledger(ledger):
    await keep(ledger, 1)
    mine = await claim(ledger)
    with pytest.raises((ValueError, OverflowError)):
        await ledger.steps.receipt(mine, 1, "ticket", StoredReceipt(10**30, "answered"), NOW)
    await ledger.steps.receipt(mine, 1, "ticket", StoredReceipt(1, "answered"), NOW)


async def test_what_is_in_hand_is_not_due(ledger):
    await keep(ledger, 1, 2)
    first = await claim(ledger)
    await ledger.work.defer(await claim(ledger), LATER, "x", "", NOW)
    assert await ledger.work.next_due() == LATER
    assert await ledger.work.in_hand() == 1
    await ledger.work.settle(first, "new", Fate.TICKET, NOW)
    assert await ledger.work.in_hand() == 0


async def test_a_message_whose_reading_ends_the_process_is_set_aside(ledger):
    bad, good = await keep(ledger, 1, 2)
    for _ in range(DEATHS):
        await claim(ledger)
        decided = await claim(ledger)
        if decided.plan is None:
            await ledger.work.store_plan(decided, "{}", "new", "", NOW, message_id=None)
        await restart(ledger, NOW)
    assert (await ledger.reading.journey(bad)).message.state is State.BROKEN
    assert (await ledger.reading.journey(good)).message.state is State.DEFERRED
    await ledger.work.release(bad, NOW)
    for _ in range(DEATHS - ALONE - 1):  # it stays one to be careful with
        await claim(ledger)
        await restart(ledger, NOW)
    assert (await ledger.reading.journey(bad)).message.state is State.DEFERRED


async def test_a_rebuilt_folder_brings_back_the_same_messages(ledger):
    cursor = Cursor(7, 0, (), NOW)
    await ledger.intake.set_cursor("support", "INBOX", cursor, NOW)

    def kept(uidvalidity: int, uid: int, octets: bytes) -> Kept:
        return Kept(Key("support", "INBOX", uidvalidity, uid), octets, len(octets), NOW)

    twins = [kept(7, 1, b"twin"), kept(7, 2, b"twin"), kept(7, 3, b"other")]
    first, second, third = await ledger.intake.keep(twins, [1, 2, 3], "support", "INBOX", cursor, NOW)
    await ledger.work.settle(await claim(ledger), "new", Fate.TICKET, NOW)
    await ledger.work.hold(await claim(ledger), "loop", "", NOW)
    await ledger.disposals.gone("support", "INBOX", 8, NOW)
    cursor = Cursor(8, 9, (4, 5, 6, 7), NOW)
    await ledger.intake.set_cursor("support", "INBOX", cursor, NOW)
    again = [kept(8, 4, b"twin"), kept(8, 5, b"twin"), kept(8, 6, b"twin"), kept(8, 7, b"other")]
    (new,) = await ledger.intake.keep(again, [4, 5, 6, 7], "support", "INBOX", cursor, NOW)
    assert (await ledger.reading.journey(new)).message.key.uid == 6
    assert await ledger.disposals.pending("support", "INBOX", 8) == [(first, 4)]
    keys = [(await ledger.reading.journey(one)).message.key for one in (first, second, third)]
    assert [(one.uidvalidity, one.uid) for one in keys] == [(8, 4), (8, 5), (8, 7)]
    assert (await ledger.reading.journey(second)).message.state is State.QUARANTINED


async def test_many_waiting_messages_make_no_claim_slow(tmp_path):
    async with sqlite_ledger(tmp_path / "l.db") as ledger:
        await keep(ledger, 1)
        async with ledger.database.write() as connection:
            columns = "account, folder, uidvalidity, size, kept_size, sha256, received_at, state, due_at"
            await connection.exec_driver_sql(
                "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
                f"INSERT INTO messages (uid, {columns}) "
                "SELECT i, 'support', 'INBOX', 7, 4, 4, '', 0, CASE i % 2 WHEN 0 THEN 'received' ELSE 'deferred' END,"
                f" {NOW.timestamp()} + i FROM n"
            )
        plans = []
        async with ledger.database.read() as connection:
            for query in (first_due(NOW, (False,)), first_due(NOW, (True,)), first_due(None, (False, True))):
                compiled = query.compile(compile_kwargs={"literal_binds": True})
                plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")
                plans.append([row[3] for row in plan])
        for plan in plans:
            looks = [line for line in plan if "messages" in line]
            assert sum("TEMP B-TREE" in line for line in plan) <= len(looks), plan  # of the winners alone
            assert all("SEARCH" in line and "INDEX ix_messages_backfill_state_due_at_id" in line for line in looks), (
                plan
            )


async def test_a_cancelled_call_is_whole_or_nothing_and_holds_up_nobody(ledger):
    await keep(ledger, 1)
    for number in range(24):
        task = asyncio.create_task(keep(ledger, 100 + number, octets=NOISE))
        await asyncio.sleep(number / 3000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.wait_for(ledger.notes.remember("n", str(number)), 2)
    for one in await ledger.reading.page(limit=100):
        assert len(await ledger.intake.octets(one.id)) == one.kept_size


async def test_a_disk_that_fills_up_in_the_middle_of_a_write_loses_nothing(tmp_path):
    async with sqlite_ledger(tmp_path / "l.db") as ledger:
        await keep(ledger, 1)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "l.db-wal").stat().st_size + 300_000, hard))
        try:
            for uid in range(2, 6):
                with pytest.raises(LedgerBusy) as caught:
                    await keep(ledger, uid, octets=NOISE)
                assert caught.value.full
            assert await ledger.work.claim("worker", NOW) is not None  # what is small still goes
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert len(await keep(ledger, 2, octets=NOISE)) == 1
        assert await ledger.intake.octets(2) == NOISE


@asynccontextmanager
async def sqlite_ledger(path):
    ledger = await open_ledger(f"sqlite:///{path}", daemon=True)
    try:
        yield ledger
    finally:
        await ledger.close()


async def test_sqlite_is_set_up_to_keep_its_promises(tmp_path):
    async with sqlite_ledger(tmp_path / "l.db") as ledger, ledger.database.write() as connection:
        found = {}
        for pragma in ("journal_mode", "synchronous", "secure_delete", "auto_vacuum", "foreign_keys"):
            found[pragma] = (await connection.exec_driver_sql(f"PRAGMA {pragma}")).scalar()
    assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "auto_vacuum": 2, "foreign_keys": 1}


@pytest.mark.parametrize(
    "junk", [b"this is not a database, it only looks like a file " * 40, b"SQLite format 3\0" + b"\xff" * 4000]
)
async def test_a_file_that_is_no_ledger_is_refused_and_left_alone(tmp_path, junk):
    path = tmp_path / "l.db"
    path.write_bytes(junk)
    with pytest.raises(LedgerUnusable, match="is damaged"):
        await open_ledger(f"sqlite:///{path}", daemon=True)
    assert path.read_bytes() == junk


async def test_somebody_elses_database_is_refused(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'l.db'}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE theirs (id INTEGER)")
    engine.dispose()
    with pytest.raises(LedgerUnusable, match="not a ledger's"):
        await open_ledger(f"sqlite:///{tmp_path / 'l.db'}", daemon=True)


async def test_a_full_disk_changes_nothing_and_is_told_apart(tmp_path):
    async with sqlite_ledger(tmp_path / "l.db") as ledger:
        await keep(ledger, 1)
        async with ledger.database.write() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}")
        with pytest.raises(LedgerBusy) as caught:
            await keep(ledger, 2, octets=NOISE)
        assert caught.value.full
        assert [one.key.uid for one in await ledger.reading.page()] == [1]
        assert (await ledger.intake.cursor("support", "INBOX")).last_uid == 1


async def test_a_root_that_is_faster_than_the_wait_leaves_nobody_waiting(ledger):
    await keep(ledger, 1, 2)
    first, second = await claim(ledger), await claim(ledger)
    await ledger.threads.join(first, "a@x", "d1", [], NOW)
    assert (await ledger.threads.join(second, "b@x", "d2", ["a@x"], NOW)).waits_for == first.message.id
    await ledger.steps.receipt(
        first, 1, "ticket", StoredReceipt(40, "answered"), NOW, ticket=40
    )  # before it is put back
    await ledger.work.defer(second, NOW, "waits", "", NOW, count=False)
    assert (await claim(ledger)).message.id == second.message.id


async def test_of_two_effects_that_look_alike_one_waits(ledger):
    await keep(ledger, 1, 2)
    first, second = await claim(ledger), await claim(ledger)
    assert await ledger.steps.intend(first, 1, "attachment-1", "M", NOW, thing="40/9/image001.png")
    assert not await ledger.steps.intend(second, 1, "attachment-1", "N", NOW, thing="40/9/image001.png")
    assert await ledger.steps.intend(second, 1, "attachment-2", "O", NOW, thing="40/9/other.png")
    assert await ledger.steps.intend(first, 1, "attachment-1", "M", NOW, thing="40/9/image001.png")  # its own, again
    await ledger.steps.receipt(first, 1, "attachment-1", StoredReceipt(5, "answered"), NOW)
    assert await ledger.steps.intend(second, 1, "attachment-1", "N", NOW, thing="40/9/image001.png")


async def test_what_waits_is_due_when_the_daemon_starts(ledger):
    await keep(ledger, 1)
    held = await claim(ledger)
    await ledger.work.defer(held, NOW + timedelta(hours=1), "forbidden", "give it", NOW)
    assert await ledger.work.claim("worker", LATER) is None
    await restart(ledger, LATER)
    assert (await claim(ledger, LATER)).message.id == held.message.id


async def test_adopted_messages_keep_their_place(ledger):
    first, _ = await keep(ledger, 1, 2)
    await claim(ledger)
    await restart(ledger, LATER)
    assert (await claim(ledger, LATER)).message.id == first
