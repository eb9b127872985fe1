"""Servers that answer nonsense, of every kind and at every step: trouble of that server alone, never a bug of ours."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest
from fakes.faulty_imap import FaultyImap, hang_up, says
from fakes.messages import mail
from fakes.oauth_server import OAuthServer
from fakes.smtp_sink import SmtpSink
from fakes.stack import Stack

from config.settings import Halo, Smtp, Ticket
from gateway.errors import Trouble
from gateway.halo import wire
from gateway.halo.backend import HaloBackend
from gateway.imap.source import ImapSource
from gateway.smtp.connections import Connections

MAILS = {1: b"Subject: a\r\n\r\nx\r\n", 2: b"Subject: b\r\n\r\ny\r\n"}
NUMBERS = [
    b"0",
    b"-1",
    b"4294967296",
    b"9" * 19,
    b"9" * 30,
    b"9" * 5000,
    b"abc",
    b"\xb2",
    b"\xd9\xa1",
    b"1.5",
    b"",
    b"NIL",
]
STEPS = (
    *("greeting", "CAPABILITY", "LOGIN", "SELECT", "EXAMINE", "UID SEARCH", "UID FETCH", "UID STORE", "UID MOVE"),
    *("UID COPY", "UID EXPUNGE", "NOOP", "LIST", "NAMESPACE", "CREATE", "IDLE", "LOGOUT", "STATUS"),
)


async def trouble_of(asked: Awaitable[object]) -> str:
    """What went wrong, in words; "" if nothing did. Anything but trouble is a bug, and raised."""
    try:
        await asked
    except Trouble as trouble:
        return str(trouble)
    return ""


def imap_garbage(dice: random.Random) -> bytes:
    some, other = dice.choice(NUMBERS), dice.choice(NUMBERS)
    word = dice.choice([b"FETCH", b"EXISTS", b"SEARCH", b"ESEARCH", b"NAMESPACE", b"OK", b"NO", b"BYE", b"EXPUNGE"])
    name = dice.choice([b'"&', b"&AAA-", b"{4}\r\na\r\nb", b"{99999999999}\r\n", b'"\x00"', b"&2D0-", b'"a\rb"'])
    date = dice.choice([b"99-Foo-9999 99:99:99 +9999", b"01-Jan-0001 00:00:00 +2359", b" 1-Jan-2026 00:00:00 +9900"])
    tree = dice.choice(
        [b"(((((", b"(NIL NIL)", b'("TEXT" "PLAIN" NIL NIL NIL "7BIT" ' + some + b")", b"(" * 45 + b")" * 45]
    )
    return dice.choice(
        [
            b"* " + some + b" " + word + b"\r\n",
            b"* " + word + b" " + some + b" " + other + b"\r\n",
            b"* 1 FETCH (UID " + some + b" RFC822.SIZE " + other + b" BODY[] {" + some + b"}\r\nabc)\r\n",
            b"* 1 FETCH (UID 1 RFC822.SIZE " + some + b" BODY[] NIL)\r\n",
            b'* 1 FETCH (UID 1 INTERNALDATE "' + date + b'" BODY[] {3}\r\nabc)\r\n',
            b"* 1 FETCH " + b"(" * dice.choice([1, 60, 200_000]) + b"\r\n",
            b"* OK [UIDVALIDITY " + some + b"] x\r\n* OK [UIDNEXT " + other + b"] x\r\n",
            bytes(dice.randrange(256) for _ in range(200)) + b"\r\n",
            b'* LIST (\\All) "/" ' + name + b"\r\n",
            b"+ " + some + b"\r\n",
            b"a1 OK out of order\r\n",
            b"* BYE " + some + b"\r\n",
            b"* CAPABILITY " + some + b" IMAP4rev1 AUTH=" + other + b"\r\n",
            b"* 1 FETCH (UID 1 BODYSTRUCTURE " + tree + b")\r\n",
            b"* SEARCH " + b" ".join(NUMBERS) + b" 1 2\r\n",
        ]
    )


async def one_talk(dice: random.Random) -> None:
    """Everything that a mailbox is asked for, with garbage at one step."""
    said, end = (
        b"".join(imap_garbage(dice) for _ in range(dice.randrange(1, 4))),
        dice.choice(["", "OK", "NO", "BAD", "BYE"]),
    )

    async def fault(talk, _arguments):
        await talk.send(said)
        if end == "BYE":
            return await talk.hang_up()
        return await talk.done(f"{end} so") if end else False

    capability = dice.choice(
        ["IMAP4rev1", "IMAP4rev1 UIDPLUS MOVE AUTH=PLAIN IDLE NAMESPACE SPECIAL-USE LIST-EXTENDED"]
    )
    async with FaultyImap(MAILS, faults={dice.choice(STEPS): fault}, capability=capability) as server:
        server.listed = b'* LIST (\\All) "/" "All"\r\n'
        done = dice.choice(["seen", "delete", "move:Done/x", "move:\\All", "nothing"])
        source = ImapSource(server.mailbox(limit=0.3, when_done=done))
        try:
            await source.open()
            await source.refresh()
            uids = await source.uids(unseen=True)
            for arrival in [one async for batch in source.fetch(uids or [1, 2]) for one in batch]:
                assert 0 <= arrival.size < 2**63
                assert arrival.internal_date is None or arrival.internal_date.timestamp()
            await source.wait(0.02, asyncio.Event())
            await source.dispose([1, 2], done)
        finally:
            await source.close()


@pytest.mark.parametrize("seed", range(6))
async def test_generated_garbage_of_an_imap_server(seed):
    for number in range(30):
        await trouble_of(one_talk(random.Random(seed * 1000 + number)))


HOSTILE_IMAP = {
    "literal": {
        "LOGOUT": says(b"* 1 FETCH (BODY[] {999999999}\r\n"),
        "UID SEARCH": says(b"* SEARCH 1 {999999999}\r\n"),
    },
    "deep": {"UID FETCH": says(b"* 1 FETCH " + b"(" * 100_000 + b"\r\n", then="OK \xff")},
    "size": {"UID FETCH": says(b"* 1 FETCH (UID 1 RFC822.SIZE 99999999999999999999 BODY[] NIL)\r\n")},
    "name": {"LIST": says(b'* LIST (\\All) "/" {4}\r\na\r\nb\r\n')},
    "greeting": {"greeting": says(b"HTTP/1.1 400 Bad Request\r\n\r\n", then=None)},
    "bye": {"SELECT": hang_up(b"* OK [UIDVALIDITY 99999999999999999999] x\r\n* BYE \x00\xff\r\n")},
}


async def test_a_mailbox_at_a_hostile_server_stops_no_other(tmp_path):
    servers = {name: FaultyImap(MAILS, faults=faults) for name, faults in HOSTILE_IMAP.items()}
    for one in servers.values():
        await one.__aenter__()
    try:
        async with Stack(tmp_path) as stack:
            with stack.config.open("a", encoding="utf-8") as config:
                for name, one in servers.items():
                    config.write(
                        f'[[mailbox]]\nname = "{name}"\naddress = "{name}@acme.example"\nport = {one.port}\n'
                        'host = "127.0.0.1"\nsecurity = "none"\nusername = "u"\npassword = "pass-word-1"\n'
                        'first_contact = "all"\ntimeout = "2s"\nwhen_done = \'move:\\All\'\n'
                    )
            stack.deliver(mail(message_id="a@c.example", subject="Genuine"))
            await stack.once()
            assert "Genuine" in [one.fields["summary"] for one in stack.sandbox.tickets]
            _, said = await stack.call("check", "--json")
            for text in (stack.log, said):
                assert "bug" not in text.replace("debug", "")
                assert "Traceback" not in text
            trouble = {one["what"] for one in json.loads(said) if not one["well"] and one["what"].startswith("mailbox")}
            assert {"mailbox greeting", "mailbox bye", "mailbox literal"} <= trouble
            assert "mailbox support" not in trouble
    finally:
        for one in servers.values():
            await one.__aexit__()


async def test_an_endless_answer_ends_in_time_and_memory():
    """Rows without end, of a server that never comes to the tagged line, and a line without end."""

    async def pours(talk, _arguments):
        for _ in range(100):
            await talk.send(b"* 1 FETCH (FLAGS ())\r\n" * 50_000)
            await talk.writer.drain()
        return True

    async def no_line_end(talk, _arguments):
        for _ in range(20):
            await talk.send(b"* SEARCH " + b" " * 1_000_000)
            await talk.writer.drain()
        return True

    for fault in (pours, no_line_end):
        async with FaultyImap(MAILS, faults={"UID SEARCH": fault}) as server:
            source, began = ImapSource(server.mailbox(limit=5)), time.monotonic()
            await source.open()
            with pytest.raises(Trouble) as caught:
                await source.uids()
            await source.close()
            assert caught.value.cause in {"too_long", "connection_lost"}
            assert time.monotonic() - began < 30


ATOMS = [
    "null",
    "[]",
    "{}",
    "NaN",
    "Infinity",
    "-1",
    "1e400",
    "1e308",
    "9" * 25,
    "9" * 5000,
    '"\\ud800"',
    "[null]",
    '[{"id":1e30}]',
]
KEYS = [
    "id",
    "name",
    "tickets",
    "users",
    "clients",
    "actions",
    "statuses",
    "record_count",
    "emailaddress",
    "client_id",
    "status_id",
]


def halo_garbage(dice: random.Random) -> bytes:
    row = "{" + ",".join(f'"{key}":{dice.choice(ATOMS)}' for key in dice.sample(KEYS, 6)) + "}"
    listed = f'{{"record_count":{dice.choice(ATOMS)},"{dice.choice(KEYS)}":[{row},{row}]}}'
    return dice.choice(
        [
            row.encode(),
            f"[{row}]".encode(),
            listed.encode(),
            dice.choice(ATOMS).encode(),
            b"[" * 100_000,
            b"\xff\xfe[\x00",
            b"",
        ]
    )


@pytest.mark.parametrize("seed", range(6))
async def test_generated_garbage_of_halopsa(seed):
    dice = random.Random(seed)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/token"):
            return httpx.Response(
                200, json={"access_token": "token-1234567", "expires_in": dice.choice([3600, "x", -1, 1e18])}
            )
        status = dice.choice([200, 200, 200, 201, 400, 401, 404, 429, 500, 599])
        return httpx.Response(
            status, content=halo_garbage(dice), headers={"retry-after": dice.choice(["x", "-1", "9" * 400])}
        )

    async def remember(_dialect: str) -> None:
        pass

    settings = Halo(url="https://x.example", client_id="g", client_secret="sandbox-secret", requests=1_000_000)
    for _ in range(20):
        backend = HaloBackend(
            settings, remembered_dialect=dice.choice([None, "observed", "documented"]), remember=remember,
            clock=lambda: datetime.now(UTC), transport=httpx.MockTransport(answer),
        )  # fmt: skip
        asked = (
            backend.verify(Ticket(), agents=True),
            backend.find_requester("a@b.example"),
            backend.find_agent("a@b.example"),
            backend.ticket(5),
            backend.respond_within(3),
        )
        for one in asked:
            assert "sandbox-secret" not in await trouble_of(one)
        await backend.close()


@pytest.mark.parametrize("number", [1e30, 1e308, float("inf"), float("nan"), 2**63, 10**25, -1, "9" * 19, True, None])
def test_a_number_that_no_ledger_holds_is_no_id(number):
    assert wire.number(number) is None
    assert wire.new_id([{"id": number}], "tickets") is None
    assert wire.number(2**31) == 2**31


@pytest.mark.parametrize(
    "answer",
    [
        b"[" * 50_000,
        b'{"access_token": 7}',
        b'{"access_token": "a\\u0000b"}',
        b"9" * 5000,
        b"\xff\xfe{",
        b'{"error": {"a": []}}',
        b"x" * 300_000,
        b'{"error": "invalid_client", "error_description": "s3cret-s3cret"}',
    ],
)
async def test_garbage_of_a_token_server(answer):
    from gateway.oauth.tokens import Tokens

    async with OAuthServer() as server:
        oauth = server.settings(grant="client_credentials", client_secret="s3cret-s3cret")
        server.answers = [(status, answer) for status in (200, 400, 503)]
        for _ in range(3):
            with pytest.raises(Trouble) as caught:
                await Tokens(oauth, "u@acme.example", lambda: datetime.now(UTC), where="[[mailbox]] x oauth").get()
            assert "s3cret-s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "greeting",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"\xff\xfe\x00\r\n",
        b"220",
        b"22\xb2 x\r\n",
        b"220-x\r\n" * 20_000,
        b"999 x\r\n",
        b"\r\n",
        b"",
    ],
)
async def test_garbage_of_a_mail_server(greeting):
    async def serve(_reader, writer):
        writer.write(greeting)
        await writer.drain()
        writer.close()

    async with listening(serve) as port:
        connections = Connections(Smtp(host="127.0.0.1", port=port, timeout="2s"), "acme.example")
        assert await trouble_of(_logged_in(connections))
        await connections.close()


@pytest.mark.parametrize(
    "challenge", ["334 *", "334 \xff", "334 " + "A" * 5000, "235", "99 x", "334 not base64 at all"]
)
async def test_garbage_in_a_login_to_a_mail_server(challenge):
    """The dialogue of CRAM-MD5, whose challenge is base64, and of others."""
    for methods in ("CRAM-MD5", "LOGIN", "PLAIN"):

        async def serve(reader, writer, methods=methods):
            writer.write(b"220 ready\r\n")
            while line := await reader.readline():
                if line.upper().startswith(b"EHLO"):
                    writer.write(f"250-x\r\n250 AUTH {methods}\r\n".encode())
                elif line.upper().startswith(b"QUIT"):
                    break
                else:
                    writer.write(challenge.encode("latin-1") + b"\r\n")
                await writer.drain()
            writer.close()

        async with listening(serve) as port:
            settings = Smtp(host="127.0.0.1", port=port, timeout="1s", username="u", password="pass-word-1")
            connections = Connections(settings, "acme.example")
            assert "pass-word-1" not in await trouble_of(_logged_in(connections))
            await connections.close()


@asynccontextmanager
async def listening(serve: Callable[..., Awaitable[None]]) -> AsyncIterator[int]:
    """A server whose every talk is over at the end; its port."""
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader, writer):
        talks.add(asyncio.current_task())
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for one in talks:
            one.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def _logged_in(connections: Connections) -> None:
    async with connections.ready(fresh=True):
        pass


async def test_an_honest_mail_server_still_takes_mail():
    async with SmtpSink() as sink:
        connections = Connections(Smtp(host=sink.host, port=sink.port, timeout="5s"), "acme.example")
        async with connections.ready(fresh=True) as line:
            assert line.client.is_connected
        await connections.close()
