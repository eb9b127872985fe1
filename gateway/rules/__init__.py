"""The policy at a glance: rules in order, the first with a decision wins, and each one's verdict is kept.

Promises: pure functions of `Facts`. A rule returns a decision, or words that say why it has none.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.model import Decision, Facts
from gateway.rules import automatic, loops, new, reply, same_again, whole

Rule = Callable[[Facts], Decision | str]

RULES: tuple[tuple[str, Rule], ...] = (
    ("own mail", loops.own_mail),
    ("loop", loops.loop),
    ("same again", same_again.same_again),
    ("whole", whole.whole),
    ("delivery report", automatic.delivery_report),
    ("reply", reply.by_thread),
    ("ticket reference", reply.by_subject),
    ("automatic answer", automatic.unmatched_answer),
    ("new ticket", new.new_ticket),
)
