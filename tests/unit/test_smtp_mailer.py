"""The mailer against a real SMTP server: what arrives, and what is certain when it does not."""

from __future__ import annotations

import asyncio
import email
import socket
import time
from datetime import timedelta

import pytest
from fakes.smtp_sink import SmtpSink, make_certificate

from config.settings import Smtp
from gateway.errors import Ambiguous, Misconfigured, Permanent, Transient
from gateway.model import Requester
from gateway.receipts import Receipt
from gateway.smtp.connections import Connections
from gateway.smtp.mailer import SmtpMailer
from gateway.steps import Acknowledge

STEP = Acknowledge(Requester("ann@customer.example"), "ack.1@acme.example", "q@customer.example", (), "Printer")


@pytest.fixture
async def sink():
    async with SmtpSink() as sink:
        yield sink


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("smtp"))


def mailer(sink: SmtpSink, kept: timedelta = timedelta(), **settings: object) -> SmtpMailer:
    settings = {"host": sink.host, "port": sink.port, "timeout": "2s"} | settings
    smtp = Smtp(**settings)
    return SmtpMailer(smtp, "support@acme.example", Connections(smtp, "acme.example", kept=kept), from_name="Acme")


class Commits:
    """The callback, with its count and what the server had heard by then."""

    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink
        self.heard: list[list[str]] = []

    async def __call__(self) -> None:
        self.heard.append(list(self.sink.commands))


async def test_an_acknowledgement_arrives(sink):
    commits = Commits(sink)
    receipt = await mailer(sink).acknowledge(STEP, 77, commits)
    assert receipt == Receipt(None, "sent", "250 2.0.0 taken")
    (mail,) = sink.messages
    assert (mail.mail_from, mail.rcpt_tos) == ("", ("ann@customer.example",))
    (size,) = mail.options  # RFC 1870; the server does not count the line end that it adds
    assert abs(int(size.removeprefix("SIZE=")) - len(mail.octets)) <= 2
    parsed = email.message_from_bytes(mail.octets)
    assert parsed["Subject"] == "[ID:0000077] Re: Printer"
    assert parsed["Message-ID"] == "<ack.1@acme.example>"
    assert commits.heard == [["EHLO", "MAIL", "RCPT"]]
    assert sink.commands == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]


async def test_the_reverse_path_may_be_an_address(sink):
    await mailer(sink, reverse_path="bounces@acme.example").acknowledge(STEP, 1, Commits(sink))
    assert sink.messages[0].mail_from == "bounces@acme.example"


CERTAIN = [
    ({"GREETING": "421 busy"}, Transient),
    ({"GREETING": "554 no service"}, Misconfigured),
    ({"MAIL": "451 later"}, Transient),
    ({"MAIL": "550 no"}, Permanent),
    ({"MAIL": "530 log in"}, Misconfigured),
    ({"RCPT": "450 grey"}, Transient),
    ({"RCPT": "550 5.1.1 <ann@customer.example> unknown"}, Permanent),
    ({"DATA": "451 later"}, Transient),
    ({"DATA": "554 no"}, Permanent),
    ({".": "452 full"}, Transient),
    ({".": "554 spam"}, Permanent),
]


@pytest.mark.parametrize(("replies", "kind"), CERTAIN)
async def test_a_reply_is_certain(sink, replies, kind):
    sink.replies |= replies
    commits = Commits(sink)
    with pytest.raises(kind) as caught:
        await mailer(sink).acknowledge(STEP, 1, commits)
    assert type(caught.value) is kind
    assert "ann@" not in str(caught.value)
    assert sink.messages == []
    assert len(commits.heard) == (1 if {"DATA", "."} & set(replies) else 0)
    sink.replies.clear()
    await mailer(sink).acknowledge(STEP, 1, commits)
    assert len(sink.messages) == 1


async def test_an_old_server_is_greeted_its_way(sink):
    sink.replies["EHLO"] = "502 what?"
    await mailer(sink).acknowledge(STEP, 1, Commits(sink))
    assert len(sink.messages) == 1


@pytest.mark.parametrize("drop", ["before_data", "in_data", "after_data"])
async def test_a_hang_up_from_data_on_is_a_doubt(sink, drop):
    sink.drop = drop
    commits = Commits(sink)
    with pytest.raises(Ambiguous):
        await mailer(sink).acknowledge(STEP, 1, commits)
    assert len(commits.heard) == 1
    assert len(sink.messages) == (drop == "after_data")


@pytest.mark.parametrize(
    ("verb", "kind"), [("EHLO", Transient), ("MAIL", Transient), ("RCPT", Transient), (".", Ambiguous)]
)
async def test_silence(sink, verb, kind):
    sink.silent.add(verb)
    with pytest.raises(kind) as caught:
        await mailer(sink, timeout="200ms").acknowledge(STEP, 1, Commits(sink))
    assert caught.value.cause == "smtp_timeout"


async def test_a_farewell_that_fails_takes_nothing_back(sink):
    sink.replies["QUIT"] = "421 whatever"
    receipt = await mailer(sink).acknowledge(STEP, 1, Commits(sink))
    assert receipt.how == "sent"


async def test_a_server_that_takes_none_so_large_is_believed():
    async with SmtpSink(most=500) as sink:
        with pytest.raises(Permanent) as caught:
            await mailer(sink).acknowledge(STEP, 1, Commits(sink))
        assert caught.value.cause == "smtp_too_large"
        assert "MAIL" not in sink.commands


async def test_nobody_there(sink):
    await sink.stop()
    with pytest.raises(Transient) as caught:
        await mailer(sink).acknowledge(STEP, 1, Commits(sink))
    assert caught.value.cause == "smtp_unreachable"
    await sink.start()
    await mailer(sink).acknowledge(STEP, 1, Commits(sink))
    assert len(sink.messages) == 1


async def test_trouble_while_committing_is_passed_on_and_nothing_is_sent(sink):
    async def committing() -> None:
        raise LookupError("the ledger")

    with pytest.raises(LookupError, match="the ledger"):
        await mailer(sink).acknowledge(STEP, 1, committing)
    assert sink.messages == []
    assert sink.commands == ["EHLO", "MAIL", "RCPT"]


@pytest.mark.parametrize("verb", ["RCPT", "."])
async def test_cancelling_cuts_the_connection(sink, verb):
    sink.silent.add(verb)
    task = asyncio.create_task(mailer(sink).acknowledge(STEP, 1, Commits(sink)))
    while verb not in sink.commands and not sink.messages:
        await asyncio.sleep(0.01)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    while sink._open:
        await asyncio.sleep(0.01)
    assert time.monotonic() - began < 1


async def test_many_at_once(sink):
    one = mailer(sink)
    await asyncio.gather(*(one.acknowledge(STEP, number, Commits(sink)) for number in range(20)))
    assert len(sink.messages) == 20


async def test_a_non_ascii_local_part_needs_a_server_that_can():
    step = Acknowledge(Requester("jörg@müller.example"), "ack.1@acme.example", None, (), "Ölwechsel")
    async with SmtpSink() as sink:
        with pytest.raises(Permanent) as caught:
            await mailer(sink).acknowledge(step, 1, Commits(sink))
        assert caught.value.cause == "smtputf8_missing"
    async with SmtpSink(utf8=True) as sink:
        await mailer(sink).acknowledge(step, 1, Commits(sink))
        assert sink.messages[0].rcpt_tos == ("jörg@xn--mller-kva.example",)
        assert "SMTPUTF8" in sink.messages[0].options


@pytest.mark.parametrize("local", ["john..doe", '"john doe"', "o'neil+x"])
async def test_odd_local_parts_reach_the_envelope_as_they_are(sink, local):
    step = Acknowledge(Requester(f"{local}@customer.example"), "ack.1@acme.example", None, (), "")
    await mailer(sink).acknowledge(step, 1, Commits(sink))
    assert sink.messages[0].rcpt_tos == (f"{local}@customer.example",)


async def test_alerts_reach_whom_they_can(sink):
    sink.replies["RCPT gone@acme.example"] = "550 gone"
    await mailer(sink).alert(["gone@acme.example", "ops@acme.example"], "Halo is down", "Look at it.\n")
    (mail,) = sink.messages
    assert mail.rcpt_tos == ("ops@acme.example",)
    assert email.message_from_bytes(mail.octets)["Auto-Submitted"] == "auto-generated"
    with pytest.raises(Permanent):
        await mailer(sink).alert(["gone@acme.example"], "Halo is down", "Look at it.\n")


async def test_verify_sends_nothing(sink):
    await mailer(sink).verify()
    assert sink.commands == ["EHLO", "QUIT"]


async def test_logging_in():
    async with SmtpSink(login=("gate", "pässword")) as sink:
        await mailer(sink, username="gate", password="pässword").acknowledge(STEP, 1, Commits(sink))
        assert len(sink.messages) == 1
        with pytest.raises(Misconfigured) as caught:
            await mailer(sink, username="gate", password="wrong-one").verify()
        assert caught.value.cause == "smtp_login"
        assert "wrong-one" not in str(caught.value)
        assert sink.commands.count("AUTH") == 2
        with pytest.raises(Misconfigured):
            await mailer(sink).acknowledge(STEP, 1, Commits(sink))


@pytest.mark.parametrize("implicit", [True, False])
async def test_tls_is_verified(certificate, implicit):
    context, authority = certificate
    security = "tls" if implicit else "starttls"
    async with SmtpSink(tls=context, implicit_tls=implicit, login=("gate", "pw")) as sink:
        good = mailer(sink, security=security, ca_file=authority, username="gate", password="pw")
        await good.acknowledge(STEP, 1, Commits(sink))
        await good.verify()
        assert len(sink.messages) == 1
        with pytest.raises(Misconfigured) as caught:
            await mailer(sink, security=security).verify()
        assert caught.value.cause == "smtp_certificate"


async def test_no_fall_back_from_starttls(sink, certificate):
    with pytest.raises(Misconfigured) as caught:
        await mailer(sink, security="starttls", ca_file=certificate[1]).verify()
    assert caught.value.cause == "smtp_lacks"
    assert sink.commands == ["EHLO"]
    async with SmtpSink(tls=certificate[0]) as other:
        other.replies["STARTTLS"] = "454 not now"
        with pytest.raises(Transient):
            await mailer(other, security="starttls", ca_file=certificate[1]).verify()
        assert "MAIL" not in other.commands


async def test_tls_to_a_port_that_does_not_speak_it(sink, certificate):
    with pytest.raises(Misconfigured) as caught:
        await mailer(sink, security="tls", ca_file=certificate[1]).verify()
    assert caught.value.cause == "smtp_not_tls"


async def test_a_ca_file_that_is_none(sink, tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(Misconfigured) as caught:
        await mailer(sink, security="tls", ca_file=tmp_path / "ca.pem").verify()
    assert caught.value.cause == "smtp_ca_file"


async def test_a_server_that_accepts_and_says_nothing():
    with socket.create_server(("127.0.0.1", 0)) as mute:
        settings = Smtp(host="127.0.0.1", port=mute.getsockname()[1], timeout="200ms")
        with pytest.raises(Transient) as caught:
            await SmtpMailer(settings, "support@acme.example", Connections(settings, "acme.example")).verify()
    assert caught.value.cause == "smtp_timeout"
