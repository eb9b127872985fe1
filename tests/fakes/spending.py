"""A budget of requests that says what a test wants."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Purse:
    limit: int = 500
    window: float = 300.0
    spent: Counter[str] = field(default_factory=Counter)
    total: int = 0

    @property
    def free(self):
        return self.limit - self.total

    def used_by(self, payer):
        return self.spent[payer]

    def spend(self, count, of=()):
        self.total += count
        self.spent.update(dict.fromkeys(of, count))
