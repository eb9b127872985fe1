"""What is known of an effect afterwards: its receipt, or what a look-up may go by when there is none.

Promises: frozen values, no behaviour. Knows nothing of what the effect was.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

SHADOW = "shadow"
"""How a receipt says that nothing was done: it was pretended."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of an effect, kept in the ledger for ever.

    `id` is the other side's number (ticket, action within its ticket, attachment); `how` says how we know: "answered",
    "found" (by look-up after a doubt), for an acknowledgement "sent", "refused", "unknown", "budget", "given_up", for
    an attachment "refused", or "not_needed"; SHADOW for what was only pretended. `link`: where an attachment can be
    seen, if Halo said so.
    """

    id: int | None
    how: str
    words: str = ""
    link: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a look-up may go by: the marker, when the intent was recorded, and the newest ticket known before it."""

    marker: str
    since: datetime
    ticket_floor: int | None = None
    taken: frozenset[int] = frozenset()  # ids on the other side that are another step's receipt
