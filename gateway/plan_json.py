"""Plans to JSON and back, versioned: a plan stored before an upgrade is resumed after it.

Promises: `read(write(plan)) == plan`. A plan of an unknown version raises ValueError. The class of each variant is its
tag, so renaming a class is a new version.
"""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from pydantic import TypeAdapter

from gateway.model import (
    Acknowledge,
    AddAction,
    AddCorrespondence,
    CreateTicket,
    CreateUser,
    Ignore,
    NoteRefused,
    OpenTicket,
    Plan,
    Quarantine,
    Reopen,
    ShowPictures,
    TellAgents,
    UploadAttachment,
    Verdict,
)  # fmt: skip

VERSION = 1

_DECISIONS = {kind.__name__: TypeAdapter(kind) for kind in (OpenTicket, AddCorrespondence, Ignore, Quarantine)}
_STEPS: dict[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind)
    for kind in (
        CreateUser,
        CreateTicket,
        AddAction,
        UploadAttachment,
        Acknowledge,
        Reopen,
        TellAgents,
        ShowPictures,
        NoteRefused,
    )
}


def write(plan: Plan) -> str:
    """The plan as one JSON object; ASCII, so that any database keeps it."""
    return json.dumps(
        {
            "version": VERSION,
            "decision": _tagged(plan.decision),
            "steps": [_tagged(step) for step in plan.steps],
            "verdicts": [[verdict.rule, verdict.said] for verdict in plan.verdicts],
        },
        default=str,
    )


def read(text: str) -> Plan:
    """The plan again. ValueError: not one of ours, or of a version that this code does not know."""
    held = json.loads(text)
    if held.get("version") != VERSION:
        raise ValueError(f"plan of version {held.get('version')}, this code knows {VERSION}")
    return Plan(
        _untagged(_DECISIONS, held["decision"]),
        tuple(_untagged(_STEPS, step) for step in held["steps"]),
        tuple(Verdict(rule, said) for rule, said in held["verdicts"]),
    )


def _tagged(value: Any) -> dict[str, object]:
    return {"kind": type(value).__name__, **dataclasses.asdict(value)}


def _untagged(adapters: dict[str, TypeAdapter[Any]], held: dict[str, object]) -> Any:
    kind = str(held.pop("kind"))
    if kind not in adapters:
        raise ValueError(f"unknown variant {kind!r} in a stored plan")
    return adapters[kind].validate_python(held)
