"""The table of errors is total, and what it says is fit for a log."""

from __future__ import annotations

import inspect
import socket
import ssl

import pytest
from aioimaplib import aioimaplib

from gateway.errors import Misconfigured, Transient, Trouble
from gateway.imap import errors, framing, protocol

FOREIGN = [
    *(kind for _, kind in inspect.getmembers(aioimaplib, inspect.isclass) if issubclass(kind, Exception)),
    *(kind for _, kind in inspect.getmembers(protocol, inspect.isclass) if issubclass(kind, Exception)),
    *(kind for _, kind in inspect.getmembers(framing, inspect.isclass) if issubclass(kind, Exception)),
    *(kind for _, kind in inspect.getmembers(ssl, inspect.isclass) if issubclass(kind, OSError)),
    *(kind for kind in OSError.__subclasses__() if kind.__module__ == "builtins"),
    OSError,
    TimeoutError,
    socket.gaierror,
]


@pytest.mark.parametrize("kind", sorted(set(FOREIGN), key=repr))
def test_every_foreign_error_is_known(kind):
    bare = protocol.ConnectionLost("gone") if kind is protocol.ConnectionLost else kind.__new__(kind)
    assert isinstance(errors.translate(bare, "host:1"), Trouble)


@pytest.mark.parametrize("bug", [KeyError("x"), ValueError(), RuntimeError(), AssertionError(), KeyboardInterrupt()])
def test_a_bug_stays_a_bug(bug):
    assert errors.translate(bug, "host:1") is None


@pytest.mark.parametrize(
    ("exc", "kind", "cause"),
    [
        (ConnectionRefusedError(111, "refused"), Transient, "connection_refused"),
        (socket.gaierror(-2, "unknown"), Transient, "name_lookup"),
        (TimeoutError(), Transient, "timeout"),
        (TimeoutError(110, "Connection timed out"), Transient, "timeout"),
        (OSError(113, "No route"), Transient, "network"),
        (ssl.SSLError(1, "odd"), Transient, "tls"),
        (protocol.ConnectionLost("gone"), Transient, "connection_lost"),
        (protocol.Nonsense("what"), Transient, "protocol"),
        (framing.TooMuch("big", literal=True), Transient, "too_long"),
    ],
)
def test_causes(exc, kind, cause):
    trouble = errors.translate(exc, "imap.example:993")
    assert type(trouble) is kind
    assert trouble.cause == cause
    assert "imap.example:993" in trouble.words


def test_a_bye_is_passed_on():
    lost = protocol.ConnectionLost("gone", bye=b"Server shutting down")
    assert "Server shutting down" in errors.translate(lost, "x:1").words


LOGINS = [
    (b"[AUTHENTICATIONFAILED] Authentication failed.", Misconfigured),  # Dovecot
    (b"LOGIN failed.", Misconfigured),  # Microsoft 365
    (b"[AUTHENTICATIONFAILED] Invalid credentials (Failure)", Misconfigured),  # Gmail
    (b"[ALERT] Please log in via your web browser (Failure)", Misconfigured),
    (b"[AUTHORIZATIONFAILED] no such authorization-ID", Misconfigured),
    (b"[EXPIRED] That password isn't valid any more", Misconfigured),
    (b"[PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.", Misconfigured),
    (b"[CONTACTADMIN]", Misconfigured),
    (b"[UNAVAILABLE] Temporary authentication failure.", Transient),
    (b"[LIMIT] Maximum number of connections from user+IP exceeded", Transient),
    (b"[ALERT] Too many simultaneous connections. (Failure)", Transient),
    (b"[THROTTLED] slow down", Transient),
    (b"[INUSE] busy", Transient),
    (b"Server unavailable, try again later", Transient),
    (b"", Misconfigured),
]


@pytest.mark.parametrize(("text", "kind"), LOGINS)
def test_a_refused_login_is_told_apart_from_a_bad_moment(text, kind):
    assert type(errors.login_refused(text, secrets=(), account="support")) is kind


def test_a_refusal_never_repeats_credentials():
    trouble = errors.login_refused(
        b"no jo@acme.example with hunter2", secrets=("jo@acme.example", "hunter2"), account="a"
    )
    assert "jo@" not in str(trouble)
    assert "hunter2" not in str(trouble)


@pytest.mark.parametrize(
    ("result", "text", "kind", "cause"),
    [
        ("NO", b"[UNAVAILABLE] later", Transient, "later"),
        ("NO", b"[SERVERBUG] Internal error", Transient, "later"),
        ("NO", b"[NOPERM] Permission denied", Misconfigured, "forbidden"),
        ("NO", b"just no", Transient, "refused"),
        ("BAD", b"unknown command", Transient, "bad_command"),
    ],
)
def test_refusals(result, text, kind, cause):
    trouble = errors.refused("STORE", result, text)
    assert type(trouble) is kind
    assert trouble.cause == cause


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"[TRYCREATE] x", "TRYCREATE"),
        (b"[copyuid 1 2 3] x", "COPYUID"),
        (b"x [TRYCREATE]", ""),
        (b"", ""),
        (b"[\xff", ""),
    ],
)
def test_response_codes(text, code):
    assert errors.response_code(text) == code


def test_words_of_a_server_are_made_harmless():
    assert errors.clean(b"a\r\n\x1b[31mb\xff" + b"x" * 1000, ()).startswith("a   [31mb")
    assert len(errors.clean(b"x" * 1000)) == errors.MAX_WORDS
