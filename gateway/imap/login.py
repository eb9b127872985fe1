"""Logging in to an IMAP server: by password in the best way it takes, or by a token (RFC 9051 §6.2.2, 7628, 4959).

Promises: the credentials go out once, over whatever connection the session has; a refusal is Misconfigured
"login_refused" with its cure, a server's own trouble is Transient; no error repeats a password, a token or a user name.
Knows nothing of where a token is from.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from gateway.errors import Misconfigured, Trouble
from gateway.imap import errors, names
from gateway.imap.protocol import Exchange
from gateway.imap.session import Answer, Session
from gateway.oauth import sasl


@dataclass(frozen=True, slots=True)
class Password:
    """A user name and a password."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """A user name and an access token. `mechanism`: "xoauth2", "oauthbearer" or "auto"."""

    username: str
    token: str = field(repr=False)
    mechanism: str
    host: str
    port: int


async def log_in(session: Session, credentials: Password | Bearer, *, account: str) -> None:
    """Misconfigured: refused, or the server takes no login of this kind here. `account` names the mailbox to people."""
    if session.authenticated:
        return
    if isinstance(credentials, Bearer):
        await _by_token(session, credentials, account)
    else:
        await _by_password(session, credentials, account)
    await session.logged_in()


async def _by_password(session: Session, who: Password, account: str) -> None:
    try:
        exchange = _password_command(session, who.username, who.password)
    except ValueError:  # it may hold the password: never chained
        raise session.give_up(
            Misconfigured("login_impossible", f"username or password of {account} cannot be sent: look for a NUL")
        ) from None
    if exchange is None:
        raise session.give_up(_disabled(session))
    answer = await session.answer(exchange)
    if not answer.ok:
        raise session.give_up(errors.login_refused(answer.text, secrets=(who.username, who.password), account=account))


def _disabled(session: Session) -> Misconfigured:
    cure = 'set security = "starttls" or "tls"'
    if any(one.startswith("AUTH=") for one in session.capabilities) and session.encrypted:
        cure = "it wants OAuth 2.0: write [mailbox.oauth]; or let the account use passwords"
    return Misconfigured("login_disabled", f"{session.server} takes no password on this connection: {cure}")


async def _by_token(session: Session, who: Bearer, account: str) -> None:
    offered = frozenset(one.removeprefix("AUTH=") for one in session.capabilities if one.startswith("AUTH="))
    mechanism = sasl.choose(who.mechanism, offered)
    if mechanism is None:
        cure = "set oauth mechanism to what it has, or use a password"
        if not session.encrypted:
            cure = 'set security = "tls" or "starttls": servers offer it only then'
        said = f"{session.server} offers neither XOAUTH2 nor OAUTHBEARER here: {cure}"
        raise session.give_up(Misconfigured("login_disabled", said))
    try:
        first = sasl.first_message(mechanism, who.username, who.token, host=who.host, port=who.port)
    except ValueError:
        raise session.give_up(
            Misconfigured("login_impossible", f"username of {account} cannot be sent: look for a control character")
        ) from None
    encoded, last = base64.b64encode(first), base64.b64encode(sasl.last_message(mechanism))
    if "SASL-IR" in session.capabilities:
        exchange = session.exchange("AUTHENTICATE", mechanism, encoded.decode("ascii"), replies=(last,))
    else:
        exchange = session.exchange("AUTHENTICATE", mechanism, replies=(encoded, last))
    answer = await session.answer(exchange)
    if not answer.ok:
        raise session.give_up(_token_refused(answer, who, account))


def _token_refused(answer: Answer, who: Bearer, account: str) -> Trouble:
    said = errors.clean(answer.text, (who.username, who.token))
    if errors.says_later(answer.text):
        return errors.login_refused(answer.text, secrets=(who.username, who.token), account=account)
    challenges = [bytes(row[0])[1:].strip() for row in answer.rows if bytes(row[0]).startswith(b"+")]
    why = next((told for one in challenges if (told := sasl.why(_decoded(one)))), "")
    cure = (
        f"check that username of mailbox {account} is the account's address, that IMAP is allowed for it, and that the "
        "application may read it (Microsoft: IMAP.AccessAsApp with admin consent, New-ServicePrincipal and "
        "Add-MailboxPermission in Exchange; Google: domain-wide delegation of https://mail.google.com/)"
    )
    return Misconfigured("login_refused", f"{said}{f' ({why})' if why else ''}: the token was not accepted: {cure}")


def _decoded(challenge: bytes) -> bytes:
    try:
        return base64.b64decode(challenge[:10_000], validate=False)
    except ValueError:
        return b""


def _password_command(session: Session, username: str, password: str) -> Exchange | None:
    """The best way of saying the password that the server takes; None: it takes none. ValueError: unspeakable."""
    user, secret = username.encode(), password.encode()
    if b"\0" in user + secret:
        raise ValueError("NUL")
    disabled = "LOGINDISABLED" in session.capabilities
    if not disabled and names.quotable(username) and names.quotable(password):
        return session.exchange("LOGIN", names.quote(username), names.quote(password))
    if "AUTH=PLAIN" in session.capabilities:  # UTF-8 by definition (RFC 4616 §2)
        secrets = base64.b64encode(b"\0" + user + b"\0" + secret)
        return session.exchange("AUTHENTICATE", "PLAIN", replies=(secrets,))
    if disabled:
        return None
    # Literals: synchronising ones, which every server knows.
    return session.exchange("LOGIN", f"{{{len(user)}}}", replies=(user + b" {%d}" % len(secret), secret))
