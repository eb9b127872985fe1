"""The states of a message, and every way between them, as data.

Promises: `after` returns the next state or raises IllegalChange; the docs' picture and the tests come from `TABLE`.
Knows nothing of databases.
"""

from __future__ import annotations

import sys
from enum import StrEnum

from storage.errors import IllegalChange


class State(StrEnum):
    """Where a message stands. Postfix's words, with `quarantined` for "hold" and `broken` for "corrupt"."""

    RECEIVED = "received"
    ACTIVE = "active"
    DEFERRED = "deferred"
    QUARANTINED = "quarantined"
    BROKEN = "broken"
    DONE = "done"


class Event(StrEnum):
    """What can happen to a message."""

    CLAIM = "claim"
    SETTLE = "settle"
    DEFER = "defer"
    HOLD = "hold"
    BREAK = "break"
    RELEASE = "release"
    DISCARD = "discard"


TABLE: dict[tuple[State, Event], State] = {
    (State.RECEIVED, Event.CLAIM): State.ACTIVE,
    (State.DEFERRED, Event.CLAIM): State.ACTIVE,
    (State.ACTIVE, Event.SETTLE): State.DONE,
    (State.ACTIVE, Event.DEFER): State.DEFERRED,
    (State.ACTIVE, Event.HOLD): State.QUARANTINED,
    (State.ACTIVE, Event.BREAK): State.BROKEN,
    (State.QUARANTINED, Event.RELEASE): State.RECEIVED,
    (State.BROKEN, Event.RELEASE): State.RECEIVED,
    (State.QUARANTINED, Event.DISCARD): State.DONE,
    (State.BROKEN, Event.DISCARD): State.DONE,
}

REFUSAL = "refusal"
"""The step that binds to nothing: who was told that a mail is set aside may still get any outcome."""

AT_REST = frozenset({State.QUARANTINED, State.BROKEN, State.DONE})
"""States in which nobody works on a message: whoever waits for it need not wait any longer."""


def after(state: State, event: Event) -> State:
    """The state that follows; IllegalChange if the table has no such way."""
    try:
        return TABLE[state, event]
    except KeyError:
        raise IllegalChange(f"a message that is {state} cannot {event}") from None


def picture() -> str:
    """The table as a state diagram (Mermaid), for the README of this folder."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {State.RECEIVED}: kept"]
    lines += [f"    {state} --> {target}: {event}" for (state, event), target in TABLE.items()]
    return "\n".join([*lines, f"    {State.DONE} --> [*]", "```"])


if __name__ == "__main__":
    sys.stdout.write(f"{picture()}\n")
