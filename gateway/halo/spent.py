"""What was spent in the window that ends now, and on whose account.

Promises: exact, and bounded by what the window can hold. Knows nothing of who may spend how much.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable


class Spent:
    """`window` in seconds; `monotonic` counts them."""

    def __init__(self, window: float, monotonic: Callable[[], float]) -> None:
        self._window = window
        self._monotonic = monotonic
        self._times: deque[tuple[float, tuple[str, ...]]] = deque()
        self._by: Counter[str] = Counter()

    def add(self, payers: tuple[str, ...]) -> None:
        """One more, on the account of each of these."""
        self._forget()
        self._times.append((self._monotonic(), payers))
        self._by.update(payers)

    def of(self, payer: str) -> int:
        """How many on the account of one."""
        self._forget()
        return self._by[payer]

    @property
    def total(self) -> int:
        """How many altogether."""
        self._forget()
        return len(self._times)

    def _forget(self) -> None:
        since = self._monotonic() - self._window
        while self._times and self._times[0][0] <= since:
            for payer in self._times.popleft()[1]:
                self._by[payer] -= 1
                if not self._by[payer]:
                    del self._by[payer]
