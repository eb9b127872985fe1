"""`mailbox test`: a mailbox tried step by step, from its name in DNS to the mail server that sends its answers.

Promises: each step is told as soon as it is known, with its cause and its cure when it fails, and what depends on a
failed one is not tried; nothing in the mailbox is changed or marked; no subject, address or text of a mail is told.
Knows nothing of how it is shown.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import cast

from config.settings import Mailbox, Settings
from gateway.app import make_connections, make_mailer, make_source
from gateway.errors import Trouble
from gateway.halo.verify import Check
from gateway.imap.disposal import move_target
from gateway.imap.login import Bearer, Password, log_in
from gateway.imap.session import Session
from gateway.oauth.logins import Logins
from gateway.oauth.tokens import Tokens

CONNECT = 10.0  # seconds for each address
MOST_ADDRESSES = 6
SOON = 14  # days before a certificate's end that are worth a word
WITHOUT = {
    "IDLE": "new mail is looked for every poll_interval",
    "MOVE": "mail is copied, flagged and expunged",
    "UIDPLUS": "moved mail stays behind, flagged as deleted",
    "SPECIAL-USE": "folders are known by their names only",
}


async def probe(settings: Settings, mailbox: Mailbox, logins: Logins) -> AsyncIterator[Check]:
    """Every finding, in the order of a connection."""
    where = f'[[mailbox]] "{mailbox.name}"'
    addresses: list[str] = []
    if mailbox.source != "imap":
        yield await _local(settings, mailbox, logins)
        yield await _smtp(settings, mailbox, logins)
        return
    async for one in _network(mailbox, where, addresses):
        yield one
    if addresses:
        async for one in _imap(settings, mailbox, logins, where):
            yield one
    yield await _smtp(settings, mailbox, logins)


async def _local(settings: Settings, mailbox: Mailbox, logins: Logins) -> Check:
    if mailbox.source == "ingest":
        return Check("ingest", True, f"mail comes by `halo-mailgate ingest --mailbox {mailbox.name}`", "")
    source = make_source(settings, mailbox, logins)
    try:
        await source.open()
        return Check("Maildir", True, f"{mailbox.maildir}: {len(await source.uids())} mails", "")
    except Trouble as trouble:
        return Check("Maildir", False, trouble.words, f'correct [[mailbox]] "{mailbox.name}" in the configuration')
    finally:
        await source.close()


async def _network(mailbox: Mailbox, where: str, reached: list[str]) -> AsyncIterator[Check]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(CONNECT):
            found = await loop.getaddrinfo(mailbox.host, mailbox.port, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError) as error:
        said = f"{mailbox.host}: {_reason(error)}"
        yield Check("DNS", False, said, f"correct host in {where}, or this machine's name server")
        return
    hosts = list(dict.fromkeys(str(one[4][0]) for one in found))[:MOST_ADDRESSES]
    yield Check("DNS", True, f"{mailbox.host} is {', '.join(hosts)}", "")
    failed = []
    for host in hosts:
        try:
            async with asyncio.timeout(CONNECT):
                _, writer = await asyncio.open_connection(host, mailbox.port)
            writer.close()
            reached.append(host)
        except (OSError, TimeoutError) as error:
            failed.append(f"{host}: {_reason(error)}")
    said = f"port {mailbox.port} of {', '.join(reached)} answers" if reached else ""
    said = "; ".join(one for one in (said, *failed) if one)
    yield Check("TCP", bool(reached), said, f"correct host and port in {where}, or let a firewall pass them")


def _reason(error: OSError) -> str:
    """The system's words; asyncio puts its own in their place."""
    if isinstance(error, socket.gaierror):
        return str(error.strerror)
    return os.strerror(error.errno) if error.errno else "no answer in time"


async def _imap(settings: Settings, mailbox: Mailbox, logins: Logins, where: str) -> AsyncIterator[Check]:
    cure, step, session = f"correct {where} in the configuration", "TLS and greeting", None
    try:
        session = await Session.connect(
            mailbox.host,
            mailbox.port,
            mailbox.security,
            limit=mailbox.timeout.total_seconds(),
            ca_file=mailbox.ca_file,
            minimum=settings.tls.minimum_version,
        )
        yield _tls(mailbox, session)
        step, tokens = "token", logins.of(mailbox)
        credentials = await _credentials(mailbox, tokens)
        if tokens is not None:
            yield Check("token", True, f"given out, good for another {tokens.left / 60:.0f} min", "")
        step = "login"
        await log_in(session, credentials, account=mailbox.name)
        yield Check("login", True, "by OAuth 2.0" if tokens is not None else "by password", "")
        yield _capabilities(session)
        for folder in mailbox.all_folders:
            step = f"folder {folder}"
            async for one in _folder(session, mailbox, folder):
                yield one
        step = "when_done"
        if (target := move_target(mailbox.when_done)) is not None:
            there = await session.exists(target)
            yield Check("when_done", True, f'"{target}" {"is there" if there else "is made when it is needed"}', "")
    except Trouble as trouble:
        yield Check(step, False, trouble.words or trouble.cause, cure)
    finally:
        if session is not None:
            await session.logout()


async def _credentials(mailbox: Mailbox, tokens: Tokens | None) -> Password | Bearer:
    if tokens is None or mailbox.oauth is None:
        return Password(mailbox.username, mailbox.password.get_secret_value())
    token = await tokens.get()
    return Bearer(mailbox.username, token, mailbox.oauth.mechanism, mailbox.host, mailbox.port)


def _tls(mailbox: Mailbox, session: Session) -> Check:
    spoken = session.tls
    if spoken is None:
        return Check("TLS", True, f'none, as security = "{mailbox.security}" says', "")
    certificate = spoken.getpeercert() or {}
    ends = str(certificate.get("notAfter", ""))
    days = (datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) - datetime.now(UTC)).days if ends else 0
    issuer = dict(pair for one in cast("tuple[tuple[tuple[str, str]]]", certificate.get("issuer", ())) for pair in one)
    by = issuer.get("organizationName") or issuer.get("commonName") or "nobody named"
    said = f"{spoken.version()}, verified; certificate by {by}, good for {days} days"
    return Check("TLS", True, f"{said}: it ends soon" if ends and days < SOON else said, "")


def _capabilities(session: Session) -> Check:
    has = [one for one in (*WITHOUT, "CONDSTORE", "NAMESPACE") if one in session.capabilities]
    lacks = [f"no {one}: {so}" for one, so in WITHOUT.items() if one not in session.capabilities]
    return Check("capabilities", True, "; ".join([", ".join(has) or "none of note", *lacks]), "")


async def _folder(session: Session, mailbox: Mailbox, folder: str) -> AsyncIterator[Check]:
    what = f"folder {folder}"
    selected = await session.select(folder)
    uids = await session.uid_search("UNDELETED", "UNDRAFT")
    unseen = await session.uid_search("UNSEEN", "UNDELETED", "UNDRAFT")
    said = f"{len(uids)} mails, {len(unseen)} of them unseen; UIDVALIDITY {selected.uidvalidity}"
    if selected.read_only and mailbox.when_done != "nothing":
        cure = 'give the account the right to change it, or set when_done = "nothing"'
        yield Check(what, False, f"{said}; it may only be read", cure)
        return
    if mailbox.keyword and not (selected.keywords or mailbox.keyword.lower() in selected.flags):
        said += "; it keeps no keywords, so none will be set"
    yield Check(what, True, said, "")
    if uids:
        found, answer = await session.uid_fetch(uids[-1:], "(UID RFC822.SIZE BODY.PEEK[]<0.1000>)")
        row = found.get(uids[-1])
        if row is None or not row.body:
            session.expect(answer)
            cure = "look at this mail with a mail program: its server does not deliver it"
            yield Check("dry fetch", False, f"UID {uids[-1]} could not be read", cure)
        else:
            yield Check(
                "dry fetch", True, f"UID {uids[-1]}, {row.size or 0:,} octets, can be read; nothing was marked", ""
            )


async def _smtp(settings: Settings, mailbox: Mailbox, logins: Logins) -> Check:
    where = f"mail server {settings.smtp.host}:{settings.smtp.port}"
    mailer = make_mailer(settings, mailbox, make_connections(settings, logins))
    try:
        await mailer.verify()
    except Trouble as trouble:
        return Check(where, False, trouble.words or trouble.cause, "correct [smtp] in the configuration")
    finally:
        await mailer.close()
    return Check(where, True, "takes what answers this mailbox's mail", "")
