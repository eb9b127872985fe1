"""Whether From names one author whom every program reads alike (RFC 5322 §3.6.2).

Promises: `doubt` is empty only for one From field with one mailbox, whose address stands there letter by letter as
`parse_addresses` gives it; otherwise it says in words, none of them the mail's, what others may read otherwise. What
had to be repaired, put together or chosen may be shown, and is nobody's identity: servers that judge a sender may have
judged another address. Linear. Fails: never. Knows nothing of what follows from a doubt.
"""

from __future__ import annotations

import re

import idna

from parsers.headers import Headers, decode_words
from parsers.mailboxes import domain_key
from parsers.model import Address

SEVERAL_FIELDS = "it has several From fields"
SEVERAL_AUTHORS = "From names more than one author"
NOT_WHOLE = "its header section is not whole"
BENT_FIELD = "the name of its From field and the colon stand apart"
BROKEN_HEADER = "a line before From is no field"
CONTROLS = "From has control characters"
REPAIRED = "the address in From had to be repaired"
GROUP = "From names a group"
OTHER_WORDS = "From has another address beside its own"
UNENDED = "From has a quotation or a comment without an end"
TOO_LONG = "From is too long"

LONGEST = 4_000  # octets of a From field that are looked at: a name has 500 letters at the most
FOLD = re.compile(rb"\r?\n(?=[ \t])")
ADDRESS = re.compile(r"[^\s@<>()\[\]\\,;:\"]{1,200}+@(?:[^\s@<>()\[\]\\,;:\"]{1,255}+|\[[0-9A-Za-z.:]{1,60}+\])")
QUOTED_ADDRESS = re.compile(r"\"[ !#-\[\]-~]{1,62}\"@[^\s@<>()\[\]\\,;:\"]{1,255}")
LIKE_AN_ADDRESS = re.compile(r"[^\s@]@[^\s@]")
JAPANESE = re.compile(rb"\x1b\$[@B][!-~]{0,400}+\x1b\([BJ]")
BARE_RETURN = re.compile(rb"\r(?!\n)[ \t\r]{0,9}+from[ \t]{0,9}+:", re.IGNORECASE)


def doubt(headers: Headers, sender: Address | None) -> str:
    """Why the author may be another than `sender`, the first mailbox read from the From fields; "" if they cannot be.

    Without any From field, or with an empty one, nobody is named and there is nothing to doubt.
    """
    at = [number for number, (name, _) in enumerate(headers.fields) if name == "from"]
    if not at:
        return NOT_WHOLE if headers.cut else ""
    if len(at) > 1:
        return SEVERAL_FIELDS
    if headers.cut:
        return NOT_WHOLE
    if "from" in headers.apart:
        return BENT_FIELD
    if headers.skipped_after is not None and headers.skipped_after <= at[0]:
        return BROKEN_HEADER
    if any(b"\r" in value and BARE_RETURN.search(value) for _, value in headers.fields):
        return SEVERAL_FIELDS  # behind a carriage return alone, which some take for a line end
    return _doubt_of(headers.fields[at[0]][1], sender)


def _doubt_of(value: bytes, sender: Address | None) -> str:
    if len(value) > LONGEST:
        return TOO_LONG
    raw = FOLD.sub(b"", value).strip(b" \t\r\n")
    if not raw:
        return ""
    raw = _without_escapes(raw)
    if any(octet < 0x20 and octet != 0x09 for octet in raw) or 0x7F in raw:
        return CONTROLS
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:  # a name in an old charset: its octets are letters of some kind, and no address's
        text = raw.decode("latin-1")
    read = _Read(text)
    if read.broken:
        return UNENDED
    if sender is None:
        return REPAIRED if "@" in decode_words(text) else ""
    only_one = decode_words(text).count("@") == 1 and "\uff20" not in text
    if read.separators and not only_one:
        return GROUP if ":" in read.separators or ";" in read.separators else SEVERAL_AUTHORS
    if read.angles:
        if len(read.angles) > 1:
            return SEVERAL_AUTHORS
        if _other("".join(read.outside), read.angles[0]):
            return OTHER_WORDS
        written = read.angles[0].strip(" \t")
    else:
        written = "".join(read.outside).strip(" \t")
    if not (ADDRESS.fullmatch(written) or QUOTED_ADDRESS.fullmatch(written)) or not written.isprintable():
        return REPAIRED
    local, _, domain = written.rpartition("@")
    if local[0] == local[-1] == '"' and len(local) > 2:  # quotation marks that change nothing (RFC 5321 §4.1.2)
        local = local[1:-1]
    plain = f"{local}@{_small(domain)}" == sender.address and local.lower() == _small(local)
    return "" if plain and _is_canonical(_small(domain)) else REPAIRED


def _without_escapes(raw: bytes) -> bytes:
    """Without names in ISO-2022-JP: from an escape to the one that goes back to ASCII, before any address."""
    return JAPANESE.sub(b"x", raw) if b"\x1b" in raw else raw


def _small(text: str) -> str:
    """With the capitals of ASCII made small: some letters beyond it become plain ones by that."""
    return "".join(one.lower() if one.isascii() else one for one in text)


def _is_canonical(domain: str) -> bool:
    """Whether a domain is written as DNS has it: beyond ASCII, many a letter is only taken for another."""
    if domain.isascii():
        return True
    try:
        return idna.decode(domain_key(domain)) == domain
    except (idna.IDNAError, UnicodeError):
        return False


def _other(words: str, angle: str) -> bool:
    """Whether an address stands unquoted beside the one in brackets, and is not the same."""
    beside = (word.strip("'").lower() for word in words.split() if LIKE_AN_ADDRESS.search(word))
    return any(word != angle.strip().lower() for word in beside)


class _Read:
    """The field in pieces: what is in angle brackets, what is outside them, and what separates mailboxes."""

    def __init__(self, text: str) -> None:
        self.angles: list[str] = []
        self.outside: list[str] = []
        self.separators: set[str] = set()
        self.broken = False
        at = 0
        while at < len(text) and not self.broken:
            at = self._step(text, at)

    def _step(self, text: str, at: int) -> int:
        letter = text[at]
        if letter == '"':
            end = self._end(text, at + 1, '"', "")
            if text[end : end + 1] == "@":  # a quoted local part, or a quoted name that is taken for one
                self.outside.append(text[at:end])
            return end
        if letter == "(":
            self.outside.append(" ")  # what it stands between is not one word
            return self._end(text, at + 1, ")", "(")
        if letter == "<":
            end = text.find(">", at)
            self.broken = end < 0
            self.angles.append(text[at + 1 : end])
            return end + 1
        if letter in ",;:" and not text[max(at - 9, 0) : at].lower().rstrip().endswith("mailto"):
            self.separators.add(letter)
        self.outside.append(letter)
        return at + 1

    def _end(self, text: str, at: int, closing: str, opening: str) -> int:
        depth = 1
        while at < len(text):
            letter = text[at]
            if letter == "\\":
                at += 1
            elif letter == closing:
                depth -= 1
                if not depth:
                    return at + 1
            elif letter == opening:
                depth += 1
            at += 1
        self.broken = True
        return at
