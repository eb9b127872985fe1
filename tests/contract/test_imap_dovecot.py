"""What IMAP adds to a MailSource: logins, TLS, folders of every name, servers that come and go. With a real Dovecot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from fakes.dovecot import Dovecot

from gateway.errors import Misconfigured, Transient
from gateway.imap.source import ImapSource
from gateway.ports import FolderState, MailSource

USER = "support@acme.example"
PLAIN = "plain@acme.example"


@pytest.fixture(scope="module")
def running() -> Iterator[Dovecot]:
    users = {f"user{number}@acme.example": "correct horse" for number in range(60)}
    with Dovecot(
        USER, passwords=users | {"jö@acme.example": 'pä"ss\\ wörd', "quoting@acme.example": 'a"b\\c {3}'}
    ) as server:
        server.fresh = iter(users)
        yield server


@pytest.fixture
def server(running: Dovecot) -> Dovecot:
    """The shared server, with an empty account: `server.user`."""
    running.user = next(running.fresh)
    return running


@asynccontextmanager
async def opened(server: Dovecot, **changes: object) -> AsyncIterator[MailSource]:
    source = ImapSource(server.mailbox(server.user, **changes))
    await source.open()
    try:
        yield source
    finally:
        await source.close()


def deliver(server: Dovecot, count: int, **more: object) -> list[int]:
    return [server.append(server.user, b"Subject: %d\r\n\r\nmail\r\n" % n, **more) for n in range(count)]


async def everything(source: MailSource, uids: list[int]) -> list:
    return [arrival async for batch in source.fetch(uids) for arrival in batch]


async def test_the_state_of_the_folder_is_what_select_says(server):
    empty = ImapSource(server.mailbox(server.user))
    before = await empty.open()
    deliver(server, 3)
    after = await empty.refresh()
    await empty.close()
    assert before.uidvalidity == after.uidvalidity > 0
    assert (before.uidnext, after.uidnext) == (1, 4)


@pytest.mark.parametrize(("security", "port"), [("starttls", "port"), ("tls", "tls_port")])
async def test_tls_is_verified_against_ca_file(server, security, port):
    deliver(server, 1)
    async with opened(server, security=security, port=getattr(server, port), ca_file=server.ca_file) as source:
        assert await source.uids() == [1]


@pytest.mark.parametrize(("security", "port"), [("starttls", "port"), ("tls", "tls_port")])
async def test_an_unknown_certificate_is_the_operators_to_mend(server, security, port):
    with pytest.raises(Misconfigured) as caught:
        await ImapSource(server.mailbox(server.user, security=security, port=getattr(server, port))).open()
    assert caught.value.cause == "certificate"
    assert "ca_file" in caught.value.words


async def test_tls_against_a_plain_port_names_the_cure(server):
    with pytest.raises(Misconfigured, match="no_tls"):
        await ImapSource(server.mailbox(server.user, security="tls")).open()


@pytest.mark.parametrize("user", ["jö@acme.example", "quoting@acme.example"])
async def test_credentials_may_hold_any_character(server, user):
    source = ImapSource(server.mailbox(user))
    await source.open()
    await source.close()


async def test_a_wrong_password_is_told_apart_and_not_repeated_to_anyone(server):
    with pytest.raises(Misconfigured) as caught:
        await ImapSource(server.mailbox(server.user, password="wrong-one")).open()
    assert caught.value.cause == "login_refused"
    assert "wrong-one" not in str(caught.value)
    assert server.user not in str(caught.value)


async def test_a_missing_folder_is_named(server):
    with pytest.raises(Misconfigured, match='"Entgänge"') as caught:
        await ImapSource(server.mailbox(server.user, folder="Entgänge")).open()
    assert caught.value.cause == "no_such_folder"


async def test_the_folder_may_have_any_name(server):
    server.append(server.user, b"a: b\r\n\r\n", folder='A * B/Anh&AOQ-nge &- "x"')
    async with opened(server, folder='A * B/Anhänge & "x"') as source:
        assert await source.uids() == [1]


async def test_open_makes_a_new_connection_after_the_server_was_gone(server):
    source = ImapSource(server.mailbox(server.user))
    await source.open()
    server.stop()
    with pytest.raises(Transient):
        await source.uids()
    with pytest.raises(Transient) as caught:
        await source.open()
    assert caught.value.cause == "connection_refused"
    server.start()
    deliver(server, 1)
    await source.open()
    assert await source.uids() == [1]
    await source.close()


async def test_a_folder_made_anew_shows_by_its_uidvalidity(server):
    server.append(server.user, b"a: b\r\n\r\n", folder="Tickets")
    async with opened(server, folder="Tickets") as source:
        before = await source.refresh()
        server.remove_folder(server.user, "Tickets")
        server.append(server.user, b"a: b\r\n\r\n", folder="Tickets")
        try:
            after = await source.refresh()
        except Transient:  # Dovecot may hang up on those who had the old one open
            after = await source.open()
    assert isinstance(after, FolderState)
    assert after.uidvalidity != before.uidvalidity


async def test_levels_are_separated_as_the_server_does_it():
    with Dovecot(USER, separator=".") as server:
        server.append(USER, b"a: b\r\n\r\n")
        source = ImapSource(server.mailbox(USER, when_done="move:Archive/Tickets"))
        await source.open()
        await source.dispose([1], "move:Archive/Tickets")
        await source.close()
        assert len(server.messages(USER, "Archive.Tickets")) == 1


@pytest.mark.parametrize(
    ("capability", "left"), [("IMAP4rev1 UIDPLUS", []), ("IMAP4rev1", [(1, frozenset({"\\Deleted"}))])]
)
async def test_without_move_mail_is_copied_then_deleted_as_far_as_may_be(capability, left):
    with Dovecot(USER, capability=capability) as server:
        server.append(USER, b"a: b\r\n\r\n")
        source = ImapSource(server.mailbox(USER))
        await source.open()
        await source.dispose([1], "move:Done")
        await source.dispose([1], "move:Done")
        await source.close()
        assert server.messages(USER) == left
        assert len(server.messages(USER, "Done")) == 1


async def test_a_server_that_takes_passwords_over_tls_only():
    with Dovecot(USER, secure_only=True, extra="login_trusted_networks =\n") as server:
        async with opened_as(server, USER, security="starttls", ca_file=server.ca_file) as source:
            assert await source.uids() == []


@asynccontextmanager
async def opened_as(server: Dovecot, user: str, **changes: object) -> AsyncIterator[MailSource]:
    server.user = user
    async with opened(server, **changes) as source:
        yield source


async def test_wait_notices_a_lost_connection_at_once(server):
    async with opened(server) as source:
        server.stop()
        try:
            with pytest.raises(Transient):
                await source.wait(30, asyncio.Event())
        finally:
            server.start()


async def test_move_makes_the_folder_and_subscribes_to_it(server):
    uids = deliver(server, 150)
    async with opened(server) as source:
        await source.dispose([*uids[:120], 999], "move:Archiv/Erledigt & größer")
        await source.dispose(uids[:120], "move:Archiv/Erledigt & größer")
        await source.dispose([], "move:Never made")
    name = "Archiv/Erledigt &- gr&APYA3w-er"
    assert [uid for uid, _ in server.messages(server.user)] == uids[120:]
    assert len(server.messages(server.user, name)) == 120
    assert name in server.folders(server.user, subscribed=True)
    assert "Never made" not in server.folders(server.user)
