"""Addresses as SMTP and header fields need them: domains in ASCII, nothing that could end a command or a field.

Promises: pure; `wire` returns an address that is safe both in a command and in a header field, or raises Permanent. The
address itself is in no error. Knows nothing of whether anybody lives there.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

import idna

from gateway.errors import Permanent

_ATEXT = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~.")


@dataclass(frozen=True, slots=True)
class WireAddress:
    """An addr-spec ready to be sent. `utf8`: its local part needs SMTPUTF8 (RFC 6531)."""

    spec: str
    utf8: bool = False

    @property
    def domain(self) -> str:
        """The part after the last @, in ASCII."""
        return self.spec.rpartition("@")[2]


def wire(address: str) -> WireAddress:
    """Check an addr-spec and put it in its sendable form."""
    local, at, domain = address.strip().rpartition("@")
    if not at or not local or not domain or len(address) > 320:
        raise _unusable()
    domain = _domain(domain)
    utf8 = not local.isascii()
    # Dots anywhere are more than RFC 5321 allows, but such mailboxes exist (docomo.ne.jp) and are harmless.
    bare = all(char in _ATEXT or (not char.isascii() and char.isprintable() and not char.isspace()) for char in local)
    if not bare and not _quoted(local):
        raise _unusable()
    if len(local.encode("utf-8", "replace")) > 64 or len(domain) > 255:
        raise _unusable()
    return WireAddress(f"{local}@{domain}", utf8)


def _domain(domain: str) -> str:
    if domain.startswith("[") and domain.endswith("]"):
        try:
            ip_address(domain[1:-1].removeprefix("IPv6:"))
        except ValueError:
            raise _unusable() from None
        return domain
    if domain.isascii():  # names that DNS knows but IDNA refuses, such as those with an underscore, pass
        labels = domain.rstrip(".").split(".")
        if all(0 < len(label) <= 63 and all(char.isalnum() or char in "-_" for char in label) for label in labels):
            return ".".join(labels).lower()
        raise _unusable()
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        raise _unusable() from None


def _quoted(local: str) -> bool:
    """Whether a local part is a Quoted-string of RFC 5321 §4.1.2, without its exotic escapes."""
    inner = local[1:-1]
    quoted = len(local) > 2 and local[0] == local[-1] == '"'
    return quoted and all(char.isascii() and char.isprintable() and char not in '"\\' for char in inner)


def _unusable() -> Permanent:
    return Permanent("address_unusable", "nothing can be sent to this address")
