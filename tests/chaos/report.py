"""What a run says: how far it is, what was done to the gateway, and what became of every mail."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from chaos.judge import Fault

if TYPE_CHECKING:
    from chaos.run import Machine
    from chaos.world import World

MOST = 40
"""Faults that are listed; the file has them all."""


class Report:
    """Lines on standard output, and a file in the run's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def line(self, text: str) -> None:
        """One line."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def begin(self, world: World) -> None:
        """What it will be."""
        scale = world.scale
        self.line(
            f"seed {scale.seed}, run {world.session} of {self._folder}: {scale.hosts} host(s) on {scale.database}, "
            f"writes up to {scale.late:g} s late, ambiguity_window {scale.window:g} s"
        )
        if world.letters:
            self.line(f"gone on with: {len(world.letters)} mails are here already")
        for one in world.missing:
            self.line(f"this machine does not let us have {one}")

    def progress(self, elapsed: float, of: float, machine: Machine) -> None:
        """Every few seconds."""
        world = machine.world
        self.line(
            f"{elapsed:5.0f} of {of:.0f} s  {len(world.letters):5} mails  {machine.settled():5} at HaloPSA  "
            f"{machine.waiting():4} wait  {world.counts['kills']:4} kills  {machine.weather.now}"
        )

    def draining(self, elapsed: float, counts: Mapping[str, int]) -> None:
        """While the rest is done."""
        stand = "  ".join(f"{state} {count}" for state, count in counts.items() if count)
        self.line(f"drain {elapsed:4.0f} s  {stand}")

    def verdict(self, machine: Machine, faults: list[Fault], *, in_time: bool) -> None:
        """The table, and every fault."""
        world = machine.world
        held = world.sandbox
        self.line("\nWhat was done")
        rows = Counter(world.counts)
        for proxy in world.proxies.values():
            rows.update({f"{proxy.name} connections: {kind}": count for kind, count in proxy.met.items()})
        for name, count in sorted(rows.items()):
            self.line(f"  {name:<58}{count:>7}")
        self.line("What came in, over all runs of this folder")
        for kind, count in sorted(Counter(one.kind for one in world.letters).items()):
            self.line(f"  {kind:<58}{count:>7}")
        kinds = Counter(one.kind for one in faults)
        tickets, answers = len(held.tickets), len(world.smtp.messages)
        self.line(f"What there is: {tickets} tickets, {machine.settled() - tickets} entries, {len(held.attachments)} "
                  f"attachments, {answers} acknowledgements")  # fmt: skip
        self.line("Verdict" if in_time else "Verdict (not everything came to rest in time)")
        for kind in ("lost", "doubled", "attachment lost", "attachment doubled", "answered twice"):
            self.line(f"  {kind:<58}{kinds.pop(kind, 0):>7}")
        for kind, count in kinds.items():
            self.line(f"  {kind:<58}{count:>7}")
        words = [f"{one.kind}: letter {one.letter}: {one.words}" for one in faults]
        (self._folder / "faults.txt").write_text("".join(f"{one}\n" for one in words))
        for one in words[:MOST]:
            self.line(f"  {one}")
        scale = world.scale
        well = f"{len(faults)} faults; kept: {self._folder}" if faults else "every mail has had its one outcome"
        self.line(f"seed {scale.seed}: {well}")
