"""The connection: greeting, TLS, login, time limits and refusals, against a server that misbehaves."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import time

import pytest
from fakes.dovecot import make_certificate
from fakes.faulty_imap import FaultyImap, hang_up, refuses, says, silence

from gateway.errors import Misconfigured, Transient
from gateway.imap.framing import TooMuch
from gateway.imap.login import Password, log_in
from gateway.imap.names import uid_set
from gateway.imap.protocol import ConnectionLost, Exchange, HardenedProtocol
from gateway.imap.session import Session
from gateway.imap.source import ImapSource


async def trouble_of(server: FaultyImap, *, limit: float = 5, **changes):
    """What `open` makes of it, and how long it took."""
    start = time.monotonic()
    with pytest.raises((Transient, Misconfigured)) as caught:
        await ImapSource(server.mailbox(limit=limit, **changes)).open()
    return caught.value, time.monotonic() - start


@pytest.mark.parametrize(
    ("greeting", "cause"),
    [
        (says(b"* BYE Too many connections\r\n", then=None), "connection_lost"),
        (hang_up(b"* BYE Too many connections\r\n"), "connection_lost"),
        (hang_up(), "connection_lost"),
        (says(b"SSH-2.0-OpenSSH\r\n", then=None), "protocol"),
        (says(b"* 5 EXISTS\r\n", then=None), "protocol"),
        (says(b"x" * (9 << 20), then=None), "too_long"),
    ],
)
async def test_a_greeting_that_is_none_fails_at_once(greeting, cause):
    async with FaultyImap(faults={"greeting": greeting}) as server:
        trouble, seconds = await trouble_of(server)
    assert isinstance(trouble, Transient)
    assert trouble.cause == cause
    assert seconds < 4


async def test_the_words_of_a_bye_are_told():
    async with FaultyImap(faults={"greeting": hang_up(b"* BYE Too many connections\r\n")}) as server:
        assert "Too many connections" in (await trouble_of(server))[0].words


@pytest.mark.parametrize("where", ["greeting", "CAPABILITY", "LOGIN", "SELECT"])
async def test_silence_ends_with_the_time_limit(where):
    async with FaultyImap(faults={where: silence}) as server:
        trouble, seconds = await trouble_of(server, limit=0.1)
    assert trouble.cause == "timeout"
    assert seconds < 4


async def test_a_server_that_goes_on_sending_may_take_longer_but_not_for_ever():
    async def drips(talk, arguments):
        while True:
            await talk.send(b"* OK still here\r\n")
            await asyncio.sleep(0.01)

    async with FaultyImap(faults={"SELECT": drips}) as server:
        session = await Session.connect("127.0.0.1", server.port, "none", limit=5)
        await log_in(session, Password("jo", "secret"), account="support")
        session._limit = 0.06
        start = time.monotonic()
        with pytest.raises(Transient, match="timeout"):
            await session.select("INBOX")
    assert 0.1 < time.monotonic() - start < 4


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (hang_up(b"* BYE going down\r\n"), "connection_lost"),
        (hang_up(b"* 1 FETCH (BODY[] {100}\r\nhalf"), "connection_lost"),
        (says(b"", then="MAYBE"), "protocol"),
        (says(b"WRONG1 OK done\r\n"), "protocol"),
        (says(b"\x00\xff\xfe garbage\r\n"), "protocol"),
        (says(b"+ go on\r\n"), "protocol"),
        (says(b"* 1 FETCH (BODY[] {999999999}\r\n"), "too_long"),
        (refuses("BAD what?"), "bad_command"),
        (refuses("NO [UNAVAILABLE] later"), "later"),
    ],
)
async def test_an_answer_that_makes_no_sense_ends_the_connection(answer, cause):
    async with FaultyImap(faults={"SELECT": answer}) as server:
        trouble, seconds = await trouble_of(server)
    assert isinstance(trouble, Transient)
    assert trouble.cause == cause
    assert seconds < 4


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    make_certificate(folder / "cert.pem", folder / "key.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return folder / "cert.pem", context


async def test_starttls(certificate):
    ca_file, context = certificate
    async with FaultyImap(capability="IMAP4rev1 STARTTLS", context=context) as server:
        source = ImapSource(server.mailbox(security="starttls", ca_file=ca_file))
        await source.open()
        await source.close()
    assert [command.split()[0] for command in server.commands[:4]] == ["CAPABILITY", "STARTTLS", "CAPABILITY", "LOGIN"]


@pytest.mark.parametrize("faults", [{}, {"greeting": says(b"* PREAUTH welcome\r\n", then=None)}])
async def test_no_starttls_is_never_answered_with_plain_text(certificate, faults):
    async with FaultyImap(faults=faults) as server:
        trouble, _ = await trouble_of(server, security="starttls", ca_file=certificate[0])
    assert isinstance(trouble, Misconfigured)
    assert trouble.cause == "no_tls"
    assert not server.logins


async def test_a_refused_starttls_is_an_error(certificate):
    faults = {"STARTTLS": refuses("NO not now")}
    async with FaultyImap(capability="IMAP4rev1 STARTTLS", faults=faults) as server:
        trouble, _ = await trouble_of(server, security="starttls", ca_file=certificate[0])
    assert trouble.cause == "refused"
    assert not server.logins


@pytest.mark.parametrize("injected", ["* CAPABILITY IMAP4rev1 AUTH=EVIL", "* half", "A9 OK x\r\n* 1 FETCH ({9}"])
async def test_what_is_injected_before_tls_ends_the_connection(certificate, injected):
    faults = {"STARTTLS": says(b"", then=f"OK begin\r\n{injected}")}
    async with FaultyImap(capability="IMAP4rev1 STARTTLS", faults=faults) as server:
        trouble, _ = await trouble_of(server, security="starttls", ca_file=certificate[0])
    assert trouble.cause == "protocol"
    assert not server.logins


@pytest.mark.parametrize("content", [None, "no certificate"])
async def test_a_ca_file_that_is_none(tmp_path, content):
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    async with FaultyImap() as server:
        trouble, _ = await trouble_of(server, security="tls", ca_file=file)
    assert isinstance(trouble, Misconfigured)
    assert trouble.cause == "ca_file"


# Login


@pytest.mark.parametrize(
    ("capability", "username", "password", "command"),
    [
        ("IMAP4rev1 AUTH=PLAIN", "jo", "se cret", "LOGIN"),
        ("IMAP4rev1", 'jo "x"', "a\\b", "LOGIN"),
        ("IMAP4rev1 AUTH=PLAIN", "jo", "sécret", "AUTHENTICATE"),
        ("IMAP4rev1", "jö", "sécret 5}", "LOGIN"),
        ("IMAP4rev1 LOGINDISABLED AUTH=PLAIN", "jo", "secret", "AUTHENTICATE"),
    ],
)
async def test_credentials_arrive_as_they_are(capability, username, password, command):
    async with FaultyImap(capability=capability) as server:
        source = ImapSource(server.mailbox(username=username, password=password))
        await source.open()
        await source.close()
    assert server.logins == [(username, password)]
    assert any(said.startswith(command) for said in server.commands)


async def test_a_server_that_takes_no_password_here_names_the_cure():
    async with FaultyImap(capability="IMAP4rev1 LOGINDISABLED") as server:
        trouble, _ = await trouble_of(server)
    assert isinstance(trouble, Misconfigured)
    assert trouble.cause == "login_disabled"
    assert not server.logins


async def test_a_challenge_after_the_password_is_answered_so_that_the_refusal_comes():
    async def challenges(talk, arguments):
        await talk.send(b"+ \r\n")
        await talk.reader.readline()
        await talk.send(b"+ eyJzdGF0dXMiOiI0MDEifQ==\r\n")
        assert await talk.reader.readline() == b"\r\n"
        return await talk.done("NO [AUTHENTICATIONFAILED] no")

    async with FaultyImap(
        capability="IMAP4rev1 AUTH=PLAIN LOGINDISABLED", faults={"AUTHENTICATE": challenges}
    ) as server:
        trouble, _ = await trouble_of(server)
    assert trouble.cause == "login_refused"


async def test_preauth_needs_no_login():
    async with FaultyImap(faults={"greeting": says(b"* PREAUTH hello\r\n", then=None)}) as server:
        source = ImapSource(server.mailbox())
        await source.open()
        await source.close()
    assert not server.logins


async def test_nothing_secret_is_logged_or_raised_whatever_the_level(caplog):
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="aioimaplib.aioimaplib")
    async with FaultyImap({1: b"Subject: private matters\r\n\r\n"}) as server:
        source = ImapSource(server.mailbox(password='hun"ter2'))
        await source.open()
        assert [len(batch) async for batch in source.fetch([1])] == [1]
        server.faults["LOGIN"] = refuses('NO [AUTHENTICATIONFAILED] jo hun"ter2 is wrong')
        with pytest.raises(Misconfigured) as caught:
            await source.open()
    for secret in ("hun", "private"):
        assert secret not in caplog.text
        assert secret not in str(caught.value)


# Folders


@pytest.mark.parametrize(
    ("answer", "listed", "cause"),
    [
        ("NO [NONEXISTENT] Unknown Mailbox", b"", "no_such_folder"),
        ("NO Mailbox does not exist", b"", "no_such_folder"),
        ("NO Mailbox cannot be selected", b'* LIST (\\Noselect) "/" INBOX\r\n', "no_such_folder"),
        ("NO odd", b'* LIST () "/" INBOX\r\n', "refused"),
        ("NO [INUSE] locked", b"", "later"),
        ("NO [NOPERM] not yours", b"", "forbidden"),
    ],
)
async def test_why_a_folder_cannot_be_selected(answer, listed, cause):
    async with FaultyImap(faults={"SELECT": refuses(answer), "LIST": says(listed)}) as server:
        assert (await trouble_of(server))[0].cause == cause


async def test_a_folder_that_may_only_be_read_suits_nothing_only():
    faults = {"SELECT": says(b"* OK [UIDVALIDITY 7] ok\r\n", then="OK [READ-ONLY] look")}
    async with FaultyImap(faults=faults) as server:
        assert (await trouble_of(server))[0].cause == "read_only"
        source = ImapSource(server.mailbox(when_done="nothing"))
        await source.open()
        await source.close()
        assert [one for one in server.commands if "INBOX" in one] == ['SELECT "INBOX"', 'EXAMINE "INBOX"']


@pytest.mark.parametrize(
    "selected", [b"", b"* OK [UIDVALIDITY 0] x\r\n", b"* OK [UIDVALIDITY 7] x\r\n* OK [UIDNOTSTICKY] x\r\n"]
)
async def test_uids_must_last(selected):
    async with FaultyImap(selected=selected) as server:
        assert (await trouble_of(server))[0].cause == "no_uids"


async def test_a_missing_uidnext_is_derived():
    async with FaultyImap({3: b"x", 8: b"y"}, selected=b"* OK [UIDVALIDITY 7] x\r\n") as server:
        source = ImapSource(server.mailbox())
        assert (await source.open()).uidnext == 9
        server.mails.clear()
        assert (await source.refresh()).uidnext == 1
        await source.close()


async def test_moving_into_the_same_folder_is_refused_before_it_loops():
    async with FaultyImap() as server:
        assert (await trouble_of(server, when_done="move:INBOX"))[0].cause == "move_into_itself"
        assert server.connections == 0


# Cancelling


async def test_a_cancelled_command_takes_the_connection_with_it():
    async with FaultyImap({1: b"x"}, faults={"UID SEARCH": silence}) as server:
        session = await Session.connect("127.0.0.1", server.port, "none", limit=5)
        await log_in(session, Password("jo", "secret"), account="support")
        await session.select("INBOX")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(session.uid_search("ALL"), 0.05)
        assert session.lost.is_set()
        with pytest.raises(Transient):
            await session.noop()
        await session.logout()


async def test_an_answer_without_end_is_refused():
    with pytest.raises(TooMuch):
        Exchange("FETCH", "A1").add([b""] * 600_000)


async def test_a_peer_that_vanishes_is_noticed_by_the_kernel():
    async with FaultyImap() as server:
        protocol = HardenedProtocol(asyncio.get_running_loop())
        await protocol.loop.create_connection(lambda: protocol, "127.0.0.1", server.port)
        sock = protocol.transport.get_extra_info("socket")
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) < 60_000
        keep = [
            sock.getsockopt(socket.IPPROTO_TCP, getattr(socket, f"TCP_KEEP{one}")) for one in ("IDLE", "INTVL", "CNT")
        ]
        assert keep[0] + keep[1] * keep[2] < 60
        protocol.abort()
        with pytest.raises(ConnectionLost):
            await protocol.execute(Exchange("NOOP", "A1"))


@pytest.mark.parametrize(
    ("uids", "expected"), [([1], "1"), ([3, 2, 1, 7], "1:3,7"), ([5, 5, 6], "5:6"), ([1, 3, 5], "1,3,5")]
)
def test_uid_sets_name_no_other_uid(uids, expected):
    assert uid_set(uids) == expected
