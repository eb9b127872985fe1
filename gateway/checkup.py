"""What `check` looks at: ledger, mailboxes, HaloPSA, the mail server, open alerts.

Promises: looks at everything, whatever fails; writes nothing anywhere. Every finding that is not well names its cure.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from sqlalchemy import make_url

from config.load import find
from config.settings import Mailbox, Settings
from gateway.alarm import FILES
from gateway.app import make_backend, make_connections, make_mailer, make_source, now, own_addresses
from gateway.errors import Trouble
from gateway.exposure import exposed
from gateway.halo.picklists import Picklist
from gateway.halo.verify import Check, Named
from gateway.oauth.logins import Logins
from gateway.preview import problems
from gateway.rules.loops import is_own
from gateway.secrecy import mask
from parsers.message import reached_by
from storage.errors import Gone, LedgerError
from storage.ledger import Ledger, open_ledger
from storage.purpose import shadow_of
from storage.states import State

LOOKED_AT = 50
"""Newest mails of each mailbox whose way is looked at."""
MOST_ALIASES = 5


async def checkup(settings: Settings, config: Path | None = None, *, shadow: bool = False) -> list[Check]:
    """Every finding, in the order of the configuration file, `config`. `shadow`: of the ledger's shadow."""
    ledger, findings = await _ledger(settings, shadow=shadow)
    open_to_others = await asyncio.to_thread(exposed, settings, find(config), shadow=shadow)
    findings.extend(Check(one.what, False, one.said, one.cure) for one in open_to_others)
    try:
        logins = Logins(settings, ledger, now)
        rooms = [
            _halo(settings),
            _smtp(settings, logins),
            _templates(settings, trusted=not any(one.grave for one in open_to_others)),
            *(_mailbox(settings, one, logins) for one in settings.mailbox),
        ]
        for some in await asyncio.gather(*rooms):
            findings.extend(some)
        if ledger is not None:
            findings.extend(await _compared(settings, ledger))
            findings.extend(await _aliases(settings, ledger))
            findings.extend(await _alerts(ledger))
    finally:
        if ledger is not None:
            await ledger.close()
    return [replace(one, said=mask(one.said), cure=mask(one.cure)) for one in findings]


async def _ledger(settings: Settings, *, shadow: bool) -> tuple[Ledger | None, list[Check]]:
    absent = _not_there_yet(shadow_of(settings.state) if shadow else settings.state)
    if absent is not None:
        return None, [absent]
    try:
        ledger = await open_ledger(settings.state, shadow=shadow)
    except LedgerError as unusable:
        return None, [Check("ledger", False, str(unusable), getattr(unusable, "cure", ""))]
    counts = await ledger.reading.counts()
    waiting = counts[State.RECEIVED] + counts[State.ACTIVE] + counts[State.DEFERRED]
    aside = f"{counts[State.QUARANTINED]} quarantined, {counts[State.BROKEN]} broken"
    said = f"{counts[State.DONE]} done, {waiting} waiting, {aside}"
    return ledger, [Check("ledger", True, said, "")]


def _not_there_yet(state: str) -> Check | None:
    """Before the first run there is no ledger; its folder must be there."""
    url = make_url(state)
    if url.get_backend_name() != "sqlite" or Path(str(url.database)).exists():
        return None
    folder = Path(str(url.database)).parent
    said = f"{url.database} is not there yet; `halo-mailgate run` makes it"
    usable = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    return Check("ledger", usable, said, f"make the folder {folder} and let this user write to it, or correct `state`")


async def _halo(settings: Settings) -> list[Check]:
    backend = await make_backend(settings, None)
    try:
        policies = [settings.policy, *(settings.policy_of(one) for one in settings.mailbox)]
        agents = any(one.authentication_servers for one in policies)
        return await backend.verify(settings.ticket, named_ids(settings), agents=agents)
    except Trouble as trouble:
        return [Check("HaloPSA", False, trouble.words or trouble.cause, f"check [halo] url {settings.halo.url}")]
    finally:
        await backend.close()


def named_ids(settings: Settings) -> list[Named]:
    """The ids that policy and rules name."""
    named: list[Named] = []
    if settings.policy.reopen_status_id:
        named.append(("[policy] reopen_status_id", "/Status", settings.policy.reopen_status_id))
    for mailbox in settings.mailbox:
        if mailbox.policy.reopen_status_id:
            where = f'[[mailbox]] "{mailbox.name}" policy reopen_status_id'
            named.append((where, "/Status", mailbox.policy.reopen_status_id))
    for rule in settings.rule:
        wanted: list[tuple[str, Picklist, int | None]] = [
            ("tickettype_id", "/TicketType", rule.tickettype_id),
            ("status_id", "/Status", rule.status_id),
            ("priority_id", "/Priority", rule.priority_id),
            ("client_id", "/Client", rule.client_id),
            ("agent_id", "/Agent", rule.agent_id),
        ]
        named += [(f'[[rule]] "{rule.name}" {key}', picklist, one) for key, picklist, one in wanted if one is not None]
    return named


async def _smtp(settings: Settings, logins: Logins) -> list[Check]:
    where = f"mail server {settings.smtp.host}:{settings.smtp.port}"
    mailer = make_mailer(settings, settings.mailbox[0], make_connections(settings, logins))
    try:
        await mailer.verify()
    except Trouble as trouble:
        return [Check(where, False, trouble.words or trouble.cause, "correct [smtp] in the configuration")]
    finally:
        await mailer.close()
    return [Check(where, True, "logs in" if settings.smtp.username else "answers", "")]


async def _templates(settings: Settings, *, trusted: bool) -> list[Check]:
    """They are tried out, unless they may be somebody else's."""
    folder = settings.smtp.templates
    if folder is None or not trusted:
        return []
    wrong = await asyncio.to_thread(problems, settings)
    well = Check("templates", True, f"those in {folder} can be used", "")
    return [Check(one.where, False, one.said, one.cure) for one in wrong] or [well]


async def _mailbox(settings: Settings, mailbox: Mailbox, logins: Logins) -> list[Check]:
    where = f"mailbox {mailbox.name}"
    if mailbox.source == "ingest":
        return [Check(where, True, "mail comes by `halo-mailgate ingest`", "")]
    source = make_source(settings, mailbox, logins)
    try:
        state = await source.open()
        unseen = len(await source.uids(unseen=True))
    except Trouble as trouble:
        said = trouble.words or trouble.cause
        return [Check(where, False, said, f'correct [[mailbox]] "{mailbox.name}" in the configuration')]
    finally:
        await source.close()
    return [Check(where, True, f"{mailbox.folder}: {unseen} unseen, next UID {state.uidnext}", "")]


async def _compared(settings: Settings, ledger: Ledger) -> list[Check]:
    """When each folder was last held against the ledger."""
    at = {(one.account, one.folder): one for one in await ledger.sweeps.folders()}
    findings = []
    for mailbox in settings.mailbox:
        for folder in mailbox.all_folders if mailbox.source != "ingest" else ():
            found = at.get((mailbox.name, folder))
            said = f"{folder}: never compared with the ledger yet; `halo-mailgate run` does, every hour"
            if found is not None and found.swept_at is not None:
                said = f"{folder}: last compared with the ledger {found.swept_at:%Y-%m-%d %H:%M} UTC"
            findings.append(Check(f"mailbox {mailbox.name}", True, said, ""))
    return findings


async def _aliases(settings: Settings, ledger: Ledger) -> list[Check]:
    """Addresses that mail lately reached a mailbox by, and that are none of ours as far as the configuration says."""
    findings, own = [], own_addresses(settings)
    for mailbox in settings.mailbox:
        held = [one for one in await ledger.reading.page(account=mailbox.name, limit=LOOKED_AT) if one.gone_at is None]
        seen: Counter[str] = Counter()
        for message in held:
            with suppress(Gone, ValueError):
                octets = await ledger.intake.octets(message.id)
                seen.update(one for one in reached_by(octets) if one.isprintable() and not is_own(one, own))
        said = ", ".join(f"{one} ({times})" for one, times in seen.most_common(MOST_ALIASES))
        if said:
            words = f"of its newest {len(held)} mails some reached it by addresses that are none of its own: {said}"
            cure = f'add those that are yours to aliases = […] in [[mailbox]] "{mailbox.name}"'
            findings.append(Check(f"mailbox {mailbox.name}", True, f"{words}; {cure}", ""))
    return findings


async def _alerts(ledger: Ledger) -> list[Check]:
    return [
        Check(
            f"alert {one.key}",
            False,
            f"{one.words} (since {one.since:%Y-%m-%d %H:%M}, {one.count} times)",
            "as it says",
        )
        for one in await ledger.reading.alerts()
        if one.key != FILES
    ]
