"""How many steps a regular expression can take at worst, read off its parse tree.

A backtracking matcher explores a sequence e1 e2 … by trying e2 once for each way in which e1 can match. So each node
has a *cost* (steps to explore all its ways) and *ways* (how often what follows is tried), and a sequence costs
cost(e1) + ways(e1)·cost(e2) + ways(e1)·ways(e2)·cost(e3) … Both are polynomials in L, the length of the text: a repeat
without a maximum counts as L.

A repeat `X{m,n}` has n - m + 1 ways, unless
- it is possessive, or in an atomic group: one way;
- nothing that follows can begin with a character that X can begin with (then a shorter match fails at the next
  character): one way, as long as X itself has one way and is never empty;
- nothing that follows can fail: one way, because the first is taken.
Alternatives add up, unless two of them exclude each other by the characters at the same place.

A pattern that *scans* (search, finditer, findall, sub, split, or match at a position) is tried from every character of
the text, so nothing in it may depend on L, with two exceptions: a last repeat after which nothing can fail is consumed
and not read again; and a repeat of characters where no match can begin is read once for each match that begins before
it, however long it is. The latter also holds if the pattern starts with `\b` or `(?<!X)` and repeats word characters
or characters of X. Characters are judged on an alphabet of ASCII, Latin, the literals of the pattern and their
neighbours, and one character of every kind that `re` tells apart.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from re import _compiler, _constants, _parser  # type: ignore[attr-defined]
from typing import Any

C = _constants
SHORT = 8  # a repeat of no more is no scan: its whole cost is counted from each start
Node = tuple[Any, Any]
Polynomial = tuple[float, float, float]  # steps, steps for each character of L, and everything beyond
NONE, ONE = (0.0, 0.0, 0.0), (1.0, 0.0, 0.0)
REFUSED = (0.0, 0.0, 1e30)


def plus(left: Polynomial, right: Polynomial) -> Polynomial:
    return (left[0] + right[0], left[1] + right[1], left[2] + right[2])


def times(left: Polynomial, right: Polynomial) -> Polynomial:
    beyond = sum(left[i] * right[j] for i in range(3) for j in range(3) if i + j >= 2 and left[i] and right[j])
    return (left[0] * right[0], left[0] * right[1] + left[1] * right[0], beyond)


def number(count: float) -> Polynomial:
    return (0.0, 1.0, 0.0) if count == math.inf else (count, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Follow:
    """What can come after a node: the characters it can begin with, and whether it can be nothing at all."""

    letters: frozenset[str]
    accepts: bool  # the rest may match the empty string
    fails: bool  # the rest may fail


@dataclass(frozen=True, slots=True)
class Found:
    """The cost, counted from every start, and the ways."""

    each: Polynomial
    ways: Polynomial


class Analysis:
    """One pattern, in one use."""

    def __init__(self, pattern: str | bytes, flags: int = 0, *, scans: bool, whole: bool = False) -> None:
        self.tree = _parser.parse(pattern, flags)
        self.flags = self.tree.state.flags
        self.text = isinstance(pattern, str)
        self.alphabet = alphabet(tuple(sorted(set(literals(self.tree)))), self.text)
        self.scans = scans and not self._is_anchored()
        self.starts = self._starts(list(self.tree))
        self.crossed = -1.0  # characters so far at which another match may have begun; the first one is its own
        end = Follow(frozenset(), accepts=not whole, fails=whole)
        nodes = list(self.tree)
        if self.scans and len(nodes) == 1 and nodes[0][0] is C.BRANCH:
            self.found = self._apart([list(one) for one in nodes[0][1][1]], end)
        else:
            self.found = self.sequence(nodes, end)

    def steps(self, length: float = math.inf) -> float:
        """The worst number of steps from one start, for a text of `length` characters."""
        total = 0.0
        for power, count in enumerate(self.found.each):
            total += count * length**power if count else 0.0
        return total

    # -- what characters

    def letters(self, node: Node) -> frozenset[str] | None:
        """The characters of a node that matches exactly one, or None."""
        kind, value = node
        if kind in {C.LITERAL, C.NOT_LITERAL, C.IN, C.ANY}:
            return matched(str(node), node, self.flags, self.alphabet, self.tree.state, self.text)
        if kind is C.SUBPATTERN and not value[1] and not value[2] and len(value[3]) == 1:
            return self.letters(value[3][0])
        if kind is C.BRANCH:
            each = [self.letters(one[0]) if len(one) == 1 else None for one in value[1]]
            return None if any(one is None for one in each) else frozenset().union(*(one for one in each if one))
        return None

    def first(self, nodes: Sequence[Node], follow: Follow) -> Follow:
        """What the nodes can begin with, given what comes after them."""
        for node in reversed(nodes):
            follow = self._first_of(node, follow)
        return follow

    def _first_of(self, node: Node, follow: Follow) -> Follow:
        kind, value = node
        letters = self.letters(node)
        if letters is not None:
            return Follow(letters, accepts=False, fails=True)
        if kind is C.AT:
            if value in {C.AT_END_STRING, C.AT_END, C.AT_BEGINNING_STRING}:
                return Follow(frozenset("\n" if value is C.AT_END else ""), accepts=False, fails=True)
            return Follow(follow.letters, follow.accepts, fails=True)
        if kind is C.ASSERT and value[0] == 1:
            return self.first(list(value[1]), Follow(self.alphabet, accepts=True, fails=False))
        if kind in {C.ASSERT, C.ASSERT_NOT}:
            return Follow(follow.letters, follow.accepts, fails=True)
        if kind is C.SUBPATTERN:
            return self.first(list(value[3]), follow)
        if kind is C.ATOMIC_GROUP:
            return self.first(list(value), follow)
        if kind is C.BRANCH:
            each = [self.first(list(one), follow) for one in value[1]]
            letters = frozenset().union(*(one.letters for one in each))
            return Follow(letters, any(one.accepts for one in each), all(one.fails for one in each))
        if kind in {C.MAX_REPEAT, C.MIN_REPEAT, C.POSSESSIVE_REPEAT}:
            low, _, body = value
            inner = self.first(list(body), follow)
            if low:
                return inner
            return Follow(inner.letters | follow.letters, follow.accepts or inner.accepts, follow.fails)
        return Follow(self.alphabet, accepts=True, fails=True)  # a reference to a group, and what else there may be

    def _is_anchored(self) -> bool:
        kind, value = self.tree[0] if len(self.tree) else (None, None)
        if kind is not C.AT:
            return False
        return value is C.AT_BEGINNING_STRING or (value is C.AT_BEGINNING and not self.flags & re.MULTILINE)

    def _starts(self, nodes: Sequence[Node]) -> frozenset[str]:
        """The characters at which a match can begin, inside of a run of such characters."""
        self.fixed: list[frozenset[str]] = []  # what must come after the first character of a match
        if not nodes:
            return self.alphabet
        kind, value = nodes[0]
        self.fixed = [self.letters(one) or self.alphabet for one in itertools.takewhile(self.letters, nodes)][1:]
        first = self.first(nodes, Follow(self.alphabet, accepts=True, fails=False)).letters
        if kind is C.AT and value is C.AT_BEGINNING:
            return frozenset("\n")  # the character before: a run that holds none crosses no other start
        if kind is C.AT and value is C.AT_BOUNDARY:
            return frozenset(one for one in self.alphabet if not re.match(r"\w", one, self.flags & re.ASCII))
        if kind is C.ASSERT_NOT and value[0] == -1 and len(value[1]) == 1:
            return first - (self.letters(value[1][0]) or frozenset())
        return first

    # -- what it costs

    def sequence(self, nodes: Sequence[Node], follow: Follow) -> Found:
        each, ways = NONE, ONE
        for at, node in enumerate(nodes):
            found = self.node(node, self.first(nodes[at + 1 :], follow))
            each = plus(each, times(ways, found.each))
            ways = times(ways, found.ways)
        return Found(each, ways)

    def _apart(self, options: list[list[Node]], end: Follow) -> Found:
        """Alternatives of the whole pattern: each begins where it can, and is tried from there."""
        each = NONE
        for one in options:
            self.starts, self.crossed = self._starts(one), -1.0
            each = plus(each, self.sequence(one, end).each)
        return Found(each, ONE)

    def node(self, node: Node, follow: Follow) -> Found:
        kind, value = node
        letters = self.letters(node)
        if letters is not None:
            self.crossed += bool(letters & self.starts)
            return Found(ONE, ONE)
        if kind is C.AT:
            return Found(ONE, ONE)
        if kind is C.SUBPATTERN:
            return self.sequence(list(value[3]), follow)
        if kind is C.ATOMIC_GROUP:
            return Found(self.sequence(list(value), Follow(self.alphabet, accepts=True, fails=False)).each, ONE)
        if kind in {C.ASSERT, C.ASSERT_NOT}:
            crossed = self.crossed
            inner = self.sequence(list(value[1]), Follow(self.alphabet, accepts=True, fails=False))
            self.crossed = crossed
            return Found(plus(inner.each, ONE), ONE)
        if kind is C.BRANCH:
            return self._branch([list(one) for one in value[1]], follow)
        if kind in {C.MAX_REPEAT, C.MIN_REPEAT, C.POSSESSIVE_REPEAT}:
            return self._repeat(kind, *value, follow)
        width = self.tree.state.groupwidths[value][1] if kind is C.GROUPREF else C.MAXREPEAT
        if width < C.MAXREPEAT:  # a reference is as long as what it refers to
            return Found(number(width), ONE)
        return Found(REFUSED if self.scans else number(math.inf), ONE)

    def _branch(self, options: list[list[Node]], follow: Follow) -> Found:
        crossed, found, ends = self.crossed, list[Found](), list[float]()
        for one in options:
            self.crossed = crossed
            found.append(self.sequence(one, follow))
            ends.append(self.crossed)
        self.crossed = max(ends)
        firsts = [self.first(one, follow) for one in options]
        begun: Polynomial = NONE  # the dearest character to begin with: the other alternatives fail at it
        for letter in self.alphabet:
            here = NONE
            for one, first in zip(found, firsts, strict=True):
                here = plus(here, one.each) if letter in first.letters or first.accepts else here
            begun = max(begun, here, key=lambda cost: cost[::-1])
        ways: list[Polynomial] = []  # of groups of alternatives that can match at the same place
        for at, one in enumerate(options):
            same = [found[n].ways for n, other in enumerate(options) if n == at or not self._exclude(one, other)]
            total = NONE
            for way in same:
                total = plus(total, way)
            ways.append(total)
        most = max(ways, key=lambda cost: cost[::-1])
        return Found(plus(begun, number(len(options))), most)

    def _exclude(self, left: Sequence[Node], right: Sequence[Node]) -> bool:
        for one, other in zip(left, right, strict=False):
            here, there = self.letters(one), self.letters(other)
            if here is None or there is None:
                return False
            if not here & there:
                return True
        return False

    def _repeat(self, kind: Any, low: int, high: Any, body: Any, follow: Follow) -> Found:
        nodes = list(body)
        most = math.inf if high is C.MAXREPEAT else float(high)
        again = self.first(nodes, Follow(frozenset(), accepts=False, fails=True))
        inside = follow
        if most > 1:
            inside = Follow(again.letters | follow.letters, follow.accepts and follow.fails, fails=True)
        if kind is C.POSSESSIVE_REPEAT:
            inside = Follow(self.alphabet, accepts=True, fails=False)
        before = self.crossed
        inner = self.sequence(nodes, inside)
        overlapping = 1 + max(before, 0.0)  # starts from which this place can be reached
        self.crossed = before + (self.crossed - before) * most if self.crossed > before else before
        empty = self.first(nodes, Follow(frozenset(), accepts=True, fails=True)).accepts
        sure = not empty and inner.ways == ONE
        last = not follow.fails
        apart = not again.letters & follow.letters and not follow.accepts
        if kind is C.POSSESSIVE_REPEAT or (sure and (apart or last)) or low == most:
            ways = ONE if kind is C.POSSESSIVE_REPEAT or sure else _power(inner.ways, most)
        elif sure:
            ways = number(most - low + 1)
        elif most <= 1:
            ways = plus(ONE, inner.ways)
        else:
            ways = _power(inner.ways, most) if not empty else REFUSED
        once = plus(inner.each, ONE)
        if low == most or kind is C.POSSESSIVE_REPEAT:
            once = inner.each  # nothing is given back
        many = times(number(most), once)
        if sure:  # what the rounds take in turn is no more than the text
            many = plus(times(number(most), (once[0], 0.0, 0.0)), (0.0, *once[1:]))
        if not sure and kind is not C.POSSESSIVE_REPEAT and most > 1:
            many = times(_power(inner.ways, most), many)
        if not self.scans or most <= SHORT:
            return Found(many, ways)
        if last and kind is not C.MIN_REPEAT and sure:
            return Found(times(number(low), once), ways)  # what it takes is consumed
        taken = self._consumed(nodes)
        if not taken & self.starts or any(not taken & one for one in self.fixed):
            # Read once for each start before it, and never beyond the next.
            shared = min(ways, number(math.inf), key=lambda cost: cost[0] > SHORT)
            return Found(times(number(min(most, overlapping)), once), shared)
        # From each start the same text is read again.
        return Found(many if most < math.inf else REFUSED, ways)

    def _consumed(self, nodes: Iterable[Node]) -> frozenset[str]:
        """All characters that the nodes can take."""
        taken: frozenset[str] = frozenset()
        for node in nodes:
            kind, value = node
            letters = self.letters(node)
            if letters is not None:
                taken |= letters
            elif kind is C.SUBPATTERN:
                taken |= self._consumed(value[3])
            elif kind is C.ATOMIC_GROUP:
                taken |= self._consumed(value)
            elif kind is C.BRANCH:
                taken |= frozenset().union(*(self._consumed(one) for one in value[1]))
            elif kind in {C.MAX_REPEAT, C.MIN_REPEAT, C.POSSESSIVE_REPEAT}:
                taken |= self._consumed(value[2])
            elif kind not in {C.AT, C.ASSERT, C.ASSERT_NOT}:
                taken |= self.alphabet
        return taken


def _power(ways: Polynomial, most: float) -> Polynomial:
    """The ways of up to `most` repetitions of something that has `ways`."""
    if ways[1] or ways[2] or most == math.inf:
        return REFUSED
    total = 0.0
    for n in range(int(min(most, 60)) + 1):
        total += min(ways[0] ** min(n, 10), 1e18)
    return (total, 0.0, 0.0)


def literals(nodes: Any) -> Iterable[int]:
    """Every character code that a parse tree names."""
    if isinstance(nodes, tuple) and len(nodes) == 2 and nodes[0] in {C.LITERAL, C.NOT_LITERAL}:
        yield nodes[1]
    elif isinstance(nodes, tuple) and len(nodes) == 2 and nodes[0] is C.RANGE:
        yield from nodes[1]
    elif isinstance(nodes, (list, tuple, _parser.SubPattern)):
        for one in nodes:
            yield from literals(one)


@lru_cache(maxsize=64)
def alphabet(named: tuple[int, ...], text: bool) -> frozenset[str]:  # noqa: FBT001 - one of two
    """The characters that are tried."""
    if not text:
        return frozenset(map(chr, range(256)))
    codes = {*range(0x250), 0x301, 0x3B1, 0x431, 0x5D0, 0x627, 0x661, 0x966, 0x1E9E, 0x2003, 0x200B, 0x2028, 0x2029}
    codes |= {0x20AC, 0x212A, 0x3000, 0x3042, 0x4E00, 0xAC00, 0xFF11, 0x1F600, 0x130, 0x131, 0x17F}
    codes |= {near for one in named for near in (one - 1, one, one + 1) if 0 <= near < 0x110000}
    return frozenset(chr(one) for one in codes)


_MATCHED: dict[tuple[str, int, frozenset[str]], frozenset[str]] = {}


def matched(key: str, node: Node, flags: int, letters: frozenset[str], state: Any, text: bool) -> frozenset[str]:  # noqa: FBT001
    """The letters that a node of one character matches, asked of the engine itself."""
    known = _MATCHED.get((key, flags, letters))
    if known is None:
        one = _compiler.compile(_parser.SubPattern(state, [node]), flags)
        known = frozenset(c for c in letters if one.fullmatch(c if text else c.encode("latin-1")))
        _MATCHED[key, flags, letters] = known
    return known
