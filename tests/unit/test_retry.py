"""When to try again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.retry import FIRST, LONGEST, delay


@pytest.mark.parametrize("attempt", [0, 1, 2, 5, 10, 100, 10**9])
@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_within_bounds(attempt, chance):
    assert FIRST / 2 <= delay(attempt, chance) <= LONGEST


def test_it_grows():
    assert delay(1, 0.5) < delay(2, 0.5) < delay(6, 0.5)


def test_never_sooner_than_the_server_asked():
    assert delay(1, 0.0, asked=timedelta(hours=1)) == timedelta(hours=1)
