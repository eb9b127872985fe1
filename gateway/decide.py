"""Facts to a decision: the first rule with an answer wins, and every verdict up to it is kept for `explain`.

Promises: pure, and total: the last rule always decides. Knows nothing of the ledger, Halo or mail servers.
"""

from __future__ import annotations

from gateway.model import Decision, Facts, Verdict
from gateway.rules import RULES


def decide(facts: Facts) -> tuple[Decision, tuple[Verdict, ...]]:
    """The decision and what each rule said until it fell."""
    verdicts: list[Verdict] = []
    for name, rule in RULES:
        said = rule(facts)
        if isinstance(said, str):
            verdicts.append(Verdict(name, said))
            continue
        verdicts.append(Verdict(name, f"decides: {type(said).__name__}, {said.reason}"))
        return said, tuple(verdicts)
    raise AssertionError("the last rule decides every mail")
