"""A token as mail servers want it said: XOAUTH2 (Google, Microsoft) and OAUTHBEARER (RFC 7628).

Promises: pure; what is returned is not yet base64. Knows nothing of protocols and of where a token is from.
"""

from __future__ import annotations

import json

MECHANISMS = {"xoauth2": "XOAUTH2", "oauthbearer": "OAUTHBEARER"}
SAID = 200  # characters of what a server says of a refusal


def choose(wish: str, offered: frozenset[str]) -> str | None:
    """The mechanism to use of those that a server offers: by name, or the best; None: it has none of ours."""
    wanted = ("OAUTHBEARER", "XOAUTH2") if wish == "auto" else (MECHANISMS[wish],)
    return next((one for one in wanted if one in offered), None)


def first_message(mechanism: str, username: str, token: str, *, host: str, port: int) -> bytes:
    """What the client says. ValueError: a control character would end it early."""
    if any(char in username + token for char in "\0\1\r\n"):
        raise ValueError("a control character")
    if mechanism == "XOAUTH2":
        return f"user={username}\1auth=Bearer {token}\1\1".encode()
    saslname = username.replace("=", "=3D").replace(",", "=2C")  # RFC 5801 §4
    return f"n,a={saslname},\1host={host}\1port={port}\1auth=Bearer {token}\1\1".encode()


def last_message(mechanism: str) -> bytes:
    """What the client says to the challenge that tells of a failure (RFC 7628 §3.2.3; XOAUTH2: nothing)."""
    return b"\1" if mechanism == "OAUTHBEARER" else b""


def why(challenge: bytes) -> str:
    """What a server tells of a refusal, in a few words: its status and the scope that it wants."""
    try:
        document = json.loads(challenge)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, dict):
        return ""
    said = [str(document.get(key, "")) for key in ("status", "scope")]
    line = " ".join(one for one in said if one)
    return "".join(char if char.isprintable() else " " for char in line)[:SAID].strip()
