"""Rich's console, in which foreign texts are made printable before they are measured; styles are ours.

Promises: no text brings a control sequence, a turn of direction or a character that nobody sees. Fails as writing does.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from gateway.visible import printable


class SafeConsole(Console):
    """Rich's console, in which texts are made printable before they are measured; styles are ours."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """As Rich does."""
        for segment in super().render(renderable, options):
            if segment.control or (segment.text.isascii() and segment.text.isprintable()):
                yield segment
            else:
                yield Segment(printable(segment.text), segment.style)
