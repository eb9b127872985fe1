"""The state table: every way between two states, and no other."""

from __future__ import annotations

import itertools

import pytest

from storage.errors import IllegalChange
from storage.states import AT_REST, TABLE, Event, State, after


@pytest.mark.parametrize(("state", "event"), list(itertools.product(State, Event)))
def test_what_is_not_listed_raises(state, event):
    if (state, event) in TABLE:
        assert after(state, event) is TABLE[state, event]
    else:
        with pytest.raises(IllegalChange, match=f"{state} cannot {event}"):
            after(state, event)


def test_done_is_the_end():
    assert not [event for (state, event) in TABLE if state is State.DONE]


def test_every_state_can_be_left_for_done():
    reaches = {State.DONE}
    for _ in State:
        reaches |= {state for (state, _), target in TABLE.items() if target in reaches}
    assert reaches == set(State)


def test_nobody_works_on_a_message_at_rest():
    assert not [state for (state, event) in TABLE if event is Event.CLAIM and state in AT_REST]
