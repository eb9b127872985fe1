"""What of a line a reader's program may make a link of, or a reader may be sent to: taken out. Pure, linear.

Promises: `without_links` leaves ordinary words as they stand; nothing is left in it that is an address of any kind: of
the web, of mail, of a host, of a file share, or a telephone number; neither when invisible characters are left out, nor
when full-width and other forms of characters are folded, nor when what stands for a dot in `evil[.]example` is one.
Names of files (`invoice.pdf`), times, dates, versions and amounts are no addresses. In doubt a word is taken out: it is
one that a sender wrote whom nobody knows, in a mail that we send. Knows nothing of mails.
"""

from __future__ import annotations

import html
import ipaddress
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from gateway.smtp.dialled import numbers, runs
from gateway.smtp.link_words import (
    DOTS,
    FILES,
    IDEOGRAPHIC,
    IGNORED,
    SCHEMES,
    SENTENCES,
    SPOKEN_DOTS,
    SPOKEN_TOPS,
    TOPS,
)

LONGEST_WORD = 2_000


def without_links(line: str) -> str:
    """A line without the words that are addresses; "" if it stays one whatever is taken out."""
    words = _words(line)
    folded = [_folded(one) for one in words]
    bad = {at for at, one in enumerate(folded) if _linked(one)} | _spoken(folded) | numbers(folded)
    kept = " ".join(one for at, one in enumerate(words) if at not in bad)
    return "" if bad and has_links(kept) else kept


def has_links(line: str) -> bool:
    """Whether something in a line is an address."""
    folded = [_folded(one) for one in _words(line)]
    return any(map(_linked, folded)) or bool(_spoken(folded) or numbers(folded))


def visible(line: str) -> str:
    """Without the characters that nobody sees."""
    return "".join(one for one in line if not _unseen(one))


def _unseen(char: str) -> bool:
    low, high = "\ufe00", "\ufe0f"
    return char in IGNORED or unicodedata.category(char) == "Cf" or low <= char <= high or char >= "\U000e0100"


def _words(line: str) -> list[str]:
    """What blanks part, for a reader's eye: characters that nobody sees part nothing."""
    return "".join(one if one.isprintable() or _unseen(one) else " " for one in line).split()


def _folded(word: str) -> str:
    """As a program may read it: nothing invisible, one form of each character, digits in ASCII, dots as dots."""
    text = unicodedata.normalize("NFKC", visible(word[:LONGEST_WORD]))
    text = "".join(map(_plain, text)).lower()
    for dot in DOTS:
        text = text.replace(dot, ".")
    return text


def _plain(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return "-" if unicodedata.category(char) == "Pd" else char


def _linked(word: str) -> bool:
    """Whether a folded word is an address, as it stands or once escapes are undone."""
    return any(map(_is_address, {word, _undone(word)}))


def _undone(word: str) -> str:
    return _folded(unquote(html.unescape(word)))


def _is_address(word: str) -> bool:
    if "=?" in word or "\\\\" in word or "//" in word:
        return True
    before, at, after = word.partition("@")
    if at and any(map(str.isalnum, before)) and any(map(str.isalnum, after)):
        return True
    return _has_scheme(word) or _has_ipv6(word) or any(map(_is_host, _hosts(word)))


def _has_scheme(word: str) -> bool:
    """Whether something like `javascript:x` stands in a word."""
    at = word.find(":")
    while at >= 0:
        start = at
        while start and (word[start - 1].isalnum() or word[start - 1] in "+-"):
            start -= 1
        name, after = word[start:at].strip("+-"), word[at + 1 :]
        if after.strip(":.,;!?") and (name in SCHEMES or (name.isascii() and name[:1].isalpha() and "-" in name)):
            return True
        at = word.find(":", at + 1)
    return False


def _has_ipv6(word: str) -> bool:
    found = runs(word, frozenset("0123456789abcdef:."))
    return any(one.count(":") >= 2 and _is_ip(one.strip(".")) for one in found)


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _hosts(word: str) -> Iterator[list[str]]:
    """The labels of whatever in a word has the form of a host's name, an ellipsis being none."""
    piece: list[str] = []
    for char in (*_ideographic(word), " "):
        if char.isalnum() or char in "-." or unicodedata.category(char) in {"Mn", "Mc"}:
            piece.append(char)
            continue
        for one in "".join(piece).split(".."):
            labels = one.strip(".-").split(".")
            if len(labels) > 1:
                yield labels
        piece = []


def _ideographic(word: str) -> str:
    """With a dot for an ideographic full stop, unless it ends a sentence in a script that ends sentences so."""
    first, *parts = word.split(IDEOGRAPHIC)
    made = [first]
    for part in parts:
        end = next((at for at, one in enumerate(part) if not (one.isalnum() or one == "-")), len(part))
        sentence = unicodedata.name(part[:1] or " ", "").startswith(SENTENCES) and part[:end] not in TOPS
        made += [" " if sentence else ".", part]
    return "".join(made)


def _is_host(labels: list[str]) -> bool:
    if labels[0] in {"www", "ftp"}:
        return True
    if any(all(map(_is_octet, labels[at : at + 4])) for at in range(len(labels) - 3)):
        return True
    if len(labels) == 2 and labels[1] in FILES:
        return False
    return any(map(_is_top, labels[1:]))


def _is_top(label: str) -> bool:
    """Whether a label, or what stands before a hyphen in it, may be a top-level domain: letters, and more than one."""
    head = label.partition("-")[0]
    letters = all(one.isalpha() or unicodedata.category(one) in {"Mn", "Mc"} for one in head)
    return label.startswith("xn--") or (len(head) > 1 and letters)


def _is_octet(label: str) -> bool:
    try:
        return 0 <= int(label, 0 if label.startswith("0x") else 10) <= 255
    except ValueError:
        return False


def _spoken(words: list[str]) -> set[int]:
    """Where `evil dot com` stands, in several words."""
    found: set[int] = set()
    for at in range(1, len(words) - 1):
        top = words[at + 1].strip(".,;:!?()[]\"'/")
        bracketed = words[at] in {".", "[dot]", "(dot)"} and top.isalpha() and len(top) > 1
        if bracketed or (words[at] in SPOKEN_DOTS and top in SPOKEN_TOPS):
            found |= {at - 1, at, at + 1}
    return found
