"""What looks like a secret in words that are kept, whoever's it is: told by its shape alone.

Promises: pure and linear; `without_secrets` leaves ordinary words as they are ("Basic authentication is disabled",
"client_secret is required", a GUID, a digest in hexadecimals) and puts "…" in place of values that stand behind the
name of a secret, of what follows Bearer and Basic, of signed tokens, of private keys, of passwords in addresses and of
long runs that only a machine writes. Doing it once more changes nothing. Knows nothing of which secrets there are.
"""

from __future__ import annotations

import re

HIDDEN = "…"

_NAME = (
    r"(?<![A-Za-z0-9])(?:(?:client|app|application|shared|api|mailbox|smtp|halo|new|old)[_ -]?)?"
    r"(?:secret|password|passwd|passphrase|pwd|pass|"
    r"(?:access|refresh|id|bearer|auth|session)?[_-]?token|(?:client[_-]?)?assertion|"
    r"(?:api|private|access)[_-]?key|authori[sz]ation|code_verifier|device_code)"
)
_QUOTED = re.compile(
    rf"""({_NAME}(?:\\{{0,3}}+["'])?+\s{{0,3}}+[:=]\s{{0,3}}+\\{{0,3}}+(["']))([^"'\\]++)""", re.IGNORECASE
)
_GIVEN = re.compile(rf"""({_NAME}\s?+=\s?+)([^\s&"'<>;,)\]…]++)""", re.IGNORECASE)
_TOLD = re.compile(rf"""({_NAME}["']?+\s?+:\s?+)([^\s"'<>,;…]{{6,}}+)""", re.IGNORECASE)
_CODE = re.compile(r"([?&](?:code|sig|signature|key|auth)=)([^\s&\"'<>;…]++)", re.IGNORECASE)
_SCHEME = re.compile(r"(\b(?:Bearer|Basic|Digest|Negotiate)[ :=]{1,3}+)([A-Za-z0-9._~+/=-]{6,}+)", re.IGNORECASE)
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{6,}+(?:\.[A-Za-z0-9_-]*+){0,4}+")
_KEY = re.compile(r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*+(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?+")
_USERINFO = re.compile(r"(://[^\s/:@\"'<>]{0,200}+:)([^\s/@\"'<>…]++)(?=@)")
_VENDOR = re.compile(r"\b(?:ya29\.|1//0|GOCSPX-)[A-Za-z0-9._-]{8,}+")
_RUN = re.compile(r"(?<![A-Za-z0-9_<\u2039-])[A-Za-z0-9_-]{40,}+")
PLAIN = frozenset(
    {
        "required", "missing", "invalid", "incorrect", "wrong", "empty", "null", "none", "expired", "disabled",
        "unknown", "invalid_grant", "invalid_token", "invalid_client", "invalid_request", "access_denied",
        "unauthorized", "true", "false",
    }
)  # fmt: skip
"""What is said of a secret, and is none."""


def without_secrets(text: str) -> str:
    """`text` without what looks like a secret."""
    if len(text) < 8:
        return text
    text = _KEY.sub(HIDDEN, text)
    text = _QUOTED.sub(rf"\1{HIDDEN}", text)
    text = _GIVEN.sub(lambda found: found[0] if found[2].lower() in PLAIN else found[1] + HIDDEN, text)
    text = _CODE.sub(rf"\1{HIDDEN}", text)
    text = _USERINFO.sub(rf"\1{HIDDEN}", text)
    text = _TOLD.sub(_unless_a_word, text)
    text = _SCHEME.sub(_unless_a_word, text)
    text = _JWT.sub(HIDDEN, text)
    text = _VENDOR.sub(HIDDEN, text)
    return _RUN.sub(_if_drawn, text)


def _unless_a_word(found: re.Match[str]) -> str:
    """People write words behind these names too; what has digits, or capitals inside, is a value."""
    value = found[2].rstrip(".:")
    telling = any(one.isdigit() for one in value) or any(one.isupper() for one in value[1:])
    if not telling or value.isupper() or value.lower().startswith(("http://", "https://")):
        return found[0]
    return found[1] + HIDDEN


def _if_drawn(found: re.Match[str]) -> str:
    """Whether a long run has capitals, small letters and digits: names and digests have not all three."""
    run = found[0]
    kinds = (any(map(kind, run)) for kind in (str.isupper, str.islower, str.isdigit))
    return HIDDEN if all(kinds) else run
