"""Shows what becomes of each mail: a live table on a terminal, plain lines at the end elsewhere.

Promises: without a terminal no escape code is written, and each mail has one line. Knows nothing of the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gateway.demo.outcome import Outcome
from storage.states import State

HEADINGS = ("", "mail", "state", "what became of it", "files", "acknowledgement")

STYLES = {
    State.DONE: "green",
    State.ACTIVE: "yellow",
    State.DEFERRED: "yellow",
    State.BROKEN: "bold red",
    State.QUARANTINED: "red",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One mail."""

    number: int
    what: str
    outcome: Outcome

    @property
    def cells(self) -> tuple[str, ...]:
        """As text, in the order of HEADINGS."""
        shown = self.outcome
        return (str(self.number), self.what, shown.state, shown.became, shown.attachments, shown.acknowledgement)


class Screen:
    """Use it as a context manager; leaving it leaves the last table to be read."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._rows: Sequence[Row] = ()
        terminal = console.is_interactive and console.file.isatty()
        self._live = Live(console=console, refresh_per_second=10) if terminal else None

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
            return
        for line in lines(self._rows):
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def show(self, rows: Sequence[Row]) -> None:
        """What is known now."""
        self._rows = rows
        if self._live is not None:
            self._live.update(table(rows))


def table(rows: Sequence[Row]) -> Table:
    """For a terminal."""
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in HEADINGS:
        shown.add_column(heading, justify="right" if heading in {"", "files"} else "left")
    for row in rows:
        state = row.outcome.state
        styles = dict.fromkeys(range(len(HEADINGS)), "")
        styles[2] = next((style for known, style in STYLES.items() if known == state), "dim")
        shown.add_row(*(Text(cell, style=styles[index]) for index, cell in enumerate(row.cells)))
    return shown


def lines(rows: Sequence[Row]) -> list[str]:
    """For a file: the same columns, as wide as they need to be."""
    cells = [HEADINGS, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]
