"""The ways through the statuses: what a change of status needs, before it is sent. Pure.

Promises: the documented table and nothing else forbids; a way that is not in the picture is a warning. Statuses are
known by their names, because their ids are each tenant's own; a name that nobody listed forbids nothing. Fails: never.
Knows nothing of HTTP and of how a ticket is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Stage(StrEnum):
    """What a status means, whatever its id is."""

    NEW = "New"
    IN_PROGRESS = "In Progress"
    PENDING = "Pending"
    ON_HOLD = "On Hold"
    WAITING_ON_CLIENT = "Waiting on Client"
    WAITING_ON_THIRD_PARTY = "Waiting on Third Party"
    RESOLVED = "Resolved"
    CLOSED = "Closed"
    OTHER = ""


WAYS: Final[Mapping[Stage, frozenset[Stage]]] = {
    Stage.NEW: frozenset({Stage.IN_PROGRESS, Stage.CLOSED}),
    Stage.IN_PROGRESS: frozenset({Stage.PENDING, Stage.CLOSED}),
    Stage.PENDING: frozenset({Stage.WAITING_ON_CLIENT, Stage.CLOSED}),
    Stage.WAITING_ON_CLIENT: frozenset({Stage.RESOLVED, Stage.CLOSED}),
    Stage.RESOLVED: frozenset({Stage.CLOSED}),
}
PAUSING: Final = frozenset({Stage.ON_HOLD, Stage.WAITING_ON_CLIENT, Stage.WAITING_ON_THIRD_PARTY})
"""The clock of the SLA stands still."""
DONE: Final = frozenset({Stage.RESOLVED, Stage.CLOSED})

_BY_NAME: Final = {stage.value.lower(): stage for stage in Stage if stage}
_OTHER_NAMES: Final = {
    "completed": Stage.CLOSED,
    "in-progress": Stage.IN_PROGRESS,
    "waiting on user": Stage.WAITING_ON_CLIENT,
    "awaiting user": Stage.WAITING_ON_CLIENT,
    "with user": Stage.WAITING_ON_CLIENT,
    "waiting on customer": Stage.WAITING_ON_CLIENT,
    "with supplier": Stage.WAITING_ON_THIRD_PARTY,
    "waiting on supplier": Stage.WAITING_ON_THIRD_PARTY,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands against a change, and what is only odd about it. Sentences for people, each with its cure."""

    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the change may be sent: warnings do not stop it."""
        return not self.errors


def stage_of(name: str) -> Stage:
    """What a status of this name means."""
    known = " ".join(name.lower().split())
    return _BY_NAME.get(known) or _OTHER_NAMES.get(known) or Stage.OTHER


def judge(before: Stage, after: Stage, *, resolution: str = "", assigned: bool = True) -> Verdict:
    """Whether a ticket may go from one stage to another. `resolution`: its text, the new or the old one."""
    errors: list[str] = []
    warnings: list[str] = []
    if before == after:
        return Verdict()
    if after in DONE:
        if not resolution.strip():
            errors.append(f"{after} needs a resolution: say how the ticket was resolved (--resolution)")
        if before == Stage.NEW:
            warnings.append(f"straight from {before} to {after}: the step {Stage.IN_PROGRESS} was left out")
    if after == Stage.IN_PROGRESS and not assigned:
        warnings.append(f"{after}, but nobody is assigned: name an agent (--agent)")
    if before in WAYS and after != Stage.OTHER and after not in WAYS[before] and not (before == Stage.NEW and warnings):
        warnings.append(f"from {before} to {after} is not one of the usual ways")
    if before == Stage.CLOSED:
        warnings.append(f"a closed ticket is opened again as {after.value or 'another status'}")
    return Verdict(tuple(errors), tuple(warnings))
