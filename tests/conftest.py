"""A real PostgreSQL for those who ask for it."""

from __future__ import annotations

import pytest
from fakes.postgres import Postgres


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    with Postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server
