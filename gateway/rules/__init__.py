"""The policy at a glance: rules in order, the first with a decision wins, and each one's verdict is kept.

Promises: pure functions of `Facts`. A rule returns a decision, or words that say why it has none.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.model import Decision, Facts
from gateway.rules import automatic, chosen, loops, new, reply, same_again, whole

Rule = Callable[[Facts], Decision | str]

RULES: tuple[tuple[str, Rule], ...] = (
    ("operator", chosen.by_operator),
    ("own mail", loops.own_mail),
    ("same again", same_again.same_again),
    ("loop", loops.loop),
    ("whole", whole.whole),
    ("configured rule", chosen.by_rule),
    ("delivery report", automatic.delivery_report),
    ("reply", reply.reply),
    ("automatic answer", automatic.unmatched_answer),
    ("new ticket", new.new_ticket),
)
