"""What a failure of SMTP means for the mail that was being sent: one table, total over aiosmtplib's exceptions.

Promises: `translate` answers for every exception and stage. A reply with a code is certain whenever it comes, for the
server says what it did (RFC 5321 §4.2.1, §6.1); silence and hang-ups are certain only before DATA. Replies are repeated
without mail addresses. Knows nothing of who is sending what.
"""

from __future__ import annotations

import re
import ssl
from enum import Enum, auto

import aiosmtplib

from gateway.errors import Ambiguous, Misconfigured, Permanent, Transient, Trouble
from gateway.secrecy import mask
from gateway.trust import distrust

SAID = 200  # characters of a reply that are repeated
_ADDRESS = re.compile(r"<[^<>\s]{0,320}>|[^\s<>@:;,()]{1,64}@[^\s<>@:;,()]{1,255}")
_LOGIN_CODES = frozenset({530, 534, 535, 538})  # RFC 4954 §6: login needed, too weak, refused, needs TLS
_CURE = "see [smtp] in the configuration, and try `halo-mailgate check`"


class Stage(Enum):
    """How far a dialogue had come."""

    CONNECT = auto()  # connection, greeting, EHLO, TLS, login
    ENVELOPE = auto()  # MAIL and RCPT
    DATA = auto()  # from DATA on: the mail may be out


def translate(error: Exception, stage: Stage) -> Trouble | None:
    """The trouble that an exception stands for; None for a bug of ours, which nobody may mistake for a failure."""
    match error:
        case Trouble():
            return error
        case aiosmtplib.SMTPRecipientsRefused():
            first = error.recipients[0] if error.recipients else None
            return translate(first, stage) if first else Permanent("smtp_refused", "no recipient was accepted")
        case aiosmtplib.SMTPResponseException():
            return _reply(error, stage)
        case aiosmtplib.SMTPNotSupported():
            return Permanent("smtputf8_missing", "the mail server cannot take this address (it lacks SMTPUTF8)")
        case ssl.SSLError():
            return _tls(error, stage)
        case aiosmtplib.SMTPConnectError() if isinstance(error.__cause__, ssl.SSLError):
            return _tls(error.__cause__, stage)
        case aiosmtplib.SMTPServerDisconnected() if isinstance(error.__cause__, ssl.SSLError):
            return _tls(error.__cause__, stage)
        case aiosmtplib.SMTPTimeoutError() | TimeoutError():
            return _silence(stage, "smtp_timeout", "the mail server did not answer in time")
        case aiosmtplib.SMTPConnectError():
            reason = error.__cause__.strerror if isinstance(error.__cause__, OSError) else ""
            return _silence(stage, "smtp_unreachable", f"the mail server cannot be reached ({reason or 'no greeting'})")
        case aiosmtplib.SMTPServerDisconnected() | OSError() | EOFError():
            return _silence(stage, "smtp_hung_up", "the mail server hung up")
        case aiosmtplib.SMTPException() if stage is Stage.CONNECT:  # it offers no STARTTLS, no AUTH, no method of ours
            return Misconfigured("smtp_lacks", f"{_clean(str(error.message))}; {_CURE}")
        case aiosmtplib.SMTPException():
            return _silence(stage, "smtp_trouble", "the dialogue with the mail server went wrong")
        case ValueError() if stage is Stage.ENVELOPE:  # UnicodeError included: an address that SMTP cannot say
            return Permanent("address_unusable", "the address cannot be used in SMTP")
        case _ if stage is Stage.DATA:
            return Ambiguous("smtp_unexpected", type(error).__name__)
        case _:
            return None


def _reply(error: aiosmtplib.SMTPResponseException, stage: Stage) -> Trouble:
    said = f"{error.code} {_clean(error.message)}".strip()
    if error.code in _LOGIN_CODES:
        return Misconfigured("smtp_login", f"the mail server wants another login: {said}; {_CURE}")
    match error.code // 100:
        case 4:
            return Transient("smtp_deferred", said)
        case 5 if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            return Misconfigured("smtp_login", f"the mail server refused the login: {said}; {_CURE}")
        case 5 if stage is Stage.CONNECT:
            return Misconfigured("smtp_refused_us", f"the mail server refused the connection: {said}; {_CURE}")
        case 5:
            return Permanent("smtp_refused", said)
        case _:
            return _silence(stage, "smtp_nonsense", "the mail server's answer makes no sense")


def _silence(stage: Stage, cause: str, words: str) -> Trouble:
    return Ambiguous(cause, words) if stage is Stage.DATA else Transient(cause, words)


def _tls(error: ssl.SSLError, stage: Stage) -> Trouble:
    if stage is Stage.DATA:
        return Ambiguous("smtp_tls", "TLS failed while the mail was on its way")
    kind, said = distrust(error)
    if kind == "version":
        return Misconfigured("smtp_tls_version", f"the mail server: {said}")
    if kind:
        return Misconfigured(
            "smtp_certificate", f"the mail server's certificate was refused: {said}; {_CURE}, `ca_file`"
        )
    reason = getattr(error, "reason", None)  # absent from errors that OpenSSL did not raise
    if reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL"}:
        return Misconfigured("smtp_not_tls", f'no TLS is spoken on that port: try security = "starttls"; {_CURE}')
    return Transient("smtp_tls", f"TLS failed ({reason or 'no reason given'})")


def _clean(reply: str) -> str:
    """A reply fit for a log: one line, bounded, without the addresses that servers like to repeat."""
    line = mask(" ".join("".join(char if char.isprintable() else " " for char in reply[: 8 * SAID]).split()))
    return _ADDRESS.sub("<…>", line)[:SAID]
