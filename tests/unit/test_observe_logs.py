"""The log: its form, and what never gets into it."""

from __future__ import annotations

import asyncio
import gc
import inspect
import io
import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from gateway.observe import logs, maillog


@pytest.fixture
def log():
    """Where events go; the process's logging is put back afterwards."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions = raising
    for name in logs.TALKATIVE:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.configure(**before)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_text_is_one_line_an_event_whatever_is_in_it(log):
    logs.configure("text", "info", stream=log)
    maillog.alert("mailbox support", "said\n2026-01-01 forged\x1b[2J")
    assert len(log.getvalue().splitlines()) == 1
    assert "\x1b" not in log.getvalue()
    assert "about='mailbox support'" in log.getvalue()


def test_json_is_one_document_an_event(log):
    logs.configure("json", "info", stream=log)
    maillog.step_done(3, "ticket", "answered", 77)
    (event,) = lines(log)
    assert event | {"timestamp": ""} == {
        "event": "step done",
        "level": "info",
        "timestamp": "",
        "message": 3,
        "step": "ticket",
        "how": "answered",
        "number": 77,
    }
    assert datetime.fromisoformat(event["timestamp"]).tzinfo == UTC


def test_the_level_holds(log):
    logs.configure("json", "warning", stream=log)
    maillog.stopping()
    maillog.fenced(1)
    assert [event["event"] for event in lines(log)] == ["fenced"]


def test_secrets_are_not_shown(log):
    logs.configure("json", "info", stream=log)
    keys = {
        "client_secret": "s3",
        "Authorization": "s3",
        "smtp_password": "s3",
        "access_token": "s3",
        "x": {"token": "s3"},
    }
    structlog.stdlib.get_logger().info("event", **keys)
    assert "s3" not in log.getvalue()
    assert lines(log)[0]["client_secret"] == "(not shown)"


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_exception_is_a_name_and_places(log, form):
    logs.configure(form, "debug", stream=log)

    def fails(mail: str) -> None:
        raise ValueError(f"cannot read {mail}")

    try:
        fails("dear support")
    except ValueError as error:
        structlog.stdlib.get_logger().exception("ours")
        logging.getLogger("elsewhere").exception("theirs")
        maillog.broken(7, "support", "ValueError", error)
    assert len(log.getvalue().splitlines()) == 3
    assert log.getvalue().count("fails:") == 3
    assert "dear support" not in log.getvalue()


async def test_a_task_that_nobody_waited_for_does_not_tell_its_mail(log):
    logs.configure("json", "debug", stream=log)

    async def fails() -> None:
        raise ValueError("dear support")

    task = asyncio.create_task(fails())
    await asyncio.wait({task})
    del task
    gc.collect()
    (event,) = lines(log)
    assert event["event"] == "Task exception was never retrieved"
    assert event["error"] == "ValueError"
    assert "dear support" not in log.getvalue()


def test_libraries_that_log_mail_are_quiet_even_when_debugging(log):
    logs.configure("json", "debug", stream=log)
    for name in logs.TALKATIVE:
        logging.getLogger(name).info("LOGIN user pw")
        logging.getLogger(f"{name}.inner").debug("LOGIN user pw")
    assert log.getvalue() == ""


def test_a_line_that_cannot_be_written_is_nobodys_end(log, capsys):
    class Broken(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError

    logs.configure("text", "info", stream=Broken())
    maillog.alert("x", "dear support")
    assert "dear support" not in capsys.readouterr().err


EXAMPLES: dict[str, Any] = {
    "int": 1, "str": "word", "datetime": datetime(2026, 1, 1, tzinfo=UTC), "int | None": None, "float": 1.5,
    "bool": True,
}  # fmt: skip


def test_every_event_can_be_written_in_one_line(log):
    logs.configure("json", "debug", stream=log)
    functions = [
        one for _, one in inspect.getmembers(maillog, inspect.isfunction) if one.__module__ == maillog.__name__
    ]
    for function in functions:
        kinds = {name: str(one.annotation) for name, one in inspect.signature(function).parameters.items()}
        function(
            **{name: ValueError("x") if kind == "BaseException" else EXAMPLES[kind] for name, kind in kinds.items()}
        )
    events = [event["event"] for event in lines(log)]
    assert len(events) == len(functions) == len(set(events))


def test_no_event_has_room_for_mail():
    for _, function in inspect.getmembers(maillog, inspect.isfunction):
        assert not {"subject", "address", "sender", "text", "body", "message_id"} & set(
            inspect.signature(function).parameters
        )
