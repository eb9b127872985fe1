"""What is different between two plans for one message, one made then and one made now. Pure.

Promises: only what the rules and the configuration decide is compared: the decision, its reason, its ticket, who sees
it, what the sender is told, where a new ticket goes. Texts, Message-IDs and people are not.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.decide import spoken
from gateway.model import AddCorrespondence, Decision
from gateway.steps import Acknowledge, CreateTicket, Plan

UNKNOWN = -1
"""An id that nobody looked up: it is compared with nothing."""

ROUTED = ("tickettype_id", "status_id", "priority_id", "team", "agent_id", "categories", "custom_fields")
FIELDS = ("hidden", "reopen", "agent_id")
"""Of mail that is added to a ticket."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is otherwise."""

    name: str
    then: object
    now: object


@dataclass(frozen=True, slots=True)
class Difference:
    """What is otherwise. `because`: the first verdict that is, or else where the configuration says so."""

    kind: str  # one for each difference, to count by
    then: str
    now: str
    because: str
    changes: tuple[Change, ...]

    @property
    def words(self) -> str:
        """In one line."""
        decided = [f"{self.then} → {self.now}"] if self.then != self.now else [self.then]
        more = [one for one in self.changes if one.name == "answer" or one.name in (*ROUTED, "client_id")]
        return "; ".join([*decided, *(f"{one.name} {_shown(one.then)} → {_shown(one.now)}" for one in more)])


def compare(then: Plan, now: Plan, *, follows: int | None = None) -> Difference | None:
    """What is otherwise, None for nothing. `follows`: the ticket that was named, if another has taken it over since."""
    changes = [*_decided(then.decision, now.decision, follows), *_answered(then, now), *_routed(then, now)]
    if not changes:
        return None
    return Difference(
        _kind(changes), spoken(then.decision), spoken(now.decision), _because(then, now, changes), tuple(changes)
    )


def _decided(then: Decision, now: Decision, follows: int | None) -> list[Change]:
    if type(then) is not type(now):
        return [Change("decision", type(then).__name__, type(now).__name__)]
    changes = []
    if isinstance(then, AddCorrespondence) and isinstance(now, AddCorrespondence):
        if then.ticket_id not in {now.ticket_id, follows}:
            changes.append(Change("ticket", then.ticket_id, now.ticket_id))
        changes += _fields(FIELDS, then, now)
    return [*changes, *_fields(("reason",), then, now)]


def _answered(then: Plan, now: Plan) -> list[Change]:
    before, after = _answer(then), _answer(now)
    return [] if before == after else [Change("answer", before, after)]


def _answer(plan: Plan) -> str:
    return next((one.occasion for one in plan.steps if isinstance(one, Acknowledge)), "")


def _routed(then: Plan, now: Plan) -> list[Change]:
    before, after = _opened(then), _opened(now)
    if before is None or after is None:
        return []
    changes = _fields(ROUTED, before, after)
    if before.requester.client_id is None and after.requester.client_id is None:  # else it is the sender's own
        changes += _fields(("client_id",), before, after)
    return changes


def _opened(plan: Plan) -> CreateTicket | None:
    return next((one for one in plan.steps if isinstance(one, CreateTicket)), None)


def _fields(names: tuple[str, ...], then: object, now: object) -> list[Change]:
    pairs = [(name, getattr(then, name), getattr(now, name)) for name in names]
    return [Change(name, before, after) for name, before, after in pairs if after not in (before, UNKNOWN)]


def _kind(changes: list[Change]) -> str:
    """What an operator would call it: the weightiest of the changes."""
    by_name = {one.name: one for one in changes}
    if (one := by_name.get("decision")) is not None:
        return f"{one.then} → {one.now}"
    words = (
        ("ticket", "another ticket", "another ticket"),
        ("hidden", "for agents only", "for the customer too"),
        ("reopen", "opened again", "not opened again"),
        ("answer", "answered", "not answered"),
    )
    for name, yes, no in words:
        if name in by_name:
            return yes if by_name[name].now else no
    return "another reason" if set(by_name) == {"reason"} else "routed otherwise"


def _because(then: Plan, now: Plan, changes: list[Change]) -> str:
    for one in now.verdicts:
        if one not in then.verdicts:
            return f"{one.rule}: {one.said}"
    for one in then.verdicts:
        if one not in now.verdicts:
            return f"{one.rule}: no longer {one.said}"
    why: str = getattr(now.decision, "acknowledge_reason", "")
    if any(one.name == "answer" for one in changes) and why:
        return f"acknowledge: {why}"
    return f"configuration: {', '.join(one.name for one in changes)}"


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(" ".join(one) if isinstance(one, tuple) else str(one) for one in value) or "none"
    return "none" if value in {None, ""} else str(value)
