"""Whom we believe when we connect: TLS contexts for every client in the house.

Promises: certificates and names are verified, always; nothing older than `minimum` is spoken; a context is built once
(reading the system's authorities takes tens of milliseconds, and hundreds of mailboxes connect). Fails: Misconfigured
for a file of authorities that cannot be used. Knows nothing of who connects where.
"""

from __future__ import annotations

import ssl
from functools import cache
from pathlib import Path
from typing import Literal

from gateway.errors import Misconfigured

Minimum = Literal["1.2", "1.3"]
TOO_OLD = (
    "it speaks no TLS as new as [tls] minimum_version wants: have that server updated, or write "
    'minimum_version = "1.2" if it is "1.3"'
)
_OTHER_VERSION = frozenset({"TLSV1_ALERT_PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "NO_PROTOCOLS_AVAILABLE"})
_DEEPEST = 8  # httpx and httpcore wrap an error twice, aiosmtplib once
_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def client_context(ca_file: Path | None = None, minimum: Minimum = "1.2") -> ssl.SSLContext:
    """What a client trusts: the authorities in `ca_file`, or the system's."""
    try:
        return _made(ca_file, minimum, ca_file.stat().st_mtime_ns if ca_file is not None else 0)
    except OSError as error:  # ssl.SSLError, for a file without certificates, is one too
        said = error.strerror or "no certificates in it"
        raise Misconfigured("ca_file", f"{ca_file}: {said}: correct ca_file") from error


def distrust(error: BaseException) -> tuple[str, str]:
    """Why TLS was not agreed on, found behind whatever wraps it: a kind and words; "" for another trouble.

    "certificate": it is not trusted; "version": one side wants a newer TLS than the other speaks.
    """
    link: BaseException | None = error
    for _ in range(_DEEPEST):
        if isinstance(link, ssl.SSLCertVerificationError):
            said = getattr(link, "verify_message", "") or "it cannot be verified"
            return "certificate", "".join(one if one.isprintable() else " " for one in said)[:200]
        if isinstance(link, ssl.SSLError) and getattr(link, "reason", None) in _OTHER_VERSION:
            return "version", TOO_OLD
        link = link.__cause__ or link.__context__ if link is not None else None
    return "", ""


@cache
def _made(ca_file: Path | None, minimum: Minimum, _changed: int) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = _VERSIONS[minimum]
    return context
