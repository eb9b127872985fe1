"""As which host a message was claimed that is being worked on: a daemon that lost its lease comes back as another one.

Promises: it holds for the task that says so and for what it starts, so what was begun before a lease ended is not
carried on under the next. Knows nothing of what is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_host: ContextVar[int | None] = ContextVar("host", default=None)


@contextmanager
def claimed_as(host: int) -> Iterator[None]:
    """What is done inside belongs to this host, by its number in the ledger."""
    before = _host.set(host)
    try:
        yield
    finally:
        _host.reset(before)


def claimer() -> int | None:
    """The host that this is done as; None outside of such a block."""
    return _host.get()
