"""A ledger's way from SQLite to PostgreSQL: all of it or nothing, and one place where it goes on."""

from __future__ import annotations

import hashlib
import sqlite3

import psycopg
import pytest
from bench import ledger_rows
from fakes.ledgers import HOUR, LATER, ME, NOW, claim, keep
from sqlalchemy import create_engine, make_url, select, text

from storage import moving
from storage.errors import LedgerUnusable
from storage.ledger import Ledger, open_ledger
from storage.model import Claim, Fate, StoredReceipt
from storage.tables import CHUNK, metadata

BIG = bytes(range(256)) * 4 * (CHUNK // 512) + b"end"
ODD = "naïve \u2028 \U0001f600 \\N \\. \t\r\n 'quoted' \x01 e\u0301"
SIZE = 400


@pytest.fixture
def source(tmp_path):
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def target(postgres):
    return postgres.new_database()


async def fill(state: str) -> dict[str, int]:
    """Something in every table; one message in doubt, one in hand, one that waits for it."""
    await (await open_ledger(state, daemon=True)).close()
    ledger_rows.fill(state, SIZE)
    ledger = await open_ledger(state, daemon=True)
    async with ledger.database.write() as connection:  # what is on its way there comes after what we watch
        later = "UPDATE messages SET state = 'deferred', due_at = due_at + 1e9 WHERE fate = 'waiting'"
        await connection.execute(text(later))
    doubted, root, waiting, fresh = await keep(ledger, 1, 2, 3, 4, octets=BIG, account="new")
    first, second, third = [await claim(ledger) for _ in range(3)]
    for number, one in enumerate((first, second, third)):
        named = [f"{'a' if number == 0 else 'b'}@x"]
        await ledger.threads.join(one, f"{number}@x", "d", named, NOW)
    revision = await ledger.work.store_plan(first, ODD, ODD, ODD, NOW, message_id=ODD, said="digest")
    await ledger.steps.intend(first, revision, "ticket", "MARKER", NOW, floor=12)
    await ledger.steps.doubt(first, revision, "ticket", "time-out", LATER, missed=True)
    await ledger.work.defer(first, LATER, "unreachable", ODD, NOW)
    await ledger.work.defer(third, NOW, "waits", "", NOW)
    await ledger.notes.raise_alert("key", ODD, NOW)
    await ledger.notes.remember("learned", ODD)
    async with ledger.database.write() as connection:
        await connection.execute(text("INSERT INTO dead_addresses VALUES ('dead@x.example', 1.5, 1)"))
        await connection.execute(text("INSERT INTO spending (host, at, count) VALUES (1, 1.0, 5)"))
        await connection.execute(text("INSERT INTO leases VALUES ('new', 1, 1.0, 1)"))
    await ledger.close()
    return {"doubted": doubted, "root": root, "waiting": waiting, "fresh": fresh}


async def claim_all(ledger: Ledger) -> dict[int, Claim]:
    """What is due, by its number."""
    claims = {}
    while (one := await ledger.work.claim("w", LATER + HOUR)) is not None:
        claims[one.message.id] = one
    return claims


def everything(state: str) -> dict[str, list[tuple[object, ...]]]:
    """All that is moved, by another way than the move's own."""
    url = make_url(state)
    driver = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql+psycopg"
    engine = create_engine(url.set(drivername=driver))
    with engine.connect() as connection:
        found = {}
        for table in metadata.sorted_tables:
            columns = [one for one in table.c if (table.name, one.name) not in moving.NOBODYS]
            rows = [tuple(row) for row in connection.execute(select(*columns))]
            found[table.name] = sorted((row for row in rows if row[0] != "moved_to"), key=repr)
    engine.dispose()
    return {name: rows for name, rows in found.items() if name not in moving.BEHIND}


async def test_all_of_a_ledger_arrives_and_goes_on(source, target):
    ids = await fill(source)
    before = everything(source)
    assert all(before.values())  # every table has something
    seen = []
    moved = moving.move(source, target, NOW, lambda table, done, count: seen.append((table, done, count)))
    assert everything(target) == before == everything(source)
    assert moved.rows == {name: len(rows) for name, rows in before.items()}
    assert ("octets", len(before["octets"]), len(before["octets"])) in seen
    assert not moved.again

    ledger = await open_ledger(target, daemon=True)
    assert hashlib.sha256(await ledger.intake.octets(ids["fresh"])).digest() == hashlib.sha256(BIG).digest()
    assert await ledger.work.adopt(LATER) == 1  # the root was in hand; its host's number is ours now
    claims = await claim_all(ledger)
    assert set(claims) == {ids["doubted"], ids["root"], ids["fresh"]}
    doubted = (await ledger.steps.of(ids["doubted"]))["ticket"]
    assert (doubted.marker, doubted.doubted_at, doubted.misses, doubted.floor) == ("MARKER", LATER, 1, 12)
    assert claims[ids["doubted"]].plan == ODD
    await ledger.steps.receipt(claims[ids["doubted"]], 1, "ticket", StoredReceipt(5, "found"), LATER, ticket=5)
    for one in claims.values():
        await ledger.work.settle(one, "new", Fate.TICKET, LATER)
    assert set(await claim_all(ledger)) == {ids["waiting"]}
    (new,) = await keep(ledger, 5, account="new")
    assert new == SIZE + 5  # numbers go on where they were
    await ledger.close()


async def test_numbers_go_on_in_every_table(source, target):
    await fill(source)
    moving.move(source, target, NOW)
    with psycopg.connect(target) as held:
        for name in ("messages", "conversations", "steps", "journal", "answers"):
            (last,) = held.execute(f"SELECT max(id) FROM {name}").fetchone()
            (following,) = held.execute(f"SELECT nextval(pg_get_serial_sequence('{name}', 'id'))").fetchone()
            assert following == last + 1


async def test_a_ledger_that_was_moved_is_read_and_never_written_again(source, target):
    await fill(source)
    moving.move(source, target, NOW)
    for how in ({"daemon": True}, {"writing": True}):
        with pytest.raises(
            LedgerUnusable, match=r'was moved to postgresql://.* on 2026-03-01 09:00 UTC: set `state = "'
        ):
            await open_ledger(source, **how)
    ledger = await open_ledger(source)
    assert (await ledger.reading.message(1)).id == 1
    await ledger.close()
    with pytest.raises(LedgerUnusable, match="was moved to"):
        moving.move(source, target, NOW)


async def test_a_move_that_broke_off_before_the_mark_only_sets_the_mark(source, target, tmp_path):
    await fill(source)
    moving.move(source, target, NOW)
    with sqlite3.connect(tmp_path / "ledger.db") as held:
        held.execute("DELETE FROM meta WHERE key = 'moved_to'")
    assert moving.move(source, target, NOW).again
    with pytest.raises(LedgerUnusable, match="was moved to"):
        await open_ledger(source, daemon=True)


async def test_a_move_that_breaks_leaves_an_empty_target_and_the_source_in_use(source, target):
    await fill(source)

    def break_(table: str, done: int, count: int) -> None:
        if table == "octets":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        moving.move(source, target, NOW, break_)
    with psycopg.connect(target) as held:
        assert held.execute("SELECT count(*) FROM messages").fetchone() == (0,)
    await (await open_ledger(source, daemon=True)).close()
    assert moving.move(source, target, NOW).rows["messages"] == SIZE + 4


async def test_a_target_that_is_not_as_it_was_sent_is_taken_back(source, target, tmp_path):
    await fill(source)
    await (await open_ledger(target, daemon=True)).close()  # an empty ledger will do, and here it has a fault
    with psycopg.connect(target) as held:
        held.execute(
            "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.data = substr(NEW.data, 2); RETURN NEW; END $$"
        )
        held.execute("CREATE TRIGGER lose BEFORE INSERT ON octets FOR EACH ROW EXECUTE FUNCTION lose()")
    with pytest.raises(LedgerUnusable, match="octets did not arrive as it was sent"):
        moving.move(source, target, NOW)
    with psycopg.connect(target) as held:
        assert held.execute("SELECT count(*) FROM messages").fetchone() == (0,)
    await (await open_ledger(source, daemon=True)).close()


async def test_a_target_with_other_things_is_refused(source, target, postgres):
    await fill(source)
    ledger = await open_ledger(target, daemon=True)
    await keep(ledger, 1)
    await ledger.close()
    with pytest.raises(LedgerUnusable, match=r"holds another ledger's .*messages.*: name an empty one"):
        moving.move(source, target, NOW)
    foreign = postgres.new_database()
    with psycopg.connect(foreign) as held:
        held.execute("CREATE TABLE theirs (id int)")
    with pytest.raises(LedgerUnusable, match="tables that are not a ledger's"):
        moving.move(source, foreign, NOW)


async def test_both_sides_must_have_no_daemon(source, target):
    await fill(source)
    daemon = await open_ledger(source, daemon=True)
    with pytest.raises(LedgerUnusable, match=r"is using the ledger .*: stop it first"):
        moving.move(source, target, NOW)
    await daemon.close()
    daemon = await open_ledger(target, daemon=True, me=ME)
    with pytest.raises(LedgerUnusable, match=r"is using postgresql.*: stop it first"):
        moving.move(source, target, NOW)
    await daemon.close()


async def test_a_damaged_source_is_not_moved(source, target, tmp_path):
    await fill(source)
    with sqlite3.connect(tmp_path / "ledger.db") as held:
        held.execute("DELETE FROM conversations WHERE id = 3")
    with pytest.raises(LedgerUnusable, match=r"is damaged \(row .* that is not there.*: put the last backup"):
        moving.move(source, target, NOW)


@pytest.mark.parametrize("to", ["mysql://x/y", "nonsense", "sqlite:////tmp/other.db", "postgresql+asyncpg://x/y"])
async def test_an_address_that_is_not_postgresql_is_refused(source, to):
    with pytest.raises(LedgerUnusable, match="write postgresql://USER@HOST/DATABASE"):
        moving.move(source, to, NOW)
