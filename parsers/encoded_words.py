"""Encoded-words (RFC 2047, RFC 2231 §5), broken in the ways that mailers break them.

Promises: one pass. Words are read wherever they stand: in quoted strings, glued to text or to each other, with blanks,
8-bit characters or folds inside, without padding or without an end, within another word; a character or a quantum of
base64 split between two words is joined. What is decoded is text on one line: never a line end, a control or a mark
that turns the direction. Fails: never, what is no word stays as it is. Knows nothing of fields: whether a decoded comma
may separate is for the caller, who must look for structure before decoding.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field

from parsers import charset
from parsers.unfolding import unfold

START = re.compile(r"=\?((?:[^?=\s]|\r?\n[ \t]){0,80}+)[ \t]{0,3}+\?[ \t]{0,3}+([BbQq])[ \t]{0,3}+\?")
SPLIT_END = re.compile(r"\?\s{1,4}+=")
FOLDS = re.compile(r"=?\r?\n[ \t]?")  # with the soft break of quoted-printable, which has no place there
CONTROLS = bytes(one for one in range(32) if one not in b"\t\r\n\x1b")
UNBROKEN = re.compile(r"(?:[^\s?]|\r?\n[ \t])*+")
HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
FROM_URLS = bytes.maketrans(b"-_", b"+/")  # the alphabet of RFC 4648 §5
SAFE_LENGTH = 400  # a `?=` that may be part of a word is looked for no further: words have 75 characters
MOST_GUESSES = 20  # words of one field whose charset is guessed by statistics, which is slow
LAYERS = 2  # a word within a word: systems that encode what came encoded


@dataclass(slots=True)
class _Run:
    """Adjacent words of one charset: their octets are decoded together."""

    label: str
    octets: list[bytes] = field(default_factory=list)
    quanta: list[bytes] = field(default_factory=list)  # base64 words whose last quantum may go on in the next

    letters: int = 0  # of base64 in them

    def add(self, encoding: str, payload: str, *, cut: bool) -> None:
        """One more word."""
        if encoding == "B" and not _is_quoted_printable(payload):
            octets = payload.encode("ascii", "ignore").translate(FROM_URLS)
            self.quanta.append(octets)
            self.letters += len(octets.translate(None, NOT_BASE64))
            if "=" in payload or self.letters % 4 == 0:
                self._close()
        else:
            self._close()
            self.octets.append(_decode_q(payload, self.label, cut=cut))

    def _close(self) -> None:
        if not self.quanta:
            return
        octets = decode_base64(b"".join(self.quanta))
        if len(self.quanta) > 1 and not _is_text(octets):
            # Words that lost their padding, each for itself, or a character that goes on in the next word?
            apart = b"".join(map(decode_base64, self.quanta))
            octets = apart if _is_text(apart) else octets
        self.octets.append(octets)
        self.quanta, self.letters = [], 0

    def text(self, guesses: list[str]) -> str:
        """The text of the run; a guessed charset is noted in `guesses`."""
        self._close()
        octets = b"".join(self.octets)
        if not octets:
            return ""
        decoded = charset.decode(octets, self.label, hint=guesses[-1] if len(guesses) >= MOST_GUESSES else None)
        if decoded.guessed:
            guesses.append(decoded.charset)
        return decoded.text


def decode_words(text: str, defects: list[str] | None = None) -> str:
    """`text` as people read it, on one line. A charset that had to be guessed is named in `defects`."""
    guesses: list[str] = []
    for _ in range(LAYERS):
        if "=?" not in text:
            break
        text = _decode_once(text, guesses)
    if defects is not None:
        defects.extend(f"charset guessed: {one}" for one in guesses[:MOST_GUESSES])
    return unfold(text)


def _decode_once(text: str, guesses: list[str]) -> str:
    starts = list(START.finditer(text))
    out: list[str] = []
    run: _Run | None = None
    position = unended = 0
    for index, start in enumerate(starts):
        limit = starts[index + 1].start() if index + 1 < len(starts) else len(text)
        encoding = start[2].upper()
        payload, stop, ended = _payload(text, start.end(), limit, encoding)
        if stop < 0:  # looks like a word and is none
            continue
        between = text[position : start.start()]
        if unended and "?=" in between:
            between, unended = between.replace("?=", "", 1), unended - 1
        label = "".join(start[1].split()).partition("*")[0].lower()
        if run is None or label != run.label or (between and not between.isspace()):
            out.append(run.text(guesses) if run else "")
            out.append("" if run and between.isspace() else between)
            run = _Run(label)
        run.add(encoding, payload, cut=not ended)
        unended += not ended
        position = stop
    out.append(run.text(guesses) if run else "")
    rest = text[position:]
    out.append(rest.replace("?=", "", 1) if unended else rest)
    return "".join(out)


def _payload(text: str, begin: int, limit: int, encoding: str) -> tuple[str, int, bool]:
    """The encoded text from `begin` on, where the word stops (negative: it is none), and whether it had an end."""
    end = text.find("?=", begin, limit)
    if encoding == "Q":
        while end >= 0 and HEXADECIMAL.issuperset(text[end + 2 : end + 4]) and len(text[end + 2 : end + 4]) > 1:
            # A question mark that was not encoded, before an octet that was: if there is another end.
            further = text.find("?=", end + 2, min(limit, end + SAFE_LENGTH))
            if further < 0 or any(one.isspace() for one in text[end + 2 : further]):
                break
            end = further
    if end >= 0:
        return text[begin:end], end + 2, True
    if match := SPLIT_END.search(text, begin, limit):
        return text[begin : match.start()], match.end(), True
    if text[begin : begin + 1].isspace() or begin >= len(text):
        return "", -1, False
    if limit < len(text) and begin == limit:  # another word begins at once: this one is its wrapping
        return "", begin, False
    whole = text[begin:limit]
    payload = whole.rstrip() if encoding == "Q" else UNBROKEN.match(whole)[0]  # type: ignore[index]
    return payload, begin + len(payload) + (whole[len(payload) :] in {"?", "? "}), False


def _decode_q(payload: str, label: str, *, cut: bool) -> bytes:
    """Q encoding (RFC 2047 §4.2) with raw characters in it; an octet that was cut in two is left out."""
    if "\n" in payload:
        # A relay folds at a blank and keeps it; a mailer that leaves no blank raw put it there to fold.
        payload = FOLDS.sub(" " if " " in FOLDS.sub("", payload).strip() else "", payload)
    if cut:
        payload = payload.rstrip("?")
        tail = payload[-2:].rfind("=")
        payload = payload[: len(payload) - len(payload[-2:]) + tail] if tail >= 0 else payload
    if payload.isascii():
        raw = payload.encode("ascii")
    else:
        codec = charset.codec_for(label) or "utf-8"
        try:
            raw = payload.encode(codec)
        except (UnicodeError, LookupError):
            raw = payload.encode("utf-8", "replace")
    return binascii.a2b_qp(raw, header=True)


def _is_quoted_printable(payload: str) -> bool:
    """Whether this says B and is Q: escapes where base64 has at most padding."""
    body = payload.rstrip("=? \t\r\n")
    escapes = [piece[:2] for piece in body.split("=")[1:]] if "=" in body else []
    return len(escapes) > 1 and all(len(one) > 1 and HEXADECIMAL.issuperset(one) for one in escapes)


def _is_text(octets: bytes) -> bool:
    """Whether these octets are UTF-8 or escapes, and no accident."""
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return len(octets.translate(None, CONTROLS)) == len(octets)


def decode_base64(raw: bytes) -> bytes:
    """Base64 with anything in between, padding missing or in the middle (two encodings glued together)."""
    out = []
    for piece in raw.rstrip(b"=\r\n\t ").split(b"="):
        clean = piece.translate(None, NOT_BASE64)
        if len(clean) % 4 == 1:
            clean = clean[:-1]
        out.append(binascii.a2b_base64(clean + b"=" * (-len(clean) % 4)))
    return b"".join(out)
