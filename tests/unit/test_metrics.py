"""Numbers for Prometheus."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic_core import PydanticCustomError

from config.units import listen
from gateway.errors import Misconfigured
from gateway.observe.metrics import HaloUse, Snapshot, serve

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
USE = HaloUse(used=7, limit=500, window=300.0, given=(4, 2, 1, 5), waiting=(0, 0, 3, 6), refused=1, resting=12.5)
HELD = {"done": 9, "deferred": 1}


async def snapshot() -> Snapshot:
    looked_at = {"support": NOW, 'odd"\n': None}
    breakers = {"halo": True, "intake": False}
    fates = {"ticket": 7, "action": 2}
    return Snapshot("1.2.3", USE, HELD, 2, looked_at, balanced=False, fates=fates, holes=3, breakers=breakers)


def free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def scraped(port: int) -> dict[tuple[str, ...], float]:
    async with httpx.AsyncClient() as browser:
        text = (await browser.get(f"http://127.0.0.1:{port}/metrics")).text
    return {
        (one.name, *one.labels.values()): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


async def test_a_snapshot_as_prometheus_reads_it():
    port = free()
    async with serve(("127.0.0.1", port), snapshot):
        found = await scraped(port)
    assert found["halo_mailgate_build_info", "1.2.3"] == 1
    assert found["halo_mailgate_halo_requests_total", "urgent"] == 4
    assert found["halo_mailgate_halo_waiting", "patient"] == 3
    assert found["halo_mailgate_halo_waiting", "spare"] == 6
    assert found["halo_mailgate_halo_budget_used",] == 7
    assert found["halo_mailgate_halo_budget_limit",] == 500
    assert found["halo_mailgate_halo_budget_window_seconds",] == 300
    assert found["halo_mailgate_halo_rate_limited_total",] == 1
    assert found["halo_mailgate_halo_resting_seconds",] == 12.5
    assert found["halo_mailgate_messages", "done"] == 9
    assert found["halo_mailgate_alerts",] == 2
    assert found["halo_mailgate_balanced",] == 0
    assert found["halo_mailgate_fates", "ticket"] == 7
    assert found["halo_mailgate_holes_total",] == 3
    assert found["halo_mailgate_breaker_open", "halo"] == 1
    assert found["halo_mailgate_breaker_open", "intake"] == 0
    assert found["halo_mailgate_mailbox_looked_at_seconds", "support"] == NOW.timestamp()
    assert found["halo_mailgate_mailbox_looked_at_seconds", 'odd"\n'] == 0
    with pytest.raises(httpx.ConnectError):
        await scraped(port)


async def test_an_address_in_use_is_said_with_its_cure():
    async with serve(("127.0.0.1", port := free()), snapshot):
        with pytest.raises(Misconfigured, match=rf"\[metrics\] listen = 127.0.0.1:{port} cannot be used .* another"):
            async with serve(("127.0.0.1", port), snapshot):
                raise AssertionError


async def test_nowhere_by_default():
    async with serve(None, snapshot):
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("text", "found"),
    [("127.0.0.1:9464", ("127.0.0.1", 9464)), ("[::1]:9464", ("::1", 9464)), ("", None), (None, None)],
)
def test_where_it_listens(text, found):
    assert listen(text) == found


@pytest.mark.parametrize("text", ["9464", ":9464", "host", "host:", "host:0", "host:65536", "host:x", 9464])
def test_what_is_no_address_is_refused_with_the_cure(text):
    with pytest.raises(PydanticCustomError) as raised:
        listen(text)
    assert "127.0.0.1:9464" in (raised.value.context or {})["cure"]
