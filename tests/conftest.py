"""A real PostgreSQL for those who ask for it."""

from __future__ import annotations

import pytest
from fakes.postgres import Postgres

from gateway import secrecy


def pytest_collection_modifyitems(items):
    """Those that may take long go first, so that at the end nobody waits for one of them."""

    def most(item):
        limit = item.get_closest_marker("timeout")
        return limit.args[0] if limit else 0

    items.sort(key=most, reverse=True)


@pytest.fixture(autouse=True)
def _nothing_is_known_to_be_secret():
    """What one test made known must not strike out another's words."""
    yield
    secrecy.forget()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    with Postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server
