"""Secrets are struck out where foreign words come in: once, for every adapter.

Whatever the other side says may repeat what we said to it. `Trouble` masks its words, and so does whoever takes words
from elsewhere, before cutting them. Promises: what was made known (`know`: configured secrets, and tokens as they come)
is found as it is, in any case, URL-encoded, with escapes of JSON or HTML, in base64 and hexadecimals (Basic, PLAIN and
XOAUTH2 have it among other things), and cut, from eight characters on; what is unknown is told by its shape. A short
secret, or one that is a common word, is struck out only where it stands as a value: "abc" must not make holes in other
words. Linear in the text, and the number of secrets does not count. Fails never.

What is known is the process's, as its log is: words come in at too many places to hand it round.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections import OrderedDict
from collections.abc import Iterator

from gateway.readings import views
from storage.shapes import HIDDEN, without_secrets

SHORT = 6
"""A secret with fewer characters is masked only as a value."""

_GRAM = 8  # characters in a row that are no coincidence, if they are not all letters
_WORD = 12  # the same for letters
_LONG = 64  # of longer secrets, which are drawn by machines, every so-manyth piece is remembered
_STRIDE = 17
_MOST = 4096  # secrets that are remembered; the oldest are tokens that have expired
_LONGEST = 16_384  # characters of a text that are looked at; what is beyond is left out
_COMMON = frozenset(
    (
        *("access", "account", "admin", "changeme", "client", "default", "gateway", "halopsa", "invalid", "letmein"),
        *("mailbox", "password", "secret", "server", "support", "ticket", "token", "unknown", "username", "welcome"),
    )
)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}+={0,2}+")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[: ]?+){4,}+[0-9A-Fa-f]?+")
_CUT = ("…", "...", "***", "•••", "xxx")
_ENDS = frozenset("\"'`)]>}")


class Masker:
    """What is known to be secret, and how it is found."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, None] = OrderedDict()
        self._grams: dict[str, set[tuple[str, int]]] = {}
        self._heads: dict[str, set[str]] = {}
        self._whole: set[str] = set()  # masked as whole words
        self._values: set[str] = set()  # masked as values

    def know(self, *secrets: str) -> None:
        """These are secret from now on."""
        for secret in secrets:
            for one in {folded(secret), folded(secret.strip())}:
                if len(one) < 3 or one in self._known:
                    continue
                self._known[one] = None
                self._index(one)
        while len(self._known) > _MOST:
            self._forget(self._known.popitem(last=False)[0])

    def forget(self) -> None:
        """Nothing is known any more."""
        self.__init__()  # type: ignore[misc]

    def mask(self, text: str) -> str:
        """`text` without what is known to be secret and what looks like it."""
        if len(text) > _LONGEST:
            text = text[:_LONGEST] + HIDDEN
        return without_secrets(self.mask_known(text))

    def mask_known(self, text: str) -> str:
        """`text` without what is known to be secret."""
        if not self._known or not text:
            return text
        hidden = bytearray(len(text))
        for view in views(text):
            for start, end in self._found(folded(view.text)):
                view.hide(hidden, start, end)
        for start, end in self._encoded(text):
            hidden[start:end] = b"\x01" * (end - start)
        return _struck(text, hidden) if any(hidden) else text

    def _index(self, one: str) -> None:
        self._values.add(one)
        if len(one) < SHORT or one in _COMMON:
            return
        if one.isalpha() and len(one) < _WORD:
            self._whole.add(one)
            return
        for at in self._places(one):
            self._grams.setdefault(one[at : at + _GRAM], set()).add((one, at))
        self._heads.setdefault(one[:4], set()).add(one)

    def _forget(self, one: str) -> None:
        self._values.discard(one)
        self._whole.discard(one)
        for at in self._places(one):
            if held := self._grams.get(one[at : at + _GRAM]):
                held.discard((one, at))
                if not held:
                    del self._grams[one[at : at + _GRAM]]
        if held_heads := self._heads.get(one[:4]):
            held_heads.discard(one)

    @staticmethod
    def _places(one: str) -> range:
        return range(0, max(1, len(one) - _GRAM + 1), _STRIDE if len(one) > _LONG else 1)

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        """Where secrets and pieces of them are in a folded text."""
        yield from self._pieces(text)
        yield from self._cut_off(text)
        if self._whole or self._values:
            for start, end in _words(text):
                word = text[start:end]
                if word in self._whole or (word in self._values and _is_value(text, start, end)):
                    yield start, end
            yield from self._quoted(text)

    def _pieces(self, text: str) -> Iterator[tuple[int, int]]:
        for length in range(SHORT, _GRAM + 1) if self._grams else ():
            done = 0
            for at in range(len(text) - length + 1):
                if at < done:
                    continue
                for one, place in self._grams.get(text[at : at + length], ()):
                    start, end = _stretched(text, at, one, place, length)
                    piece = text[start:end]
                    if piece == one or len(piece) >= _WORD or (len(piece) >= _GRAM and not _is_words(piece)):
                        yield start, end
                        done = max(done, end - length)

    def _cut_off(self, text: str) -> Iterator[tuple[int, int]]:
        """Beginnings of secrets before a mark that says "and so on", a closing quote, or the end."""
        for at in range(len(text) - 3):
            for one in self._heads.get(text[at : at + 4], ()):
                if at and text[at - 1].isalnum():
                    continue
                end = at + 4
                while end < len(text) and end - at < len(one) and text[end] == one[end - at]:
                    end += 1
                over = text.startswith(_CUT, end)
                ended = end - at > 4 and (end == len(text) or text[end] in _ENDS)
                if over or (ended and any(map(str.isdigit, text[at:end]))):  # a word may be a word
                    yield at, end

    def _quoted(self, text: str) -> Iterator[tuple[int, int]]:
        """A value in quotes, blanks and all."""
        for quote in "\"'":
            parts = text.split(quote)
            at = len(parts[0]) + 1
            for part in parts[1:-1]:
                if part in self._values:
                    yield at, at + len(part)
                at += len(part) + 1

    def _encoded(self, text: str) -> Iterator[tuple[int, int]]:
        """Runs of base64 or hexadecimals that hold a secret somewhere inside."""
        for found in _BASE64.finditer(text):
            run = found[0].rstrip("=").replace("-", "+").replace("_", "/")
            for offset in range(4):
                whole = run[offset:]
                whole = whole[: len(whole) - 1] if len(whole) % 4 == 1 else whole
                with contextlib.suppress(binascii.Error, ValueError):
                    if self._holds(base64.b64decode(whole + "=" * (-len(whole) % 4))):
                        yield found.span()
                        break
        for found in _HEX.finditer(text):
            digits = found[0].replace(":", "").replace(" ", "")
            for offset in range(2):
                part = digits[offset:]
                if self._holds(bytes.fromhex(part[: len(part) // 2 * 2])):
                    yield found.span()
                    break

    def _holds(self, octets: bytes) -> bool:
        said = folded(octets.decode("utf-8", "replace"))
        if any(True for _ in self._pieces(said)):
            return True
        # "user:secret" of Basic, "\0user\0secret" of PLAIN.
        parts = {said, said.rpartition(":")[2], said.partition(":")[2], *said.split("\0")}
        return any(one in self._values for one in parts if one)


def folded(text: str) -> str:
    """Without case, and as many characters."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(low if len(low := one.lower()) == 1 else one for one in text)


def _stretched(text: str, at: int, one: str, place: int, length: int) -> tuple[int, int]:
    start, end = at, at + length
    back, on = place, place + length
    while start and back and text[start - 1] == one[back - 1]:
        start, back = start - 1, back - 1
    while end < len(text) and on < len(one) and text[end] == one[on]:
        end, on = end + 1, on + 1
    return start, end


def _is_words(piece: str) -> bool:
    return piece.replace(" ", "").isalpha()


def _words(text: str) -> Iterator[tuple[int, int]]:
    start = -1
    for at, one in enumerate(text):
        inside = not one.isspace() and one not in "\"'`()[]{}<>,;:=&?/\\|\0\1"
        if inside and start < 0:
            start = at
        elif not inside and start >= 0:
            yield start, at
            start = -1
    if start >= 0:
        yield start, len(text)


def _is_value(text: str, start: int, end: int) -> bool:
    """Whether a word stands behind "=" or ":" without a blank, or as what a quotation is of."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return before == "=" or (before in {'"', "'", "`"} and after == before) or (before == ":" and after != " ")


def _struck(text: str, hidden: bytearray) -> str:
    out: list[str] = []
    for at, one in enumerate(text):
        if not hidden[at]:
            out.append(one)
        elif not at or not hidden[at - 1]:
            out.append(HIDDEN)
    return "".join(out)


_process = Masker()
know = _process.know
mask = _process.mask
mask_known = _process.mask_known
forget = _process.forget

__all__ = ["Masker", "forget", "know", "mask", "mask_known"]
