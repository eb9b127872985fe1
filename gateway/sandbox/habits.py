"""What one instance does otherwise than its dialect does of itself: switches for what differs from tenant to tenant.

Promises: values that may be changed while it is served; each default is the dialect's own way. Source: servers met in
the field, whose answers come in three shapes, whose proxies have limits, and whose ticket types ask for more fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

Shape = Literal["bare", "array", "wrapped"]


@dataclass(slots=True)
class Habits:
    """`answers`: the shape in which a POST is answered; None: the dialect's own.

    `largest_body`: octets of a request, beyond which a proxy says 413. `required`: fields that a ticket type asks for.
    `retry_after`: whether a 429 says when to come again. `window`: of the rate limit. `picture_links`: whether the
    upload of a picture answers a link to it.
    """

    answers: Shape | None = None
    largest_body: int | None = None
    retry_after: bool = False
    window: timedelta = timedelta(minutes=5)
    picture_links: bool = True
    required: dict[int, set[str]] = field(default_factory=dict)

    def shaped(self, entity: str, rows: Sequence[dict[str, Any]], own: Shape) -> object:
        """The answer to a POST in the shape asked for, else in the dialect's `own`."""
        match self.answers or own:
            case "bare":
                return rows[-1]
            case "array":
                return list(rows)
            case "wrapped":
                return {entity: list(rows)}
