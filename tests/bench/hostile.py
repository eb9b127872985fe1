"""The slowest inputs that anybody has found so far, timed as they grow.

    PYTHONPATH=.:tests python tests/bench/hostile.py [--only WORD] [--sizes 250000 500000] [--search SECONDS] [--json]

Each input is read in a process of its own at 0.25, 0.5, 1 and 2 MB, in seconds of processor time, the better of two.
Exit status 1 if 1 MB takes more than a second, or if a doubling costs more than 2.6 times where that can be told from
noise. `--search` tries random repetitions of tokens for that long and prints the slowest: what is found there
belongs into `hostile_inputs.py`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from bench.hostile_inputs import CATALOGUE, LINES, MARKUP, RUNS, Maker, field, fill, html, reply, text

from parsers import parse

SIZES = (250_000, 500_000, 1_000_000, 2_000_000)
MOST_SECONDS = 1.0  # for 1 MB
MOST_GROWTH = 2.6  # for a doubling: 2, the noise of a machine at work, and caches that become too small
TELLING = 0.15  # seconds of the larger one from which a growth is no noise
PATIENCE = 20.0  # seconds of waiting for one input
CONTEXT = multiprocessing.get_context("fork")  # the parsers are imported once


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    seconds: tuple[float, ...]  # by size; infinite if nothing came back
    growth: float  # the worst of a doubling, 0 if nothing can be told
    defects: tuple[str, ...]
    bad: bool


def measure(name: str, maker: Maker, sizes: Sequence[int]) -> Row:
    seconds: list[float] = []
    defects: tuple[str, ...] = ()
    for size in sizes:
        took, defects = run(maker, size)
        seconds.append(took)
        if took > 4 * MOST_SECONDS:
            break  # what twice as much would take is known well enough
    growths = [after / before for before, after in pairwise(seconds) if after > TELLING and before > 0]
    growth = max(growths, default=0.0)
    slow = any(took > MOST_SECONDS * max(size / 1_000_000, 1) for size, took in zip(sizes, seconds, strict=False))
    raised = any(one.startswith(("unreadable", "raised")) for one in defects)
    return Row(
        name, tuple(round(one, 3) for one in seconds), round(growth, 1), defects, slow or raised or growth > MOST_GROWTH
    )


def run(maker: Maker, size: int) -> tuple[float, tuple[str, ...]]:
    """Seconds of processor time and the defects, from a process that can be ended."""
    ours, theirs = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_child, args=(maker, size, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        answer: tuple[float, tuple[str, ...]] = (
            ours.recv() if ours.poll(PATIENCE) else (float("inf"), ("raised: no end",))
        )
    except EOFError:
        answer = (float("inf"), ("raised: the process died",))
    process.kill()
    process.join()
    return answer


def _child(maker: Maker, size: int, answer: Connection) -> None:
    octets = maker(size)
    best, defects = float("inf"), tuple[str, ...]()
    for _ in range(2):
        began = time.process_time()
        try:
            defects = parse(octets).defects
        except BaseException as error:
            defects = (f"raised: {error!r}"[:200],)
        best = min(best, time.process_time() - began)
        if best > MOST_SECONDS:
            break
    answer.send((best, defects))


WRAPPERS = {
    "html": html,
    "text": text,
    "reply": reply,
    "subject": lambda value: field(b"Subject", value.replace(b"\n", b" ")),
    "to": lambda value: field(b"To", value.replace(b"\n", b"\n ")),
    "raw": lambda value: value,
    "alternative": lambda value: (
        b"Content-Type: multipart/alternative; boundary=b\n\n--b\n\n"
        + value[: len(value) // 2]
        + b"\n--b\nContent-Type: text/html\n\n"
        + value[len(value) // 2 :]
    ),
}
Gene = tuple[str, tuple[bytes, ...], int]


def grown(gene: Gene, size: int) -> bytes:
    """A prologue of up to 240 repetitions of the first token, then the others again and again."""
    wrapper, tokens, times = gene
    return WRAPPERS[wrapper](tokens[0] * times + fill(b"".join(tokens[1:]) or b"x", size))


def search(seconds: float, seed: int, size: int = 100_000) -> list[tuple[float, Gene]]:
    """The slowest of random concatenations: the best twenty are changed a little, again and again."""
    chance = random.Random(seed)
    tokens = list({*LINES.values(), *MARKUP.values(), *RUNS.values(), b"x", b"\n", b"&#120;", b"</table>", b"</b>"})
    best: list[tuple[float, Gene]] = []
    ends = time.monotonic() + seconds
    tried = 0
    while time.monotonic() < ends:
        tried += 1
        if best and chance.random() < 0.7:
            wrapper, parts, times = chance.choice(best)[1]
            place = chance.randrange(len(parts) + 1)
            parts = (*parts[:place], chance.choice(tokens), *parts[place + chance.randrange(2) :])[:6]
            gene: Gene = (wrapper, parts, chance.choice((times, 0, 20, 240)))
        else:
            gene = (
                chance.choice(list(WRAPPERS)),
                tuple(chance.choices(tokens, k=chance.randint(2, 4))),
                chance.choice((0, 1, 20, 240)),
            )
        took, _ = run(lambda wanted, gene=gene: grown(gene, wanted), size)
        best = sorted({*best, (took, gene)}, key=lambda one: -one[0])[:20]
        if tried % 50 == 0:
            print(f"{tried} tried, slowest {best[0][0]:.3f} s for {size:,} octets: {best[0][1]}", file=sys.stderr)
    return best


def show(rows: Sequence[Row], sizes: Sequence[int], most: int) -> None:
    print("  ".join(f"{size / 1e6:>5.2f} MB" for size in sizes), "  growth  input")
    for row in sorted(rows, key=lambda one: (-one.bad, -max(one.seconds)))[:most]:
        times = "  ".join(f"{one:8.3f}" for one in row.seconds) + "          " * (len(sizes) - len(row.seconds))
        print(times, f"{row.growth:7.1f} ", row.name, "  <-- " + "; ".join(row.defects)[:80] if row.bad else "")


def main() -> int:
    parser = argparse.ArgumentParser(description="Hostile mail, timed as it grows.")
    parser.add_argument("--only", default="", help="inputs with this word in their name")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--show", type=int, default=25)
    parser.add_argument("--search", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.search:
        for took, gene in search(asked.search, asked.seed):
            print(f"{took:8.3f} s  {gene}")
        return 0
    wanted = {name: maker for name, maker in CATALOGUE.items() if asked.only in name}
    rows: list[Row] = []
    for number, (name, maker) in enumerate(wanted.items(), 1):
        rows.append(measure(name, maker, asked.sizes))
        if number % 20 == 0 or rows[-1].bad:
            print(f"{number} of {len(wanted)}  {rows[-1].name}: {rows[-1].seconds}", file=sys.stderr, flush=True)
    if asked.json:
        print(json.dumps([asdict(row) for row in rows], default=str))
    else:
        show(rows, asked.sizes, asked.show)
        print(f"{len(rows)} inputs, {sum(row.bad for row in rows)} too slow")
    return int(any(row.bad for row in rows))


if __name__ == "__main__":
    sys.exit(main())
