"""Which of several tickets that a mail names it belongs to: the strongest evidence that its sender may follow.

Promises: a mail that names one ticket costs no request here, and no mail more than `most` tickets. Where the sender may
follow nothing, the evidence stays that lets them go furthest, the strongest of equals. Fails with the errors of the
backend. Decides nothing: it asks the rule that will.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from gateway.model import Facts, Kind, Standing, TicketView
from gateway.rules.senders import STRICTNESS, leave
from parsers.model import AutomationKind

REPORTS = frozenset({AutomationKind.BOUNCE, AutomationKind.DELAY, AutomationKind.READ_RECEIPT})


async def strongest(
    facts: Facts,
    look_up: Callable[[int], Awaitable[TicketView | None]],
    judged: Callable[[Facts], Awaitable[Facts]],
    most: int,
) -> Facts:
    """The facts with the evidence that is followed; they come with the strongest whose ticket there is.

    `judged` fills in what the sender is to the chosen ticket.
    """
    best = await judged(facts)
    if facts.chosen is None or facts.override:
        return best
    seen = {facts.chosen.ticket, *facts.gone}
    there = {facts.ticket.id} if facts.ticket is not None else set()
    gone = list(facts.gone)
    for one in facts.evidence:
        if _strictness(best) == 0 or len(seen) >= most:
            break
        if one.ticket in seen or one.ticket in there:
            continue
        seen.add(one.ticket)
        ticket = await look_up(one.ticket)
        if ticket is None:
            gone.append(one.ticket)
        elif ticket.id not in there:
            there.add(ticket.id)
            other = await judged(replace(facts, chosen=one, ticket=ticket))
            best = other if _strictness(other) < _strictness(best) else best
    return replace(best, gone=tuple(gone))


def _strictness(facts: Facts) -> int:
    """0: the sender may go there; the higher, the less comes of it. A report goes wherever its own rule lets it."""
    if facts.mail.automation.kind in REPORTS and facts.chosen is not None:
        foreign = facts.standing is Standing.OTHER_CLIENT and facts.chosen.kind is not Kind.SIGNED
        return len(STRICTNESS) if foreign or facts.chosen.kind is Kind.MENTIONED else 0
    return STRICTNESS.index(leave(facts).outcome)
