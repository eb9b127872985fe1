"""Whether what is being done has any hurry: mail from years ago has none, and must not make today's wait.

Promises: it holds for the task that says so and for what it starts. Knows nothing of what is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_spare: ContextVar[bool] = ContextVar("spare", default=False)


@contextmanager
def spare(yes: bool = True) -> Iterator[None]:  # noqa: FBT001, FBT002 - it reads as what it is
    """What is asked for inside has no hurry."""
    before = _spare.set(yes)
    try:
        yield
    finally:
        _spare.reset(before)


def no_hurry() -> bool:
    """Whether this is inside such a block."""
    return _spare.get()
