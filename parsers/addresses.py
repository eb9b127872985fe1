"""Address fields (RFC 5322 §3.4) to addresses, as real mailers write them.

Promises: one pass over the text; groups, comments, quoted strings, routes, `Name <addr` without an end, semicolons as
separators, encoded display names. What has no local part and no domain is no address and is left out. Fails: never.
Knows nothing of which field the text came from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from parsers.headers import decode_words, unfold
from parsers.limits import DEFAULT, Limits
from parsers.model import Address

LONGEST_ADDRESS = 320  # local part 64, domain 255, RFC 5321 §4.5.3.1
LONGEST_NAME = 500
MOST_COMMAS = 2  # in a name that nothing protects
ENCODED_WORD = re.compile(r"=\?[^?\s]{1,60}+\?[bBqQ]\?[^?<>@]{0,400}+\?=")  # blanks in it are wrong, and common
SPECIALS = frozenset('",;:<>()\\')


@dataclass(slots=True)
class _Mailbox:
    """One entry while it is read."""

    phrase: list[str] = field(default_factory=list)
    comment: list[str] = field(default_factory=list)
    angle: list[str] | None = None
    commas: int = 0  # in the phrase, outside quotes

    def going_on(self) -> _Mailbox:
        """What a comma begins after words without an address: `Doe, Jo <jo@example.com>` is one person."""
        words = "".join(self.phrase)
        if self.angle is not None or self.commas >= MOST_COMMAS or not words.strip()[:1].isalpha() or "@" in words:
            return _Mailbox()
        return _Mailbox([words[:LONGEST_NAME], ","], commas=self.commas + 1)

    def finish(self) -> Address | None:
        phrase = unfold("".join(self.phrase))
        comment = decode_words("".join(self.comment))
        if self.angle is not None:
            address = _clean("".join(self.angle))
            return Address(address, _name(phrase) or comment) if address else _from_words(phrase, comment)
        return _from_words(phrase, comment)


def parse_addresses(text: str, limits: Limits = DEFAULT) -> tuple[Address, ...]:
    """The addresses in `text` (folds allowed, encoded-words not yet decoded), at most `limits.addresses`, in order."""
    found: list[Address] = []
    one, at = _Mailbox(), 0
    while at < len(text) and len(found) < limits.addresses:
        at = _step(text, at, one)
        if at < 0:  # a separator: the entry is whole
            at = -at
            one = _Mailbox() if _keep(one, found) or text[at - 1] != "," else one.going_on()
    if len(found) < limits.addresses:
        _keep(one, found)
    return tuple(found)


def _keep(one: _Mailbox, found: list[Address]) -> bool:
    address = one.finish()
    if address is not None:
        found.append(address)
    return address is not None


def _step(text: str, at: int, one: _Mailbox) -> int:
    """Read one token into `one`; the new position, negative after a separator."""
    letter = text[at]
    if letter == '"':
        return _quoted(text, at, one.phrase)
    if letter == "(":
        return _comment(text, at, one.comment)
    if letter == "<":
        found: list[str] = []
        at = _angle(text, at + 1, found)
        if one.angle is None or "@" not in one.angle:
            one.angle = found  # of two, the first that can be an address
        return at
    if letter in ",;":
        return -(at + 1)
    if letter == ":" and "@" not in (before := "".join(one.phrase[-3:])) and not before.lower().endswith("mailto"):
        one.phrase.clear()  # the name of a group
        return at + 1
    if letter == "\\":
        one.phrase.append(text[at + 1 : at + 2])
        return at + 2
    begun = at
    if word := ENCODED_WORD.match(text, at):  # mailers leave commas in them
        one.phrase.append(word[0])
        return word.end()
    at += 1
    while at < len(text) and text[at] not in SPECIALS and not text.startswith("=?", at):
        at += 1
    one.phrase.append(text[begun:at])
    return at


def _quoted(text: str, at: int, out: list[str]) -> int:
    at += 1
    while at < len(text) and text[at] != '"':
        if text[at] == "\\":
            at += 1
        out.append(text[at : at + 1])
        at += 1
    return at + 1


def _comment(text: str, at: int, out: list[str]) -> int:
    depth, at = 1, at + 1
    while at < len(text):
        letter = text[at]
        if letter == "\\":
            at += 1
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if not depth:
                return at + 1
        out.append(text[at : at + 1])
        at += 1
    return at


def _angle(text: str, at: int, out: list[str]) -> int:
    """To the closing bracket; without one to the next separator once there is an address. A second `<` starts anew."""
    while at < len(text):
        letter = text[at]
        if letter == ">":
            return at + 1
        if letter == "<":
            out.clear()
        elif letter in ",;" and "@" in out and not (out[0] == "@" and ":" not in out):
            return at
        elif letter == '"':
            at = _quoted(text, at, out)
            continue
        elif letter == "(":
            at = _comment(text, at, [])
            continue
        else:
            out.append(letter)
        at += 1
        if len(out) > 2 * LONGEST_ADDRESS:
            # Nothing that long is an address; what follows is skipped without being kept.
            end = text.find(">", at)
            out.clear()
            return len(text) if end < 0 else end + 1
    return at


def _from_words(phrase: str, comment: str) -> Address | None:
    """No brackets: `someone@example.com (Some One)`, or a name before a bare address."""
    if "@" not in phrase and "=?" in phrase:
        phrase = decode_words(phrase)
    words = phrase.split()
    for index, word in enumerate(words[:50]):
        address = _clean(word)
        if address:
            rest = " ".join((*words[:index], *words[index + 1 :])).strip(", ")
            return Address(address, _name(rest) or comment)
    return None


def _clean(raw: str) -> str:
    """The addr-spec, or nothing: route and mailto: off, blanks out, domain in lower case."""
    spec = "".join(raw.split()).strip("<>\"'")
    if "=?" in spec:
        spec = "".join(decode_words(spec).split()).strip("<>\"'")
    if spec.startswith("@"):
        spec = spec.rpartition(":")[2]  # an obsolete route, RFC 5322 §4.4
    if spec.startswith("["):  # `[mailto:jo@example.com]`: no local part begins so
        spec = spec.strip("[]")
    if spec[:7].lower() == "mailto:":
        spec = spec[7:]
    local, at, domain = spec.rpartition("@")
    domain = "".join(one.lower() if one.isascii() else one for one in domain.strip("."))
    if not (local and at and domain) or len(spec) > LONGEST_ADDRESS or any(one in local for one in "<>,;"):
        return ""
    return f"{local}@{domain}"


def _name(phrase: str) -> str:
    name = decode_words(phrase).strip("<> ")
    if len(name) > 1 and name[0] == name[-1] and name[0] in "'\"":
        name = name[1:-1].strip()
    return name[:LONGEST_NAME]
