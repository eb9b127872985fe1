"""A ledger and its shadow: each is opened only as what it is, on both databases."""

from __future__ import annotations

import pytest
from fakes.ledgers import keep
from sqlalchemy import create_engine, make_url

from storage.errors import LedgerUnusable
from storage.ledger import open_ledger
from storage.purpose import shadow_of


@pytest.fixture
def room(state):
    """The ledger's address; where a database must be made first, its shadow's is there."""
    url = make_url(shadow_of(state))
    if url.get_backend_name() != "sqlite":
        server = create_engine(make_url(state).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.exec_driver_sql(f'CREATE DATABASE "{url.database}"')
        server.dispose()
    return state


@pytest.mark.parametrize(
    ("state", "shadow"),
    [
        ("sqlite:////var/lib/x/ledger.db", "sqlite:////var/lib/x/ledger-shadow.db"),
        ("sqlite:////var/lib/x/ledger-shadow.db", "sqlite:////var/lib/x/ledger-shadow.db"),
        ("postgresql://u@h/mail", "postgresql://u@h/mail_shadow"),
        ("postgresql://u:p%40w@h:5/mail-shadow", "postgresql://u:p%40w@h:5/mail-shadow"),
    ],
)
def test_a_shadow_is_named_after_its_ledger(state, shadow):
    assert shadow_of(state) == shadow


async def test_a_shadow_is_a_ledger_of_its_own(room):
    real = await open_ledger(room, daemon=True)
    shadow = await open_ledger(room, daemon=True, shadow=True)  # both at the same time
    await keep(shadow, 1)
    assert [len(await one.reading.page()) for one in (real, shadow)] == [0, 1]
    await shadow.close()
    again = await open_ledger(room, shadow=True)
    assert len(await again.reading.page()) == 1
    await again.close()
    await real.close()


async def test_a_shadow_is_never_taken_for_the_real_one(room):
    await (await open_ledger(room, daemon=True, shadow=True)).close()
    for how in ({"daemon": True}, {"writing": True}, {}):
        with pytest.raises(LedgerUnusable, match=r"is a shadow's.*correct `state`"):
            await open_ledger(shadow_of(room), **how)


async def test_the_real_one_is_never_taken_for_a_shadow(room):
    real = await open_ledger(shadow_of(room), daemon=True)  # a name that misleads
    await keep(real, 1)
    await real.close()
    for how in ({"daemon": True}, {"writing": True}, {}):
        with pytest.raises(LedgerUnusable, match=r"is no shadow's.*a database of its own"):
            await open_ledger(room, shadow=True, **how)
    real = await open_ledger(shadow_of(room), daemon=True)
    assert await real.notes.recall("purpose") is None
    await real.close()


async def test_a_shadow_that_is_not_there_yet(state):
    cure = "createdb" if state.startswith("postgresql") else "run --shadow"
    with pytest.raises(LedgerUnusable, match=cure):
        await open_ledger(state, shadow=True)
