"""The table of SMTP's failures is total, and says the right thing."""

from __future__ import annotations

import socket
import ssl

import aiosmtplib
import pytest

from gateway.errors import Ambiguous, Misconfigured, Permanent, Transient, Trouble
from gateway.smtp.errors import Stage, translate

NAMES = aiosmtplib.errors.__all__


def examples(name: str) -> list[Exception]:
    """An exception of the kind for each sort of reply code it can have."""
    kind = getattr(aiosmtplib.errors, name)
    if issubclass(kind, aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPRecipientRefused):
        return [kind(code, "said <ann@x.example>", "ann@x.example") for code in (421, 451, 530, 550, 250, -1)]
    if issubclass(kind, aiosmtplib.SMTPResponseException):
        return [kind(code, "said to ann@x.example") for code in (421, 454, 535, 554, 354, -1)]
    if issubclass(kind, aiosmtplib.SMTPRecipientsRefused):
        refused = aiosmtplib.SMTPRecipientRefused(550, "no <ann@x.example>", "ann@x.example")
        return [kind([]), kind([refused])]
    return [kind("about ann@x.example")]


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("name", NAMES)
def test_every_exception_of_the_library_has_a_meaning_at_every_stage(name, stage):
    for error in examples(name):
        trouble = translate(error, stage)
        assert isinstance(trouble, Trouble)
        assert trouble.cause
        assert "ann@" not in str(trouble)
        if stage is not Stage.DATA:
            assert not isinstance(trouble, Ambiguous)
        elif isinstance(error, aiosmtplib.SMTPResponseException) and error.code // 100 in {4, 5}:
            assert not isinstance(trouble, Ambiguous), "a reply is certain"


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


CERTIFICATE = ssl.SSLCertVerificationError(1, "certificate verify failed")
TLS = ssl.SSLError(1, "bad record mac")
TABLE = [
    (aiosmtplib.SMTPAuthenticationError(535, "no"), Stage.CONNECT, Misconfigured, "smtp_login"),
    (aiosmtplib.SMTPAuthenticationError(500, "no"), Stage.CONNECT, Misconfigured, "smtp_login"),
    (aiosmtplib.SMTPAuthenticationError(454, "later"), Stage.CONNECT, Transient, "smtp_deferred"),
    (aiosmtplib.SMTPConnectResponseError(554, "no service"), Stage.CONNECT, Misconfigured, "smtp_refused_us"),
    (aiosmtplib.SMTPConnectResponseError(421, "busy"), Stage.CONNECT, Transient, "smtp_deferred"),
    (aiosmtplib.SMTPException("STARTTLS extension not supported"), Stage.CONNECT, Misconfigured, "smtp_lacks"),
    (aiosmtplib.SMTPConnectError("refused"), Stage.CONNECT, Transient, "smtp_unreachable"),
    (caused(aiosmtplib.SMTPConnectError("x"), CERTIFICATE), Stage.CONNECT, Misconfigured, "smtp_certificate"),
    (caused(aiosmtplib.SMTPConnectError("x"), TLS), Stage.CONNECT, Transient, "smtp_tls"),
    (CERTIFICATE, Stage.CONNECT, Misconfigured, "smtp_certificate"),
    (socket.gaierror(-2, "Name or service not known"), Stage.CONNECT, Transient, "smtp_hung_up"),
    (aiosmtplib.SMTPSenderRefused(550, "no", "a@b"), Stage.ENVELOPE, Permanent, "smtp_refused"),
    (aiosmtplib.SMTPSenderRefused(530, "log in", "a@b"), Stage.ENVELOPE, Misconfigured, "smtp_login"),
    (aiosmtplib.SMTPRecipientRefused(450, "grey", "a@b"), Stage.ENVELOPE, Transient, "smtp_deferred"),
    (aiosmtplib.SMTPRecipientRefused(550, "no", "a@b"), Stage.ENVELOPE, Permanent, "smtp_refused"),
    (aiosmtplib.SMTPNotSupported("SMTPUTF8"), Stage.ENVELOPE, Permanent, "smtputf8_missing"),
    (ValueError("a@b"), Stage.ENVELOPE, Permanent, "address_unusable"),
    (aiosmtplib.SMTPReadTimeoutError("x"), Stage.ENVELOPE, Transient, "smtp_timeout"),
    (aiosmtplib.SMTPServerDisconnected("x"), Stage.ENVELOPE, Transient, "smtp_hung_up"),
    (aiosmtplib.SMTPDataError(451, "later"), Stage.DATA, Transient, "smtp_deferred"),
    (aiosmtplib.SMTPDataError(554, "spam"), Stage.DATA, Permanent, "smtp_refused"),
    (aiosmtplib.SMTPReadTimeoutError("x"), Stage.DATA, Ambiguous, "smtp_timeout"),
    (aiosmtplib.SMTPServerDisconnected("x"), Stage.DATA, Ambiguous, "smtp_hung_up"),
    (ConnectionResetError(), Stage.DATA, Ambiguous, "smtp_hung_up"),
    (TLS, Stage.DATA, Ambiguous, "smtp_tls"),
    (RuntimeError("?"), Stage.DATA, Ambiguous, "smtp_unexpected"),
]


@pytest.mark.parametrize(("error", "stage", "kind", "cause"), TABLE)
def test_table(error, stage, kind, cause):
    trouble = translate(error, stage)
    assert type(trouble) is kind
    assert trouble.cause == cause


def test_a_bug_of_ours_is_nobodys_failure():
    assert translate(RuntimeError("?"), Stage.CONNECT) is None
    assert translate(KeyError("?"), Stage.ENVELOPE) is None


def test_a_reply_is_repeated_on_one_short_line_without_addresses():
    reply = "5.1.1 <ann@x.example>: no\nsuch\x1b[2J user; see bob@y.example " + "z" * 5000
    trouble = translate(aiosmtplib.SMTPRecipientRefused(550, reply, "ann@x.example"), Stage.ENVELOPE)
    assert trouble.words.startswith("550 5.1.1 <…>: no such [2J user; see <…> zzz")
    assert len(trouble.words) < 250
