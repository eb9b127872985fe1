"""The mail reference: how an effect of ours is known again on a HaloPSA ticket or action.

A marker is ten characters of Crockford's base32, random: one derived from the mail could be guessed and planted by a
sender. It is shown as `[mail reference 7K3XW9QZ2M]` in the last line, in words that survive servers which strip
comments and attributes, and that an agent can read out.

Promises: pure; `find_last` sees through tags, entities and white space, and only the last reference counts;
`defuse_*` takes the square bracket from every look-alike that `find_last` could take for one, because both read text
in the same way (`_Seen`). `sign` is the last before a text leaves, and the sanitizer the last within it: what it
returns is stable, whatever was put around the mail's words before. Linear in the text. Fails never.
"""

from __future__ import annotations

import html
import re
import secrets
from bisect import bisect_right
from typing import Final

from gateway.steps import Text
from parsers.markup import final_html, text_to_html

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32: no I, L, O, U
LENGTH: Final = 10
_ROUNDS: Final = 4  # of defusing and cleaning; two are enough, unless somebody works at it

# What nobody sees: white space, controls, and the format characters that could hide between letters.
_UNSEEN: Final = (
    r"\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
_UNIT: Final = re.compile(rf"<[^<>]*>|&#?[0-9A-Za-z]{{1,31}};?|[^<&{_UNSEEN}]+|[{_UNSEEN}]+|.", re.DOTALL)
_BLANK: Final = re.compile(rf"[{_UNSEEN}]+")
_REFERENCE: Final = re.compile(rf"\[mailreference([{ALPHABET}]{{{LENGTH}}})\]")
_LOOK_ALIKE: Final = re.compile(r"\[mailreference", re.IGNORECASE)


def new_marker() -> str:
    """A fresh marker of 50 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def render(marker: str) -> Text:
    """The trailer in both forms."""
    reference = f"[mail reference {marker}]"
    return Text(plain=reference, html=f"<p><small>{reference}</small></p>")


def sign(text: Text, marker: str) -> Text:
    """The text, defused, with the trailer as its last line and last paragraph. Nothing touches its HTML afterwards."""
    trailer = render(marker)
    plain = defuse_text(text.plain).rstrip()
    return Text(
        plain=f"{plain}\n\n{trailer.plain}" if plain else trailer.plain,
        html=_signed(text, plain, trailer.html),
    )


def _signed(text: Text, plain: str, trailer: str) -> str:
    """The sanitizer's own writing of both, in which nothing but the trailer can be taken for one of ours."""
    markup = text.html
    for _ in range(_ROUNDS):
        written = defuse_html(markup) + trailer
        final = final_html(written, text.pictures)
        if final == written:
            return final
        if final is None or not final.endswith(trailer):
            break
        markup = final.removesuffix(trailer)
    return text_to_html(plain.replace("\r", "\n")) + trailer


def find_last(text_or_html: str) -> str | None:
    """The marker of the last mail reference, or None."""
    found = None
    for found in _REFERENCE.finditer(_Seen(text_or_html).text):  # noqa: B007  (the last one is wanted)
        pass
    return found.group(1) if found else None


def defuse_text(text: str) -> str:
    """Plain text of a mail without anything that could be taken for a reference of ours.

    Tags and entities count here too: when the text is read back nobody can say whether the server took it for HTML.
    """
    return _defuse(text)


def defuse_html(markup: str) -> str:
    """Safe HTML of a mail without anything that could be taken for a reference of ours."""
    return _defuse(markup)


def _defuse(text: str) -> str:
    seen = _Seen(text)
    pieces: list[str] = []
    done = 0
    for match in _LOOK_ALIKE.finditer(seen.text):
        start, end, now = seen.bracket(match.start())
        pieces += (text[done:start], now)
        done = end
    return "".join((*pieces, text[done:]))


class _Seen:
    """A text as a reader sees it, without white space, and where each piece of it came from."""

    def __init__(self, text: str) -> None:
        pieces: list[str] = []
        self._starts: list[int] = []  # in what is seen
        self._spans: list[tuple[int, int, str]] = []  # in the original; and what is seen of it
        length = 0
        for unit in _UNIT.finditer(text):
            shown = unit.group()
            if shown[0] == "<" and shown[-1] == ">":
                continue
            if shown[0] == "&":
                shown = html.unescape(shown)
            shown = _BLANK.sub("", shown)
            if shown:
                self._starts.append(length)
                self._spans.append((*unit.span(), shown))
                pieces.append(shown)
                length += len(shown)
        self.text = "".join(pieces)

    def bracket(self, place: int) -> tuple[int, int, str]:
        """Where in the original the bracket stands that is seen at `place`, and what to write there instead."""
        index = bisect_right(self._starts, place) - 1
        start, end, shown = self._spans[index]
        if end - start == len(shown):  # written as it is seen
            start += place - self._starts[index]
            return start, start + 1, "("
        return start, end, shown.replace("[", "(")  # an entity, perhaps with letters behind it: &#91mail
