"""A desk that works on the real HaloPSA adapter and a sandbox that misbehaves, with a clock that stands still."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import timedelta

from fakes.halo_settings import halo_settings
from fakes.trunk import StandingClock, desk_with
from gateway.halo.backend import HaloBackend
from gateway.sandbox import Sandbox

SOON = timedelta(seconds=3)
TICKET, ACTION, UPLOAD = "/api/Tickets", "/api/Actions", "/api/Attachment"
FILE = b"octets" * 100


@asynccontextmanager
async def stage(folder, dialect="observed"):
    """(desk, sandbox, url)"""
    sandbox = Sandbox(dialect)
    clock = StandingClock()
    async with sandbox.serving() as url:
        backend = HaloBackend(halo_settings(url), remembered_dialect=dialect, remember=None, clock=clock)
        try:
            async with desk_with(folder, backend, clock=clock) as made:
                yield made, sandbox
        finally:
            await backend.close()


def posts(sandbox, path):
    return sum(one.method == "POST" and one.path.lower() == path.lower() for one in sandbox.requests)
