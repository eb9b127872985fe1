"""What is on record of answers that were sent before it was recorded to which mailbox, and why, they went."""

from __future__ import annotations

from datetime import timedelta

from fakes.ledgers import LATER, NOW, claim, keep
from sqlalchemy import create_engine, text

from storage.ledger import open_ledger
from storage.steps import Budget

HOUR = timedelta(hours=1)
SENT = {  # who wrote, and to whom the answer went
    "anna@x": "anna@x",
    "eve@y": "victim@x",
    "g.reta+shop@googlemail.com": "greta@gmail.com",
    "": "bert@x",
}


async def test_only_an_answer_to_the_author_can_have_come_back(ledger, state):
    for number, (sender, to) in enumerate(SENT.items(), 1):
        await keep(ledger, number)
        held = await claim(ledger)
        await ledger.threads.join(held, f"{number}@x", "d", (), NOW)
        await ledger.work.store_plan(held, "{}", "r", "", NOW, message_id=None, sender=sender)
        await ledger.steps.intend(held, 1, "ack", "m", NOW, budget=Budget(to, HOUR, ticket=40), ours=f"ack{number}@us")
    await ledger.close()
    engine = create_engine(state.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO dead_addresses VALUES ('victim@x', 1.0, 1)"))
        for name in ("mailbox_at", "way_at", "message_id"):
            connection.exec_driver_sql(f"DROP INDEX ix_answers_{name}")
        for name in ("mailbox", "way", "message_id", "reached"):
            connection.exec_driver_sql(f"ALTER TABLE answers DROP COLUMN {name}")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0005'")
        connection.exec_driver_sql("UPDATE meta SET value = '5' WHERE key = 'schema'")
    engine.dispose()
    upgraded = await open_ledger(state, daemon=True)
    try:
        dead = {}
        for number, to in enumerate(SENT.values(), 1):
            past = {"said": HOUR, "dead": HOUR}
            assert not (await upgraded.people.past(None, None, to, LATER, **past))[1]
            await upgraded.people.bury([to], 1, LATER, answer=f"ack{number}@us")
            dead[to] = (await upgraded.people.past(None, None, to, LATER, **past))[1]
        assert dead == {"anna@x": True, "victim@x": False, "greta@gmail.com": True, "bert@x": False}
        spelt = Budget("g.r.e.t.a@googlemail.com", HOUR, per_address=1, mailbox="greta@gmail.com")
        assert await upgraded.steps.spent(spelt, 99, NOW) == "per_address"
    finally:
        await upgraded.close()
