"""On whose account requests are made: each is charged to whoever caused it, so that nobody uses up what all have.

Promises: it holds for the task that says so and for what it starts. Knows nothing of budgets.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_payers: ContextVar[tuple[str, ...]] = ContextVar("payers", default=())


@contextmanager
def charged_to(payers: tuple[str, ...] = ()) -> Iterator[None]:
    """What is asked for inside is on the account of each of these; of nobody's without one."""
    before = _payers.set(payers)
    try:
        yield
    finally:
        _payers.reset(before)


def payers() -> tuple[str, ...]:
    """On whose account this is."""
    return _payers.get()
