"""Plans to JSON and back, versioned: a plan stored before an upgrade is resumed after it.

Promises: `read(write(plan)) == plan`; `reduced` holds nothing of the mail's text, and tells as before who decided what,
and why. A plan of an unknown version raises ValueError. The class of each variant is its
tag, so renaming a class is a new version.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from gateway.model import AddCorrespondence, Ignore, OpenTicket, Quarantine, Verdict
from gateway.steps import (
    Acknowledge,
    AddAction,
    CreateTicket,
    CreateUser,
    NoteRefused,
    Plan,
    Reopen,
    ShowPictures,
    TellAgents,
    UploadAttachment,
)

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


def reduced(text: str | None) -> str | None:
    """What is to stay of a plan that was carried out: the decision and what each rule said, and no step.

    None of one that this code does not know: what its texts are, nobody can tell.
    """
    try:
        plan = read(text) if text is not None else None
    except ValueError:
        return None
    if plan is None:
        return None
    decision = plan.decision
    if isinstance(decision, OpenTicket):
        decision = replace(decision, note="")
    elif isinstance(decision, AddCorrespondence):
        decision = replace(decision, warning="", dead=(), answer="")
    return write(Plan(decision, (), plan.verdicts))


def _tagged(value: Any) -> dict[str, object]:
    return {"kind": type(value).__name__, **dataclasses.asdict(value)}


def _untagged(adapters: dict[str, TypeAdapter[Any]], held: dict[str, object]) -> Any:
    kind = str(held.pop("kind"))
    if kind not in adapters:
        raise ValueError(f"unknown variant {kind!r} in a stored plan")
    return adapters[kind].validate_python(held)
