"""Every way an IMAP server or the network can fail us, translated once into the gateway's words.

Promises: `translate` knows every exception that aioimaplib, our protocol, sockets and TLS raise, and returns None for
anything else, which is a bug of ours and must be seen as one; `refused` knows every NO and BAD. Words are cleaned and
cut. An operator's fault (a login, a certificate, a folder) is Misconfigured and names its cure; all else is Transient:
a mailbox has no Permanent and no Ambiguous errors, for reading changes nothing and disposing may be repeated.
"""

from __future__ import annotations

import re
import socket
import ssl

from aioimaplib import aioimaplib

from gateway.errors import Misconfigured, Transient, Trouble
from gateway.imap.framing import TooMuch
from gateway.imap.protocol import ConnectionLost, Nonsense
from gateway.secrecy import mask
from gateway.trust import distrust

MAX_WORDS = 200
_LOOKED_AT = 4 * MAX_WORDS  # characters of what a server said

_CODE = re.compile(r"\[([A-Za-z0-9-]{1,40})[ \]]")

# Response codes of a NO that says "later", whatever the command (RFC 5530 §3; THROTTLED: Microsoft 365, Gmail).
_LATER = frozenset(
    {"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "CORRUPTION", "EXPUNGEISSUED", "OVERQUOTA", "THROTTLED", "CLIENTBUG"}
)
# Servers without codes say it in words: "Too many simultaneous connections", "Temporary authentication failure".
_LATER_WORDS = ("too many", "temporar", "try again", "unavailable", "timed out", "internal", "busy")

_CAUSES: tuple[tuple[type[BaseException], str], ...] = (  # first match wins
    (TooMuch, "too_long"),
    (ConnectionLost, "connection_lost"),
    (Nonsense, "protocol"),
    (aioimaplib.AioImapException, "protocol"),
    (TimeoutError, "timeout"),
    (ConnectionRefusedError, "connection_refused"),
    (socket.gaierror, "name_lookup"),
    (ssl.SSLError, "tls"),
    (OSError, "network"),
)


_NONSENSE = ": this is not how an IMAP server answers; check host, port and security, or ask who runs it"
_CURES = {"protocol": _NONSENSE, "too_long": _NONSENSE}


def translate(exc: BaseException, server: str) -> Trouble | None:
    """The gateway's error for a foreign one; `server` is "host:port". None: not for us to translate."""
    distrusted, said = distrust(exc)
    if distrusted == "version":
        return Misconfigured("tls_version", f"{server}: {said}")
    if distrusted:
        return Misconfigured(
            "certificate",
            f"the certificate of {server} is not trusted ({said}): "
            "set ca_file to the authority's certificate, or host to the name the certificate is for",
        )
    if isinstance(exc, ssl.SSLError) and _attribute(exc, "reason") == "WRONG_VERSION_NUMBER":
        return Misconfigured("no_tls", f'{server} does not speak TLS there: try security = "starttls", or port 993')
    for kind, cause in _CAUSES:
        if isinstance(exc, kind):
            return Transient(cause, f"{server}: {_words(exc)}{_CURES.get(cause, '')}")
    return None


def refused(command: str, result: str, text: bytes) -> Trouble:
    """The error for a tagged NO or BAD that nothing special is known about."""
    words = f"{command}: {clean(text)}"
    if result == "BAD":
        return Transient("bad_command", words)
    if response_code(text) == "NOPERM":
        return Misconfigured("forbidden", f"{words}: give the account this right on the mail server")
    return Transient("later" if says_later(text) else "refused", words)


def login_refused(text: bytes, *, secrets: tuple[str, ...], account: str) -> Trouble:
    """The error for a NO to a login: the credentials' fault unless the server says that it is its own.

    Servers may repeat the login name; `secrets` are struck out of what they say.
    """
    words = clean(text, secrets)
    if says_later(text):
        return Transient("login_later", words)
    return Misconfigured(
        "login_refused",
        f"{words}: check username and password of mailbox {account}, and that the account may use IMAP",
    )


def says_later(text: bytes) -> bool:
    """Whether a refusal is about the moment and not about what was asked."""
    code = response_code(text)
    if code in _LATER:
        return True
    if code and code != "ALERT":
        return False
    words = text.decode("utf-8", "replace").lower()
    return any(sign in words for sign in _LATER_WORDS)


def response_code(text: bytes) -> str:
    """The code at the beginning of a tagged text, in capitals: "[TRYCREATE] …" gives TRYCREATE; "" if there is none."""
    found = _CODE.match(text[:64].decode("ascii", "replace"))
    return found[1].upper() if found else ""


def clean(text: bytes | str, secrets: tuple[str, ...] = ()) -> str:
    """What a server said, fit for a log line."""
    words = text[:_LOOKED_AT].decode("utf-8", "replace") if isinstance(text, bytes) else text[:_LOOKED_AT]
    for secret in secrets:
        if secret:
            words = words.replace(secret, "…")
    words = mask(words)
    return "".join(c if c.isprintable() else " " for c in words)[:MAX_WORDS].strip()


def _attribute(exc: ssl.SSLError, name: str) -> str:
    """Set by the ssl module on the errors it raises, and missing on those that asyncio makes itself."""
    return str(getattr(exc, name, "") or "")


def _words(exc: BaseException) -> str:
    if isinstance(exc, ConnectionLost) and exc.bye is not None:
        return f"the server hung up: {clean(exc.bye)}"
    if isinstance(exc, TimeoutError) and not exc.strerror:
        return "no answer in time"
    if isinstance(exc, OSError):
        return clean(exc.strerror or type(exc).__name__)
    return clean(str(exc))
