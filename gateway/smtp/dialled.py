"""Telephone numbers in a line: what a reader's program lets one call at a touch. Pure, linear.

Promises: numbers that have a form in which one dials are found, though they be several words; dates, amounts, orders
and what stands behind a number sign are none. Knows nothing of which numbers there are.
"""

from __future__ import annotations

from collections.abc import Iterator

CALLABLE = frozenset("+0123456789 ()./-")
SHORTEST_CALLED, LONG_CALLED, MOST_DIGITS = 7, 11, 17
DATES = ([2, 2, 4], [1, 2, 4], [2, 1, 4], [1, 1, 4], [4, 2, 2], [4, 1, 1], [2, 2, 2], [1, 1, 2])


def numbers(words: list[str]) -> set[int]:
    """Where a telephone number stands, which may be several words."""
    found: set[int] = set()
    run: list[int] = []
    for at, word in enumerate((*words, "x")):
        if set(word) <= CALLABLE and not _is_date(word):
            run.append(at)
            continue
        if run and _is_called(" ".join(words[one] for one in run)):
            found |= set(run)
        run = []
        if at < len(words) and any(map(_is_called, runs(word, CALLABLE))) and "#" not in word:
            found.add(at)
    return found


def _is_called(text: str) -> bool:
    """Whether digits have the form of a number that one dials: `+49 30 …`, `0800 …`, `888-555-0199`."""
    if _is_date(text.strip()):
        return False
    groups = _digits(text)
    digits, sizes = "".join(groups), [len(one) for one in groups]
    if "+" in text:
        return len(digits) >= SHORTEST_CALLED
    if [3, 3, 4] in (sizes[at : at + 3] for at in range(len(sizes))):
        return True
    abroad = digits.startswith("00") and digits[2:3] != "0"
    home = digits.startswith("0") and digits[1:2] != "0"
    return len(digits) <= MOST_DIGITS and (abroad or home) and len(digits) >= (LONG_CALLED if abroad else 9)


def _is_date(word: str) -> bool:
    sizes = [len(one) for one in _digits(word)]
    return len(sizes) == 3 and sizes in DATES and not set(word) & set("+() ")


def _digits(text: str) -> list[str]:
    return "".join(one if one.isdigit() else " " for one in text).split()


def runs(word: str, of: frozenset[str]) -> Iterator[str]:
    """The longest stretches of certain characters."""
    start = None
    for at, char in enumerate((*word, "")):
        if char and char in of:
            start = at if start is None else start
        elif start is not None:
            yield word[start:at]
            start = None
