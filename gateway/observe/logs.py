"""The log's form: text for people, JSON for programs, on standard error; systemd's journal adds the rest.

Promises: one event is one line. Values of keys that hold secrets never appear, nor do the words of an exception or the
variables round it, because they may be mail: of a traceback only the places in the code are told. Libraries that log
mail or passwords are kept quiet, at whatever level. Fails never.
"""

from __future__ import annotations

import json
import logging
import sys
from types import TracebackType
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from gateway import visible
from gateway.secrecy import mask

SECRET_WORDS = ("password", "secret", "token", "authorization", "credential")
TALKATIVE = (
    "aioimaplib",
    "aioimaplib.aioimaplib",
    "aiosmtplib",
    "httpx",
    "httpcore",
    "asyncio",
    "sqlalchemy",
    "aiosqlite",
    "alembic",
    "chardet",
    "mail.log",  # aiosmtpd, in the demo
    "pymap",
)
"""Libraries whose debug lines hold mail, passwords or requests."""

LONGEST = 500
"""Characters of a line that a library logs."""


def configure(form: Literal["text", "json"] = "text", level: str = "info", *, stream: TextIO | None = None) -> None:
    """Set the log up; the last call counts."""
    out = stream or sys.stderr
    renderer: Processor
    if form == "json":
        renderer = structlog.processors.JSONRenderer(serializer=_document)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=out.isatty(), pad_event_to=20)
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact,
    ]
    if form != "json":
        shared.append(seen)
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=[*shared, one_line],
            use_get_message=True,
        )
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    logging.raiseExceptions = False  # else a line that cannot be written would be shown with all its arguments
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Values whose key sounds like a secret are not for the log, nor is what an exception says."""
    found = event.pop("exc_info", None)
    for unwanted in ("exc_text", "exception", "stack_info", "stack"):
        event.pop(unwanted, None)
    error = sys.exc_info()[1] if found is True else found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        event["places"] = places(error.__traceback__)
    for key, value in event.items():
        event[key] = _redacted(key, value)
    return event


def one_line(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Of what a library says only the first line: asyncio puts the repr of an exception into the next ones."""
    first = mask(str(event.get("event", "")).strip().split("\n", 1)[0])
    event["event"] = "".join(char if char.isprintable() else " " for char in first[:LONGEST])
    return event


def seen(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """For people: nothing that a terminal would obey, hide or turn round."""
    return {visible.one_line(key): _seen(value) for key, value in event.items()}


def places(trace: TracebackType | None) -> str:
    """Where an exception went through, innermost last: names and lines of code, never values."""
    found = []
    while trace is not None:
        found.append(f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " ".join(found[-6:])


def _seen(value: Any) -> Any:
    if isinstance(value, dict):
        return {_seen(str(key)): _seen(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_seen(one) for one in value]
    return visible.one_line(value) if isinstance(value, str) else value


def _document(event: EventDict, **how: Any) -> str:
    return visible.escaped(json.dumps(event, **how))


def _redacted(key: str, value: Any) -> Any:
    if any(word in key.lower() for word in SECRET_WORDS):
        return "(not shown)"
    if isinstance(value, dict):
        return {inner: _redacted(str(inner), one) for inner, one in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted("", one) for one in value]
    return mask(value) if isinstance(value, str) else value
