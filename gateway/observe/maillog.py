"""The operator's log: one function an event, and only this file knows the wording.

Promises: stable event words; a message is named by its number, a mailbox by its name, Halo's things by their ids. Never
a subject, an address, a Message-ID or a text. Fails never.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from gateway.observe import logs

_log = structlog.stdlib.get_logger("halo_mailgate")


def halo_unready(cause: str) -> None:
    """HaloPSA could not be asked at the start; mail is kept and waits for it."""
    _log.warning("halo not ready", cause=cause)


def started(mailboxes: int, adopted: int) -> None:
    """The daemon has its ledger; `adopted` messages were in its predecessor's hands."""
    _log.info("started", mailboxes=mailboxes, adopted=adopted)


def mended(words: str) -> None:
    """A file of the ledger was open to others."""
    _log.warning("mended", words=words)


def redacted(texts: int) -> None:
    """So many texts that were kept held secrets, and no longer do."""
    _log.warning("redacted", texts=texts)


def shadow() -> None:
    """Shadow mode: mail is kept and decided in a ledger of its own."""
    _log.warning("shadow", words="nothing is touched: no mailbox, no ticket, no mail sent; decisions are only kept")


def stopping() -> None:
    """Asked to stop: steps in hand end, no new one begins."""
    _log.info("stopping")


def stopped() -> None:
    """The ledger is closed."""
    _log.info("stopped")


def first_contact(mailbox: str, backlog: int) -> None:
    """A folder was met for the first time, or anew after its UIDVALIDITY changed."""
    _log.info("first contact", mailbox=mailbox, backlog=backlog)


def uidvalidity_changed(mailbox: str, before: int, after: int) -> None:
    """The folder was rebuilt: its UIDs name other mails now."""
    _log.warning("uidvalidity changed", mailbox=mailbox, before=before, after=after)


def kept(mailbox: str, mails: int, first: int, last: int) -> None:
    """Mails are in the ledger, under these numbers."""
    _log.info("kept", mailbox=mailbox, mails=mails, first=first, last=last)


def decided(message: int, mailbox: str, decision: str, reason: str) -> None:
    """A rule decided."""
    _log.info("decided", message=message, mailbox=mailbox, decision=decision, reason=reason)


def step_done(message: int, step: str, how: str, number: int | None) -> None:
    """A step has its receipt."""
    _log.info("step done", message=message, step=step, how=how, number=number)


def doubt(message: int, step: str, cause: str) -> None:
    """A step may have happened: it will be looked up."""
    _log.warning("in doubt", message=message, step=step, cause=cause)


def deferred(message: int, mailbox: str, cause: str, until: datetime) -> None:
    """A message waits."""
    _log.warning("deferred", message=message, mailbox=mailbox, cause=cause, until=until.isoformat(timespec="seconds"))


def files_left(message: int, mailbox: str) -> None:
    """All of a message is done but files, which wait for their share of the requests."""
    _log.info("files left", message=message, mailbox=mailbox)


def settled(message: int, mailbox: str, outcome: str, reason: str) -> None:
    """A message has its outcome."""
    _log.info("settled", message=message, mailbox=mailbox, outcome=outcome, reason=reason)


def held(message: int, mailbox: str, cause: str) -> None:
    """A message was quarantined: `halo-mailgate explain` says why, `release` lets it go."""
    _log.warning("quarantined", message=message, mailbox=mailbox, cause=cause)


def broken(message: int, mailbox: str, cause: str, bug: BaseException) -> None:
    """A bug of ours, or a limit; the mail is kept. The traceback names places in our code, never mail."""
    places = logs.places(bug.__traceback__)
    _log.error("broken", message=message, mailbox=mailbox, cause=cause, places=places)


def alone(message: int, mailbox: str, deaths: int) -> None:
    """A message that the process died of, or beside, so often is read in a process of its own."""
    _log.warning("read alone", message=message, mailbox=mailbox, deaths=deaths)


def fenced(message: int) -> None:
    """Another worker took a message over; this one stopped."""
    _log.warning("fenced", message=message)


def disposed(mailbox: str, how: str, mails: int) -> None:
    """Originals were treated as `when_done` says."""
    _log.info("disposed", mailbox=mailbox, how=how.partition(":")[0], mails=mails)


def doubled(message: int, step: str, first: int, second: int | None) -> None:
    """Two entries at HaloPSA carry one mail reference: a write landed after its time."""
    _log.error("doubled", message=message, step=step, first=first, second=second)


def not_checked(message: int, step: str, cause: str) -> None:
    """Whether something that was sent again is there twice could not be seen now."""
    _log.info("not checked", message=message, step=step, cause=cause)


def lease_lost(name: str) -> None:
    """This host was frozen or cut off longer than its lease: others have what it had in hand. It comes back as new."""
    _log.warning("lease lost", host=name)


def mailbox_held(mailbox: str, *, ours: bool) -> None:
    """A mailbox of several hosts is ours from now on, or no longer."""
    _log.info("mailbox taken" if ours else "mailbox given up", mailbox=mailbox)


def clock_set(seconds: float) -> None:
    """The clock was set by so many seconds. What waits is due at once, so that nothing waits for a time long gone."""
    _log.warning("clock set", seconds=round(seconds))


def mailbox_up(mailbox: str) -> None:
    """A mailbox that was down can be read again."""
    _log.info("mailbox up", mailbox=mailbox)


def mailbox_down(mailbox: str, cause: str, failures: int) -> None:
    """A mailbox cannot be read; it is tried again."""
    _log.warning("mailbox down", mailbox=mailbox, cause=cause, failures=failures)


def ledger_trouble(said: str) -> None:
    """The ledger could not be read or written; nothing was changed."""
    _log.error("ledger trouble", said=said)


def dialect(name: str) -> None:
    """Which of the two dialects this HaloPSA was found to speak."""
    _log.info("dialect", dialect=name)


def bug(where: str, met: BaseException) -> None:
    """A bug of ours outside any message; what met it goes on. The traceback names places in our code, never mail."""
    _log.error("bug", where=where, kind=type(met).__name__, places=logs.places(met.__traceback__))


def alert(key: str, words: str) -> None:
    """The operator must mend something."""
    _log.error("alert", about=key, words=words)


def alert_cleared(key: str) -> None:
    """It works again."""
    _log.info("alert cleared", about=key)


def alert_not_mailed(key: str, cause: str) -> None:
    """The mail about an alert could not be sent; the alert stands."""
    _log.warning("alert not mailed", about=key, cause=cause)


def let_go(messages: int) -> None:
    """The octets of messages were kept as long as `[keeping]` says."""
    _log.info("let go", messages=messages)


def examined(whole: bool, seconds: float) -> None:  # noqa: FBT001 - it is what was found
    """The ledger's file was read to its end."""
    told = _log.info if whole else _log.error
    told("ledger examined", whole=whole, seconds=round(seconds, 1))
