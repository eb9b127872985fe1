"""A fresh ledger on each database that it runs on."""

from __future__ import annotations

import pytest

from storage.ledger import open_ledger


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    return request.getfixturevalue("postgres").new_database()


@pytest.fixture
async def ledger(state):
    opened = await open_ledger(state, daemon=True)
    yield opened
    await opened.close()
