"""Generated hostile mail through every exit, in a real browser: `make soak`, and a shorter run in `make test`.

    PYTHONPATH=.:tests python -m attacks.soak [--seed N] [--count N] [--series N]

Of each mail the browser is shown what HaloPSA gets (tickets, actions, notes), the answer to its sender, and the
sandbox's page. Exit status 1 if a script ran, a request left, or cleaning once more changed anything.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from fakes import chromium
from fakes.exits import LINK, MARKER, Left, leave, page
from fakes.hostile_html import Hostile

from gateway.halo.trailer import find_last
from parsers.markup import final_html

MAILS_A_PAGE = 10  # of the sandbox, which shows each entry in a frame of its own
PICTURES = urlsplit(LINK).hostname  # of the mail itself, which are shown
AT_ONCE = 120  # pages that the browser has open


@dataclass(slots=True)
class Found:
    """What a run found; nothing of it should be there."""

    mails: int = 0
    texts: int = 0
    pages: int = 0
    unstable: list[int] = field(default_factory=list)
    unmarked: list[int] = field(default_factory=list)
    called: set[str] = field(default_factory=set)

    @property
    def bad(self) -> bool:
        """Whether it failed."""
        return bool(self.unstable or self.unmarked or self.called)

    def __str__(self) -> str:
        ran = sum(one.endswith(".ran.example") for one in self.called)
        return (
            f"{self.mails} mails, {self.texts} texts, {self.pages} pages: {ran} scripts run, "
            f"{len(self.called) - ran} requests left, {len(self.unstable)} changed by cleaning once more, "
            f"{len(self.unmarked)} without our reference"
        )


async def soak(seed: int, numbers: range, profile: Path) -> Found:
    """Send these mails of a series through every exit and show what came out."""
    hostile, found = Hostile(seed), Found()
    pages: list[str] = []
    together: list[Left] = []
    for number in numbers:
        left = leave(hostile.mail(number), ("observed", "observed", "documented")[number % 3] if number else "observed")
        judge(left, number, found)
        shown = "".join(f"<section>{one}</section>" for one in dict.fromkeys(left.markup))
        pages += (chromium.page(number, shown), guarded(number, left.answer))
        if left.tickets[0].get("details_html"):
            together.append(left)
        if len(together) == MAILS_A_PAGE or (number == numbers[-1] and together):
            pages.append(guarded(number, await page(*together)))
            together = []
    found.pages = len(pages)
    called = await chromium.show(pages, profile, at_once=AT_ONCE, patience=60 + len(pages) / 2)
    found.called = called - {PICTURES}
    return found


def judge(left: Left, number: int, found: Found) -> None:
    """What can be told without a browser."""
    found.mails += 1
    for markup in left.markup:
        found.texts += 1
        if final_html(markup, (LINK,)) != markup:
            found.unstable.append(number)
        if find_last(markup) != MARKER:
            found.unmarked.append(number)


def guarded(number: int, document: str) -> str:
    """A whole document whose scripts would be noticed."""
    return chromium.page(number, "").partition("</head>")[0] + document


async def main() -> int:
    parser = argparse.ArgumentParser(description="Hostile mail through every exit, in Chromium.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--series", type=int, default=500, help="mails that one browser is shown")
    asked = parser.parse_args()
    whole = Found()
    for first in range(0, asked.count, asked.series):
        with tempfile.TemporaryDirectory(prefix="soak-") as profile:
            found = await soak(asked.seed, range(first, min(first + asked.series, asked.count)), Path(profile))
        for name in ("mails", "texts", "pages"):
            setattr(whole, name, getattr(whole, name) + getattr(found, name))
        whole.unstable += found.unstable
        whole.unmarked += found.unmarked
        whole.called |= found.called
        print(f"seed {asked.seed}: {whole}", flush=True)
        if found.bad:
            print(sorted(found.called)[:20], found.unstable[:20], found.unmarked[:20], flush=True)
    return int(whole.bad)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
