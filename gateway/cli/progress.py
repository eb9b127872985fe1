"""How far a long command is: a bar on a terminal, a line now and then elsewhere, on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gateway.cli import out


@contextmanager
def progress(what: str, total: int, *, quiet: bool) -> Iterator[Callable[..., None]]:
    """A bar with rate and remaining time on a terminal; a line every ten seconds elsewhere. Call it with a count."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    if quiet:
        yield lambda _count, **_: None
    elif out.on_terminal(err=True):
        columns = (
            TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"), TimeRemainingColumn(),
        )  # fmt: skip
        with Progress(*columns, console=out.console(err=True), speed_estimate_period=60) as bar:
            task = bar.add_task(what, total=total, rate="")

            def step(count: int, *, skip: bool = False) -> None:
                if skip:
                    bar.update(task, completed=count)
                else:
                    bar.update(task, advance=count)
                speed = bar.tasks[0].speed
                bar.update(task, rate=f"{speed:.0f}/s" if speed else "")

            yield step
    else:
        yield _Lines(what, total).step


class _Lines:
    """Progress where there is no terminal."""

    def __init__(self, what: str, total: int) -> None:
        from time import monotonic

        self._what, self._total, self._clock = what, total, monotonic
        self._done = self._first = 0
        self._began = self._told = monotonic()

    def step(self, count: int, *, skip: bool = False) -> None:
        """So many more; `skip`: they were done before."""
        self._done += count
        self._first += count if skip else 0
        now = self._clock()
        if now - self._told < 10 and self._done < self._total:
            return
        self._told = now
        rate = (self._done - self._first) / max(now - self._began, 0.001)
        left = (self._total - self._done) / rate if rate else 0
        out.tell(f"{self._what}: {self._done} of {self._total}, {rate:.0f}/s, {left:.0f} s left")
