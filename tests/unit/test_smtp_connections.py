"""A connection is kept for the next mail, and never trusted to be still there."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from fakes.smtp_sink import SmtpSink

from config.settings import Smtp
from gateway.errors import Ambiguous, Permanent
from gateway.model import Requester
from gateway.smtp import connections
from gateway.smtp.connections import Connections
from gateway.smtp.mailer import SmtpMailer
from gateway.steps import Acknowledge

HELD = timedelta(seconds=20)


def answer(number: int) -> Acknowledge:
    return Acknowledge(Requester(f"ann{number}@customer.example"), f"ack.{number}@acme.example", None, (), "Printer")


async def committed() -> None:
    pass


class Office:
    """Two mailboxes with one server."""

    def __init__(self, sink: SmtpSink, kept: timedelta = HELD) -> None:
        settings = Smtp(host=sink.host, port=sink.port, timeout="2s")
        self.connections = Connections(settings, "acme.example", kept=kept)
        self.mailers = [SmtpMailer(settings, f"{name}@acme.example", self.connections) for name in ("support", "sales")]

    async def send(self, number: int) -> None:
        await self.mailers[number % 2].acknowledge(answer(number), number, committed)


@pytest.fixture
async def sink():
    async with SmtpSink() as sink:
        yield sink


async def test_mails_of_all_mailboxes_go_over_one_connection(sink):
    office = Office(sink)
    for number in range(1, 6):
        await office.send(number)
    await office.connections.close()
    assert (len(sink.messages), sink.sessions) == (5, 1)
    assert sink.commands.count("QUIT") == 1
    assert sink.commands[:6] == ["EHLO", "MAIL", "RCPT", "DATA", "RSET", "MAIL"]


async def test_two_at_once_have_a_connection_each(sink):
    office = Office(sink)
    await asyncio.gather(*(office.send(number) for number in range(1, 9)))
    assert len(sink.messages) == 8
    assert len({one.rcpt_tos for one in sink.messages}) == 8
    assert len(office.connections._resting) <= connections.MOST_KEPT
    await office.connections.close()


async def test_a_server_that_went_away_meanwhile_costs_nobody_a_mail(sink):
    office = Office(sink)
    await office.send(1)
    await sink.stop()
    await sink.start()
    await office.send(2)
    sink.replies["RSET"] = "421 4.4.2 idle for too long"
    await office.send(3)
    assert (len(sink.messages), sink.sessions) == (3, 3)
    await office.connections.close()


@pytest.mark.parametrize("how", ["hangs up", "says 421"])
async def test_a_server_that_had_enough_of_a_connection_gets_another(sink, how):
    office = Office(sink)
    await office.send(1)
    sink.enough = how
    await office.send(2)
    assert (len(sink.messages), sink.sessions) == (2, 2)
    assert [one.rcpt_tos for one in sink.messages] == [("ann1@customer.example",), ("ann2@customer.example",)]
    await office.connections.close()


async def test_a_refused_recipient_leaves_the_connection_clean_for_the_next(sink):
    office = Office(sink)
    sink.replies["RCPT ann1@customer.example"] = "550 5.1.1 nobody"
    with pytest.raises(Permanent):
        await office.send(1)
    await office.send(2)
    assert (len(sink.messages), sink.sessions) == (1, 1)
    await office.connections.close()


async def test_what_is_out_of_step_is_never_used_again(sink):
    office = Office(sink)
    sink.drop = "after_data"
    with pytest.raises(Ambiguous):
        await office.send(1)
    sink.drop = None
    sending = asyncio.create_task(office.send(2))
    sink.silent.add("MAIL")
    await asyncio.sleep(0.2)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    sink.silent.clear()
    await office.send(3)
    assert sink.sessions == 3
    assert [one.rcpt_tos for one in sink.messages] == [("ann1@customer.example",), ("ann3@customer.example",)]
    await office.connections.close()


async def test_a_connection_that_nobody_needs_is_ended_politely(sink):
    office = Office(sink, timedelta(milliseconds=200))
    await office.send(1)
    assert "QUIT" not in sink.commands
    await asyncio.sleep(0.6)
    assert sink.commands[-1] == "QUIT"
    await office.send(2)
    assert sink.sessions == 2
    await office.connections.close()


async def test_a_connection_is_not_used_without_end(sink, monkeypatch):
    monkeypatch.setattr(connections, "MOST_MAILS", 2)
    office = Office(sink)
    for number in range(1, 6):
        await office.send(number)
    assert sink.sessions == 3
    await office.connections.close()


async def test_verifying_uses_a_connection_of_its_own(sink):
    office = Office(sink)
    await office.send(1)
    await office.mailers[0].verify()
    assert sink.sessions == 2
    await office.connections.close()
