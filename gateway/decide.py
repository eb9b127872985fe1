"""Facts to a decision: the first rule with an answer wins, and every verdict up to it is kept for `explain`.

Promises: pure, and total: the last rule always decides. What the evidence is, and that it contradicts itself, stands
before the verdicts. Knows nothing of the ledger, Halo or mail servers.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.model import AddCorrespondence, Decision, Facts, OpenTicket, Verdict
from gateway.rules import RULES
from gateway.rules.answers import answer


def decide(facts: Facts) -> tuple[Decision, tuple[Verdict, ...]]:
    """The decision and what each rule said until it fell."""
    verdicts = _what_is_known(facts)
    for name, rule in RULES:
        said = rule(facts)
        if isinstance(said, str):
            verdicts.append(Verdict(name, said))
            continue
        verdicts.append(Verdict(name, f"decides: {spoken(said)}"))
        if not isinstance(said, OpenTicket) and (why := answer(said, facts)[1]):
            verdicts.append(Verdict("answer", why))
        return said, tuple(verdicts)
    raise AssertionError("the last rule decides every mail")


def later(facts: Facts, verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """What the rules would have said that were not asked, because one before them decided."""
    asked = {one.rule for one in verdicts}
    said = [(name, rule(facts)) for name, rule in RULES if name not in asked]
    return tuple(
        Verdict(name, f"would have said: {one if isinstance(one, str) else spoken(one)}") for name, one in said
    )


def spoken(decision: Decision) -> str:
    """A decision in one line."""
    words = f"{type(decision).__name__}, {decision.reason}"
    match decision:
        case AddCorrespondence():
            more = [f"ticket {decision.ticket_id}"]
            more += ["for agents only"] * decision.hidden + ["opened again"] * decision.reopen
            more += [f"as agent {decision.agent_id}"] * (decision.agent_id is not None)
            return f"{words} ({', '.join(more)})"
        case OpenTicket() if decision.note:
            return f"{words} ({decision.note})"
        case _:
            return words


def _what_is_known(facts: Facts) -> list[Verdict]:
    known = [
        Verdict("evidence", f"{one.kind}, ticket {one.ticket}: {one.words}{', gone' * (one.ticket in facts.gone)}")
        for one in facts.evidence
    ]
    if facts.earlier is not None:
        how = "has the same Message-ID" if facts.earlier.unlike else "is the same mail"
        known.append(Verdict("earlier", f"message {facts.earlier.message} {how}: {facts.earlier.words}"))
    if facts.chosen is not None and (others := {one.ticket for one in facts.evidence} - {facts.chosen.ticket}):
        told = ", ".join(map(str, sorted(others)))
        known.append(
            Verdict("contradiction", f"ticket {facts.chosen.ticket} has the {facts.chosen.kind}; not followed: {told}")
        )
    if facts.requester_words:
        known.append(Verdict("requester", facts.requester_words))
    if facts.ticket is not None and facts.standing_words:
        known.append(Verdict("standing", f"{facts.standing}: {facts.standing_words}"))
    if facts.authenticity_words:
        known.append(Verdict("authentication", f"{facts.authenticity}: {facts.authenticity_words}"))
    return known
