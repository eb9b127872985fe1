"""One table from everything that HTTP can do to us to the four kinds of trouble.

Promises: total. Every status code and every exception of httpx has a row; what nobody foresaw counts as "perhaps done"
for a write. A read is never ambiguous: it has no effect. Fails never. Knows nothing of tickets: that a 400 is the
configuration's fault rather than the mail's is for `backend` to see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import httpx

from gateway.errors import Ambiguous, Misconfigured, Permanent, Transient, Trouble
from gateway.halo.refusals import Forbidden, NotFound, RateLimited, Refused, Unauthorized
from gateway.trust import distrust

CHECK_URL: Final = "check [halo] url: the API is expected at {url}/api"
LOGIN_PAGE: Final = "a login page instead of JSON: check [halo] url"


@dataclass(frozen=True, slots=True)
class Fate:
    """What one kind of failure means: `read` for a request without effect, `write` for one that may have had it."""

    cause: str
    read: type[Trouble]
    write: type[Trouble]
    words: str = ""


def _not_done(cause: str, words: str = "") -> Fate:
    return Fate(cause, Transient, Transient, words)


def _perhaps(cause: str, words: str = "") -> Fate:
    return Fate(cause, Transient, Ambiguous, words)


def _refused(cause: str, words: str = "", kind: type[Permanent] = Permanent) -> Fate:
    return Fate(cause, kind, kind, words)


def _installation(cause: str, words: str, kind: type[Misconfigured] = Misconfigured) -> Fate:
    return Fate(cause, kind, kind, words)


STATUSES: Final[Mapping[int, Fate]] = {
    400: _refused("refused", kind=Refused),
    401: _installation("unauthorized", f"a fresh token is refused: {Unauthorized.cure}", Unauthorized),
    403: _installation("forbidden", Forbidden.cure, Forbidden),
    404: _refused("not_found", kind=NotFound),
    407: _installation("proxy_login", "a proxy asks for a login: check HTTPS_PROXY and NO_PROXY"),
    408: _perhaps("server_gave_up"),
    413: _refused("too_large", "HaloPSA or a proxy before it takes no request of this size: raise its limit"),
    415: _refused("unsupported_media_type"),
    425: _not_done("too_early"),
    429: Fate("rate_limited", RateLimited, RateLimited),
    500: _perhaps("server_error"),
    502: _perhaps("bad_gateway"),
    503: _not_done("unavailable"),
    504: _perhaps("gateway_timeout"),
}
"""Rows of single status codes; the others have the row of their class."""

CLASSES: Final[Mapping[int, Fate]] = {
    2: _perhaps("nonsense", "an answer that makes no sense"),
    3: _installation("redirected", CHECK_URL),
    4: _refused("refused"),
    5: _perhaps("server_error"),
}

UNKNOWN: Final = _perhaps("unexpected")

EXCEPTIONS: Final[Mapping[type[Exception], Fate]] = {
    # Before a request leaves.
    httpx.ConnectError: _not_done("unreachable", "no connection to HaloPSA"),
    httpx.ConnectTimeout: _not_done("unreachable", "no connection to HaloPSA in time"),
    httpx.PoolTimeout: _not_done("busy", "no free connection"),
    httpx.ProxyError: _not_done("proxy", "the proxy refuses the connection"),
    httpx.InvalidURL: _installation("bad_url", CHECK_URL),
    httpx.UnsupportedProtocol: _installation("bad_url", CHECK_URL),
    httpx.TooManyRedirects: _installation("redirected", CHECK_URL),
    # While it is under way, or while the answer comes.
    httpx.ReadTimeout: _perhaps("no_answer", "no answer in time"),
    httpx.WriteTimeout: _perhaps("no_answer", "the request could not be sent in time"),
    httpx.TimeoutException: _perhaps("no_answer", "no answer in time"),
    TimeoutError: _perhaps("no_answer", "no answer in time"),
    httpx.ReadError: _perhaps("connection_lost", "the connection broke"),
    httpx.WriteError: _perhaps("connection_lost", "the connection broke"),
    httpx.CloseError: _perhaps("connection_lost", "the connection broke"),
    httpx.NetworkError: _perhaps("connection_lost", "the connection broke"),
    httpx.RemoteProtocolError: _perhaps("connection_lost", "the answer was cut off or is not HTTP"),
    httpx.LocalProtocolError: _perhaps("protocol"),
    httpx.ProtocolError: _perhaps("protocol"),
    httpx.DecodingError: _perhaps("nonsense", "the answer's encoding is broken"),
    httpx.TransportError: UNKNOWN,
    httpx.RequestError: UNKNOWN,
    httpx.HTTPStatusError: UNKNOWN,
    httpx.HTTPError: UNKNOWN,
    # Mistakes in our use of httpx: nobody can say how far the request came.
    httpx.CookieConflict: UNKNOWN,
    httpx.StreamConsumed: UNKNOWN,
    httpx.StreamClosed: UNKNOWN,
    httpx.ResponseNotRead: UNKNOWN,
    httpx.RequestNotRead: UNKNOWN,
    httpx.StreamError: UNKNOWN,
}


def of_exception(error: Exception, *, write: bool) -> Trouble:
    """Say what an exception means. Its own text is left out: it may quote a URL or a header."""
    kind, said = distrust(error)
    if kind == "version":
        return Misconfigured("tls_version", f"HaloPSA: {said}")
    if kind:
        return Misconfigured(
            "certificate", f"HaloPSA's certificate is not trusted ({said}): check [halo] url and ca_file"
        )
    fate = next((EXCEPTIONS[kind] for kind in type(error).__mro__ if kind in EXCEPTIONS), UNKNOWN)
    words = f"{fate.words} ({type(error).__name__})" if fate.words else type(error).__name__
    return (fate.write if write else fate.read)(fate.cause, words)


def of_status(status_code: int, words: str, *, write: bool, retry_after: timedelta | None = None) -> Trouble:
    """Say what an answer means that is no success. `words` are Halo's own, already short and without mail text."""
    fate = STATUSES.get(status_code) or CLASSES.get(status_code // 100, UNKNOWN)
    said = f"HaloPSA answered {status_code}" + (f": {words}" if words else "")
    kind = fate.write if write else fate.read
    return kind(fate.cause, f"{said}; {fate.words}" if fate.words else said, retry_after=retry_after)


def nonsense(what: str, *, write: bool) -> Trouble:
    """Say what a success means whose content cannot be understood."""
    return (CLASSES[2].write if write else CLASSES[2].read)("nonsense", what)
