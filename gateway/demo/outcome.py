"""What the ledger knows of one mail, in the few words that fit into a row.

Promises: pure; only states, reasons, counts and Halo's numbers are shown, never words of the mail. Knows nothing of
terminals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from gateway import plan_json
from gateway.model import AddCorrespondence, Ignore, OpenTicket, Quarantine
from gateway.steps import Acknowledge, AddAction, CreateTicket, Plan, UploadAttachment
from storage.model import StoredReceipt
from storage.reading import Journey
from storage.states import State


@dataclass(frozen=True, slots=True)
class Outcome:
    """The cells of one row. `state` is a ledger state, or where a mail is before the ledger has it."""

    state: str
    became: str = ""
    attachments: str = ""
    acknowledgement: str = ""


def outcome(journey: Journey) -> Outcome:
    """How far one message has come."""
    message = journey.message
    plan = _plan(journey)
    became, acknowledgement = "", ""
    receipts = {one.name: one.receipt for one in journey.steps if one.receipt is not None}
    if plan is not None:
        became, acknowledgement = _became(plan, receipts), _acknowledged(plan, receipts)
    if message.state in {State.QUARANTINED, State.BROKEN}:
        became = f"set aside: {message.cause}"
    elif message.state is State.DEFERRED:
        waits = f"for message {message.waits_for}" if message.waits_for is not None else message.cause
        became = f"{became}, waits: {waits}" if became else f"waits: {waits}"
    return Outcome(str(message.state), became, _attachments(plan, receipts), acknowledgement)


def _plan(journey: Journey) -> Plan | None:
    return None if journey.plan is None else plan_json.read(journey.plan)


def _became(plan: Plan, receipts: dict[str, StoredReceipt]) -> str:
    decision = plan.decision
    match decision:
        case OpenTicket():
            opened = _number(plan, CreateTicket, receipts)
            return f"ticket {opened}" if opened is not None else "opens a ticket"
        case AddCorrespondence():
            added = _number(plan, AddAction, receipts)
            hidden = ", hidden" if decision.hidden else ""
            on = f"ticket {decision.ticket_id}"
            return f"{on}, action {added}{hidden}" if added is not None else f"goes to {on}"
        case Ignore() | Quarantine():
            return f"nothing: {decision.reason}"
        case _:
            assert_never(decision)


def _attachments(plan: Plan | None, receipts: dict[str, StoredReceipt]) -> str:
    """How many are at Halo; "1 of 2" while some are on their way."""
    names = [step.name for step in plan.steps if isinstance(step, UploadAttachment)] if plan is not None else []
    there = sum(name in receipts for name in names)
    return str(there or "") if there == len(names) else f"{there} of {len(names)}"


def _acknowledged(plan: Plan, receipts: dict[str, StoredReceipt]) -> str:
    match plan.decision:
        case OpenTicket(acknowledge=True):
            names = [step.name for step in plan.steps if isinstance(step, Acknowledge)]
            sent = next((receipts[name] for name in names if name in receipts), None)
            return sent.how if sent is not None else "to be sent"
        case OpenTicket():
            return f"none: {plan.decision.acknowledge_reason}"
        case AddCorrespondence():
            return "none: no new ticket"
        case Ignore() | Quarantine():
            return "none"
        case _:
            assert_never(plan.decision)


def _number(plan: Plan, kind: type[CreateTicket | AddAction], receipts: dict[str, StoredReceipt]) -> int | None:
    names = (step.name for step in plan.steps if isinstance(step, kind))
    return next((receipts[name].id for name in names if name in receipts), None)
