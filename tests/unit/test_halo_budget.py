"""The budget of requests, in simulated time: nothing sleeps here."""

from __future__ import annotations

import asyncio
import contextlib
from bisect import bisect_right

import pytest
from fakes.watches import Time
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.halo.budget import FAIR, LATE, Budget, Priority, Use


def most_in_a_window(times: list[float], window: float) -> int:
    """The most that leave in any stretch that is shorter than the window."""
    return max((bisect_right(times, at + window - 1e-6) - i for i, at in enumerate(times)), default=0)


async def test_ten_minutes_of_demand_use_the_budget_and_never_exceed_it() -> None:
    time = Time()
    budget = Budget(50, 60.0, time, time.sleep)
    sent: list[float] = []

    async def caller(priority: Priority) -> None:
        while time.now < 600:
            await budget.take(priority)
            sent.append(time.now)

    await asyncio.gather(*(caller(priority) for priority in Priority for _ in range(5)))
    inside = [at for at in sent if at < 600]
    assert most_in_a_window(sent, 60.0 + 1.0) == 50  # also when one is a second slower than another
    assert len(inside) >= 0.95 * 50 * 10


async def test_the_urgent_go_first_and_the_patient_are_not_forgotten() -> None:
    time = Time()
    budget = Budget(1, 1.0, time, time.sleep)
    await budget.take()
    order: list[Priority] = []

    async def caller(priority: Priority) -> None:
        await budget.take(priority)
        order.append(priority)

    low, high = Priority.PATIENT, Priority.URGENT
    await asyncio.gather(*(caller(low) for _ in range(3)), *(caller(high) for _ in range(30)))
    assert len(order) == 33
    assert order[: FAIR - 1] == [high] * (FAIR - 1)
    assert order.index(low) == FAIR - 1


async def test_first_come_first_served_within_a_priority() -> None:
    time = Time()
    budget = Budget(2, 1.0, time, time.sleep)
    order: list[int] = []

    async def caller(number: int) -> None:
        await budget.take()
        order.append(number)

    await asyncio.gather(*(caller(number) for number in range(9)))
    assert order == list(range(9))


async def test_what_has_no_hurry_leaves_room_for_what_comes_in_meanwhile() -> None:
    time, order = Time(), []
    budget = Budget(10, 10.0, time, time.sleep)

    async def caller(name: str, priority: Priority) -> None:
        await budget.take(priority)
        order.append((name, round(time.now)))

    late = [asyncio.create_task(caller("late", Priority.SPARE)) for _ in range(12)]
    await asyncio.sleep(0)
    assert budget.use.used == 8
    for _ in range(2):  # two places are free all the same, at once
        await caller("live", Priority.ORDINARY)
    await asyncio.gather(*late)
    assert order[-4:] == [("late", 10)] * 4
    assert [one for one in order if one[0] == "live"] == [("live", 0)] * 2


async def test_what_has_no_hurry_waits_while_anybody_else_does() -> None:
    time, order = Time(), []
    budget = Budget(5, 1.0, time, time.sleep)

    async def caller(number: int, priority: Priority) -> None:
        await budget.take(priority)
        order.append((priority, number))

    late = [caller(number, Priority.SPARE) for number in range(20)]
    live = [caller(number, Priority.ORDINARY) for number in range(30)]
    await asyncio.gather(*late, *live)
    last_live = max(at for at, one in enumerate(order) if one[0] is Priority.ORDINARY)
    assert sum(one[0] is Priority.SPARE for one in order[:last_live]) <= 4
    assert len(order) == 50


async def test_who_gives_up_costs_nothing() -> None:
    time = Time()
    budget = Budget(1, 1.0, time, time.sleep)
    await budget.take()
    waiting = [asyncio.create_task(budget.take(Priority.URGENT)) for _ in range(3)]
    await asyncio.sleep(0)
    assert budget.use == Use(1, 1, 1.0, (3, 0, 0, 0), (0, 1, 0, 0))
    for one in waiting:
        one.cancel()
    for one in waiting:
        with contextlib.suppress(asyncio.CancelledError):
            await one
    assert budget.use.waiting == (0, 0, 0, 0)
    await budget.take()
    assert time.now == pytest.approx(1.0 + LATE)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 7),
    st.lists(st.tuples(st.sampled_from(Priority), st.floats(0, 3), st.booleans()), max_size=40),
)
def test_no_window_is_ever_exceeded(limit: int, callers: list[tuple[Priority, float, bool]]) -> None:
    async def run() -> list[float]:
        time = Time()
        budget = Budget(limit, 1.0, time, time.sleep)
        sent: list[float] = []

        async def caller(priority: Priority, later: float, gives_up: bool) -> None:  # noqa: FBT001
            await time.sleep(later)
            work = asyncio.create_task(budget.take(priority))
            if gives_up:
                await asyncio.sleep(0)
                work.cancel()
            try:
                await work
            except asyncio.CancelledError:
                return
            sent.append(time.now)

        await asyncio.gather(*(caller(*one) for one in callers))
        return sent

    assert most_in_a_window(sorted(asyncio.run(run())), 1.0) <= limit
