"""Tables as lines of text: columns where a table holds data, one cell below the other where it only arranges.

Promises: linear; no line grows by more than the narrow columns it is aligned to. Fails: never. Knows nothing of HTML.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

Cell = Sequence[str]
WIDEST_LINE = 120  # characters: what is wider is text that flows, not a row
WIDEST_COLUMN = 60
BETWEEN = "  "


def lay_out(rows: Sequence[Sequence[Cell]]) -> list[str]:
    """The lines of a table whose cells are lines; an empty one between parts that are set apart."""
    filled = [[_trimmed(cell) for cell in row] for row in rows]
    filled = [row for row in filled if any(row)]
    widths = _widths(filled)
    lines: list[str] = []
    tall = False  # whether the row above takes more than a line
    for row in filled:
        cells = [cell for cell in row if cell]
        one_line = _one_line(row, cells, widths)
        if lines and (tall or one_line is None):
            lines.append("")
        tall = one_line is None
        lines.extend(_flowing(cells) if one_line is None else [one_line])
    return lines


def _trimmed(cell: Cell) -> Cell:
    first, last = 0, len(cell)
    while first < last and not cell[first].strip():
        first += 1
    while last > first and not cell[last - 1].strip():
        last -= 1
    return cell[first:last]


def _is_row(cells: Sequence[Cell]) -> bool:
    """Whether the cells may stand side by side."""
    return all(len(cell) <= 1 for cell in cells) and sum(len(cell[0]) + 2 for cell in cells if cell) <= WIDEST_LINE


def _widths(rows: Sequence[Sequence[Cell]]) -> list[int]:
    """How wide each column is, over the rows that have several; nothing if there are too few or they are too wide."""
    several = [row for row in rows if sum(map(bool, row)) > 1 and _is_row(row)]
    if len(several) < 2:
        return []
    widths = [0] * max(map(len, several))
    for row in several:
        for at, cell in enumerate(row):
            if cell:
                widths[at] = max(widths[at], len(cell[0]))
    used = [width for width in widths if width]
    return widths if max(used) <= WIDEST_COLUMN and sum(used) + 2 * len(used) <= WIDEST_LINE else []


def _one_line(row: Sequence[Cell], cells: Sequence[Cell], widths: Sequence[int]) -> str | None:
    if not _is_row(cells):
        return None
    if not widths or len(cells) == 1:
        return BETWEEN.join(cell[0].strip() for cell in cells)
    padded = ((cell[0].strip() if cell else "").ljust(width) for cell, width in zip(row, widths, strict=False) if width)
    return BETWEEN.join(padded).rstrip()


def _flowing(cells: Sequence[Cell]) -> Iterator[str]:
    for at, cell in enumerate(cells):
        if at and (len(cell) > 1 or len(cells[at - 1]) > 1):
            yield ""
        yield from cell
