"""A HaloPSA sandbox with one customer, the backend in front of it, and things to send.

async with Sandbox("observed").serving() as url: bench = Bench(sandbox, url)
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

from fakes.halo_settings import halo_settings
from gateway.halo.backend import HaloBackend
from gateway.halo.trailer import new_marker
from gateway.model import Requester
from gateway.sandbox import Sandbox
from gateway.steps import AddAction, CreateTicket, Text, UploadAttachment

NOBODY = Requester("eve@else.example", "Eve")
OCTETS = bytes(range(256)) * 1000


def now() -> datetime:
    return datetime.now(UTC)


class Bench:
    """A sandbox with one customer, and the backend in front of it."""

    def __init__(self, sandbox: Sandbox, url: str, **changes: object) -> None:
        self.sandbox = sandbox
        self.url = url
        self.remembered: list[str] = []
        self.backend = self.another(**changes)

    def another(self, remembered: str | None = None, **changes: object) -> HaloBackend:
        async def remember(dialect: str) -> None:
            self.remembered.append(dialect)

        settings = halo_settings(self.url, **changes)
        return HaloBackend(settings, remembered_dialect=remembered, remember=remember, clock=now)

    @property
    def written(self) -> list:
        return [action for action in self.sandbox.actions if not action.opening]


def ticket(summary: str = "Printer on fire", requester: Requester = NOBODY, text: str = "It burns") -> CreateTicket:
    details = Text(text, f"<p>{text}</p>")
    return CreateTicket(
        summary, details, requester, 1, 1, 1, 3, now() - timedelta(days=400), message_id="m@else.example"
    )


def action(ticket_id: int, text: str = "Still burning") -> AddAction:
    note = Text(text, f"<p>{text}</p>")
    return AddAction(ticket_id, note, NOBODY, "Re: Printer", ("desk@x.example",), ("c@x.example",), now())


def picture(octets: bytes = OCTETS, name: str = "image001.png") -> UploadAttachment:
    digest = hashlib.sha256(octets).hexdigest()
    return UploadAttachment(0, name, "image/png", len(octets), digest, inline=True, name="attachment-1")


async def opened(bench: Bench) -> int:
    receipt = await bench.backend.create_ticket(ticket(), new_marker())
    assert receipt.id is not None
    return receipt.id
