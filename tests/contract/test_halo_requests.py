"""How many requests the work takes, counted at the server, and that the budget keeps the server's limit."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from fakes.halo_settings import halo_settings

from gateway.halo.backend import HaloBackend
from gateway.halo.trailer import new_marker
from gateway.sandbox import Sandbox
from gateway.steps import CreateTicket, Text, UploadAttachment

OCTETS = b"%PDF-1.4 the offer"
MAILS = SENDERS = 100


def now() -> datetime:
    return datetime.now(UTC)


async def remember(_: str) -> None:
    """The dialect is known already."""


@pytest.fixture(params=["documented", "observed"])
async def served(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Sandbox, str]]:
    sandbox = Sandbox(request.param)
    acme = sandbox.add_client("Acme")
    for number in range(SENDERS):
        sandbox.add_user(f"Person {number}", f"p{number}@acme.example", acme.id)
    async with sandbox.serving() as url:
        yield sandbox, url


async def one_mail(backend: HaloBackend, number: int) -> None:
    who = await backend.find_requester(f"p{number % SENDERS}@acme.example")
    assert who is not None
    assert who.client_id is not None
    step = CreateTicket(
        requester=who, client_id=who.client_id, tickettype_id=1, status_id=1, priority_id=3,
        summary=f"Mail {number}", details=Text("x", "<p>x</p>"), date_occurred=now(),
        message_id=f"{number}@acme.example",
    )  # fmt: skip
    made = await backend.create_ticket(step, new_marker())
    digest = hashlib.sha256(OCTETS).hexdigest()
    file = UploadAttachment(0, "offer.pdf", "application/pdf", len(OCTETS), digest, inline=False)
    await backend.upload(file, made.id, None, OCTETS)


async def test_a_hundred_mails_with_an_attachment_are_two_hundred_requests(served: tuple[Sandbox, str]) -> None:
    sandbox, url = served
    backend = HaloBackend(halo_settings(url), remembered_dialect=sandbox.dialect, remember=remember, clock=now)
    for number in range(MAILS):
        await one_mail(backend, number)
    await backend.close()
    kinds = [(seen.method, seen.path) for seen in sandbox.requests]
    assert kinds.count(("POST", "/api/Tickets")) == MAILS
    assert kinds.count(("POST", "/api/Attachment")) == MAILS
    # Besides, at the start: a token and the directory, which is one page and the end of it.
    assert kinds.count(("GET", "/api/Users")) <= 2
    assert len(kinds) <= 2 * MAILS + 3


async def test_the_budget_keeps_the_limit_of_the_server(served: tuple[Sandbox, str]) -> None:
    sandbox, url = served
    settings = halo_settings(url, requests=20, request_window="1s")
    backend = HaloBackend(settings, remembered_dialect=sandbox.dialect, remember=remember, clock=now)
    for number in range(15):
        await one_mail(backend, number)
    await backend.close()
    times = sorted(seen.at for seen in sandbox.requests)
    fullest = max(sum(0 <= (other - at).total_seconds() < 0.9 for other in times) for at in times)
    assert fullest <= 20
    assert {seen.status for seen in sandbox.requests} <= {200, 201}


def test_the_limit_is_below_what_the_server_was_seen_to_allow() -> None:
    settings = halo_settings("https://halo.example")
    defaults = type(settings).model_fields
    assert defaults["requests"].default < 700
