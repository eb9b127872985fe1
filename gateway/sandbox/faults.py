"""Injected faults: what shall go wrong, for which requests, how often.

Promises: a fault is used up after `count` matching requests, having let `skip` of them pass first; of several that
match the oldest goes first. `write` decides what becomes of the request itself:

    never    it is not performed (a proxy's 502, a refusal, a connection lost on the way in)
    first    it is performed, then the answer goes wrong after `delay` (the answer is lost)
    late     the answer goes out now, and the request is performed `delay` seconds later;
             with do "pass": it is performed after `delay` and answered properly (a slow server)

Only the fault is made here; `door` obeys it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

_PROXY_PAGE = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>"
)
TOO_LARGE = _PROXY_PAGE.format("413 Request Entity Too Large")
_LOGIN_PAGE = (
    "<!DOCTYPE html><html><head><title>Log in</title></head><body><form><input name=user></form></body></html>"
)
_JSON = "application/json; charset=utf-8"
_HTML = "text/html; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"


Do = Literal["answer", "drop", "cut", "pass"]
Write = Literal["never", "first", "late"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    `method` "*" and `path` "/" match everything; a path matches as a prefix, whatever its case. `do`: "answer" sends
    `status` and `body`; "drop" closes the connection without an answer; "cut" sends the real answer's first half as if
    it were whole; "pass" sends the real answer.
    """

    method: str = "*"
    path: str = "/"
    count: int = 1
    skip: int = 0
    write: Write = "never"
    delay: float = 0.0
    do: Do = "answer"
    status: int = 500
    body: str = ""
    content_type: str = _TEXT
    retry_after: str | None = None

    def __post_init__(self) -> None:
        if self.do not in get_args(Do) or self.write not in get_args(Write):
            raise ValueError(f"no such fault: {self.do!r}, written {self.write!r}")
        if self.do in {"cut", "pass"} and self.write == "never":
            raise ValueError(f"{self.do!r} needs a real answer: write must be 'first' or 'late'")
        if self.do == "cut" and self.write == "late":
            raise ValueError("an answer that is cut short is known only after the write")

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is one that this fault is meant for."""
        return self.method.upper() in {"*", method} and path.lower().startswith(self.path.lower())


_LIMIT = "Rate Limit Reached - 700 Requests per rolling 5 minute window."
_CUT = '{"record_count": 1, "tickets": [{"id": 10'
_SENSELESS = '{"weather": ["fine", null, {"id": {}}]}'
NAMED: Mapping[str, Fault] = {
    "rate_limited": Fault(status=429, body=_LIMIT),
    "rate_limited_for_2s": Fault(status=429, body=_LIMIT, retry_after="2"),
    "server_error": Fault(status=500, body="Internal Server Error"),
    "bad_gateway": Fault(status=502, body=_PROXY_PAGE.format("502 Bad Gateway"), content_type=_HTML),
    "unavailable": Fault(status=503, body=_PROXY_PAGE.format("503 Service Unavailable"), content_type=_HTML),
    "gateway_timeout": Fault(status=504, body=_PROXY_PAGE.format("504 Gateway Time-out"), content_type=_HTML),
    "forbidden": Fault(status=403, body=_PROXY_PAGE.format("403 Forbidden"), content_type=_HTML),
    "unauthorized": Fault(status=401),
    "refused": Fault(
        status=400, body='{"ClassName":"System.Exception","Message":"The field is not valid"}', content_type=_JSON
    ),
    "refused_in_text": Fault(status=400, body="CODE:APP03/2 Please select the CAB members to approve"),
    "login_page": Fault(status=200, body=_LOGIN_PAGE, content_type=_HTML),
    "cut_json": Fault(status=200, body=_CUT, content_type=_JSON),
    "senseless_json": Fault(status=200, body=_SENSELESS, content_type=_JSON),
    "dropped": Fault(do="drop"),
    "answer_lost": Fault(do="drop", write="first"),
    "bad_gateway_after_write": Fault(
        status=502, body=_PROXY_PAGE.format("502 Bad Gateway"), content_type=_HTML, write="first"
    ),
    "gateway_timeout_after_write": Fault(
        status=504, body=_PROXY_PAGE.format("504 Gateway Time-out"), content_type=_HTML, write="first"
    ),
    "server_error_after_write": Fault(status=500, body="Internal Server Error", write="first"),
    "cut_json_after_write": Fault(do="cut", write="first"),
    "senseless_json_after_write": Fault(status=200, body=_SENSELESS, content_type=_JSON, write="first"),
    "slow": Fault(do="pass", write="late", delay=1.0),
    "slow_after_write": Fault(do="pass", write="first", delay=1.0),
    "late_write": Fault(do="drop", write="late", delay=1.0),
    "gateway_timeout_late_write": Fault(
        status=504, body=_PROXY_PAGE.format("504 Gateway Time-out"), content_type=_HTML, write="late", delay=1.0
    ),
}


def fault(name: str, method: str = "*", path: str = "/", **changes: Any) -> Fault:
    """A fault of `NAMED`, aimed at some requests; `changes` are fields of `Fault`. KeyError: no such name."""
    return replace(NAMED[name], method=method, path=path, **changes)


@dataclass(slots=True)
class Faults:
    """The faults still to come, and those that have struck."""

    pending: list[Fault] = field(default_factory=list)
    struck: list[Fault] = field(default_factory=list)

    def add(self, *faults: Fault) -> None:
        """Let these go wrong from now on."""
        self.pending.extend(faults)

    def clear(self) -> None:
        """Let nothing more go wrong."""
        self.pending.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that strikes this request, if one does. Each request wears the first match down by one."""
        for index, found in enumerate(self.pending):
            if not found.matches(method, path):
                continue
            if found.skip > 0:
                self.pending[index] = replace(found, skip=found.skip - 1)
                continue
            if found.count > 1:
                self.pending[index] = replace(found, count=found.count - 1)
            else:
                del self.pending[index]
            self.struck.append(found)
            return found
        return None
