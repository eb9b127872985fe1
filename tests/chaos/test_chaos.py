"""A short run of the chaos machine: each mail has its one outcome, and a run that was interrupted is gone on with.

The seed is printed and replays: `CHAOS_SEED=… pytest tests/chaos/test_chaos.py`. `make chaos` is the long run.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from chaos.report import Report
from chaos.run import play
from chaos.world import Scale, World

SEED = int(os.environ.get("CHAOS_SEED", "11"))
QUICK = {"length": (0.5, 1.2), "calm": (0.1, 0.5)}


@pytest.fixture
def folder():
    """A short path: sockets lie in it, and Dovecot's and PostgreSQL's users must get in."""
    made = Path(tempfile.mkdtemp(prefix="chaos-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def scale(**changes):
    """Small: writes land up to 3 s late, a doubt lasts 6 s."""
    given = {"late": 3.0, "window": 6.0, "timeout": 2.0, "rate": 150.0, "life": (0.1, 3.0), "backlog": 40}
    return Scale(SEED, **{**given, **changes})


@pytest.mark.timeout(600)
async def test_a_short_run_on_sqlite_gone_on_with(folder):
    report = Report(folder)
    for seconds in (15, 20):
        faults = await play(folder, scale(), seconds, report, **QUICK)
        assert faults == []
    assert json.loads((folder / "run.json").read_text())["session"] == 2


@pytest.mark.timeout(600)
async def test_a_short_run_of_three_hosts_on_postgresql(folder):
    small = scale(hosts=3, database="postgresql", lease=2.0, life=(0.5, 8.0))
    assert await play(folder, small, 35, Report(folder), **QUICK) == []


@pytest.mark.timeout(600)
async def test_a_doubled_ticket_is_found(folder):
    """What the machine would say if HaloPSA had one ticket too many, or one too few."""
    report = Report(folder)
    assert await play(folder, scale(), 5, report, **QUICK) == []
    async with World(folder, scale(), 2, json.loads((folder / "run.json").read_text())["ports"]) as world:
        first = world.sandbox.tickets[0]
        world.sandbox.add_ticket(**first.fields)
        world.smtp.messages.append(world.smtp.messages[0])
    found = await play(folder, scale(), 1, report, **QUICK)
    assert {"doubled", "answered twice"} <= {one.kind for one in found}
