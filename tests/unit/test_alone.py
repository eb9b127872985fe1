"""A mail that ends processes is read in one of its own, and set aside when it ends that one too."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
from pathlib import Path

import pytest
from fakes.messages import mail
from fakes.trunk import Halo, desk_with

from gateway import alone
from gateway.alone import Bounds, Unreadable, read_alone
from gateway.errors import Transient
from gateway.reader import AGAIN, Reader
from gateway.worker import Worker
from parsers import parse
from storage.model import ALONE, Fate
from storage.states import State

SAMPLES = sorted((Path(__file__).parents[1] / "golden" / "mail").rglob("*.eml"))[::40]
LARGE = mail(message_id="l@c.example", attachments={"a.bin": os.urandom(30 << 20)})


def children() -> list[int]:
    return [int(one) for one in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


async def child() -> int:
    before = set(children())
    while not (found := set(children()) - before):
        await asyncio.sleep(0.01)
    return found.pop()


async def test_it_says_the_same_alone():
    assert len(SAMPLES) > 3
    for path in SAMPLES:
        octets = path.read_bytes()
        assert await read_alone(octets, whole=True) == parse(octets, whole=True)
    assert (await read_alone(SAMPLES[0].read_bytes(), whole=False)) == parse(SAMPLES[0].read_bytes(), whole=False)


async def test_a_mail_that_takes_too_much_memory_is_unreadable():
    with pytest.raises(Unreadable) as why:
        await read_alone(LARGE, whole=True, bounds=Bounds(memory=-7 * len(LARGE)))
    assert why.value.cause in {"too_much_memory", "process_ended"}
    assert children() == []


async def test_a_mail_that_takes_too_long_is_unreadable():
    with pytest.raises(Unreadable) as why:
        await read_alone(LARGE * 3, whole=True, bounds=Bounds(seconds=1))
    assert why.value.cause == "too_slow"
    assert children() == []


@pytest.mark.parametrize(("sent", "kind"), [(signal.SIGKILL, Unreadable), (signal.SIGTERM, Transient)])
async def test_a_reader_that_is_ended(sent, kind):
    waiting = asyncio.create_task(child())
    reading = asyncio.create_task(read_alone(LARGE, whole=True))
    os.kill(await waiting, sent)
    with pytest.raises(kind) as why:
        await reading
    assert why.value.cause == ("process_ended" if kind is Unreadable else "stopping")


async def test_who_is_cancelled_leaves_no_process():
    waiting = asyncio.create_task(child())
    reading = asyncio.create_task(read_alone(LARGE, whole=True))
    await waiting
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert children() == []


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


@pytest.mark.parametrize(
    "said", [b"", b"nonsense", pickle.dumps("text"), pickle.dumps(Evil()), pickle.dumps(Path("/"))]
)
def test_a_reader_that_was_taken_over_makes_nothing_here(said):
    with pytest.raises(Unreadable):
        alone._result(said)


def test_its_environment_holds_no_secrets():
    assert not [name for name in alone._HANDED_ON if "HALO" in name or "CREDENTIALS" in name]


class Apart:
    """Stands for the process: fails as told, or reads."""

    def __init__(self) -> None:
        self.fails: list[Exception] = []
        self.read: list[bytes] = []
        self.hold = asyncio.Event()
        self.hold.set()

    async def __call__(self, octets, *, whole):
        self.read.append(octets)
        await self.hold.wait()
        if self.fails:
            raise self.fails.pop(0)
        return parse(octets, whole=whole)


async def die(made, times=ALONE):
    """The process ends while the first message is being read."""
    from fakes.ledgers import restart

    for _ in range(times):
        claim = await made.ledger.work.claim("w", made.clock())
        assert claim.message.id == 1
        await restart(made.ledger, made.clock())


def with_apart(made) -> Apart:
    apart = Apart()
    object.__setattr__(made.desk, "reader", Reader(made.ledger, apart))
    return apart


async def test_the_third_try_is_made_alone_and_goes_on_as_any(tmp_path):
    halo = Halo()
    async with desk_with(tmp_path, halo) as made:
        apart = with_apart(made)
        await made.deliver(mail(message_id="a@c.example"), mail(message_id="b@c.example", sender="b@c.example"))
        await die(made, ALONE - 1)
        await made.work(0)
        await die(made, 1)
        await made.work()
        assert len(apart.read) == 1
        assert [(await made.message(n)).state for n in (1, 2)] == [State.DONE] * 2
        assert len(halo.tickets) == 2


async def test_what_ends_its_own_process_is_set_aside_and_released_for_another_try_alone(tmp_path):
    async with desk_with(tmp_path, Halo()) as made:
        apart = with_apart(made)
        await made.deliver(mail(message_id="a@c.example"))
        await die(made)
        apart.fails.append(Unreadable("process_ended", "it ended"))
        await made.work()
        message = await made.message()
        assert (message.state, message.cause, message.fate) == (State.BROKEN, "process_ended", Fate.BROKEN)
        assert await made.ledger.intake.octets(1) == apart.read[0]
        await made.ledger.work.release(1, made.clock())
        await made.work()
        assert (await made.message()).state is State.DONE
        assert len(apart.read) == 2


async def test_others_go_on_while_it_is_read_and_a_second_one_waits_its_turn(tmp_path):
    halo = Halo()
    async with desk_with(tmp_path, halo) as made:
        apart = with_apart(made)
        await made.deliver(*(mail(message_id=f"{n}@c.example", sender=f"{n}@c.example") for n in range(3)))
        from fakes.ledgers import restart

        for _ in range(ALONE):
            await made.ledger.work.claim("w", made.clock())
            await made.ledger.work.claim("w", made.clock())
            await restart(made.ledger, made.clock())
        apart.hold.clear()
        busy = asyncio.create_task(Worker(made.desk, "w").one())
        while not apart.read:
            await asyncio.sleep(0)
        await made.work()
        assert [(await made.message(n)).state for n in (1, 2, 3)] == [State.ACTIVE, State.DEFERRED, State.DONE]
        assert (await made.message(2)).attempts == ALONE  # it costs no attempt
        apart.hold.set()
        assert await busy
        made.clock.move(AGAIN)
        await made.work()
        assert len(halo.tickets) == 3


async def test_attachments_of_such_a_mail_are_read_alone_too_after_a_restart(tmp_path):
    halo = Halo()
    down = Transient("unavailable")
    halo.fail["upload"] = lambda _: down
    async with desk_with(tmp_path, halo) as made:
        apart = with_apart(made)
        await made.deliver(mail(message_id="a@c.example", attachments={"a.txt": b"x"}))
        await die(made)
        await made.work(1)
        from datetime import timedelta

        made.clock.move(timedelta(minutes=30))
        halo.fail.clear()
        await made.work()
        assert halo.uploads
        assert len(apart.read) == 2


async def test_a_plan_that_is_tried_for_the_third_time_reads_its_mail_alone(tmp_path):
    halo = Halo()
    halo.fail["upload"] = lambda _: Transient("unavailable")
    async with desk_with(tmp_path, halo) as made:
        apart = with_apart(made)
        await made.deliver(mail(message_id="a@c.example", attachments={"a.txt": b"x"}))
        from datetime import timedelta

        for _ in range(4):
            await made.work(1)
            made.clock.move(timedelta(minutes=30))
        assert len(apart.read) == 2


async def test_a_namesake_that_ended_processes_is_not_read_for_the_sake_of_another(tmp_path):
    async with desk_with(tmp_path, Halo()) as made:
        apart = with_apart(made)
        await made.deliver(mail(message_id="a@c.example", text="one"))
        await die(made)
        await made.work()
        read = []
        inner = made.ledger.intake.octets

        async def octets(number):
            read.append(number)
            return await inner(number)

        made.ledger.intake.octets = octets
        await made.deliver(mail(message_id="a@c.example", text="another"))
        await made.work()
        assert read == [2]
        assert len(apart.read) == 1
