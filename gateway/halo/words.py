"""Halo's own words out of the body of a refusal: short, one line, without mark-up and without our mail.

Promises: total and linear; at most 300 characters; what the answer quotes of `private` (the texts that we sent) and
every address is blanked, because these words go to logs and to the operator. Knows nothing of what they mean.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from gateway.secrecy import mask

LIMIT: Final = 300

_MESSAGES: Final = (
    "Message",
    "message",
    "errorMessage",
    "error_description",
    "error",
    "detail",
    "details",
    "title",
    "errors",
    "field",
)
_HIDDEN: Final = re.compile(r"<(style|script|head)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_BLANKED: Final = re.compile("\x00++")
_TAG: Final = re.compile(r"<[^<>]*>")
_ADDRESS: Final = re.compile(r"[^\s@<>\"']{1,64}@[^\s@<>\"']{1,255}")
_WINDOW: Final = 12  # characters in a row that are no coincidence
_LOOKED_AT: Final = 16_384


def said(octets: bytes, private: Sequence[str] = ()) -> str:
    """Halo's words of an answer's body, fit for a log."""
    text = octets[:65_536].decode("utf-8", "replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        found = text
    else:
        found = "; ".join(dict.fromkeys(_strings(document, depth=0)))
    if "<" in found:
        found = html.unescape(_TAG.sub(" ", _HIDDEN.sub(" ", found[: LIMIT * 40])))
    found = mask(found[: LIMIT * 8])  # before anything is cut, and before escapes are taken apart
    found = " ".join("".join(c if c.isprintable() else " " for c in found[: LIMIT * 4]).split())
    found = _ADDRESS.sub("…", _blank(found, private))
    return found if len(found) <= LIMIT else found[: LIMIT - 1] + "…"


def _strings(value: object, *, depth: int) -> Iterator[str]:
    """The messages of an error document, with the names of the fields they are about."""
    if depth > 4:
        return
    match value:
        case str():
            yield value
        case list():
            for item in value[:10]:
                yield from _strings(item, depth=depth + 1)
        case dict():
            known = [key for key in _MESSAGES if key in value]
            if known:
                for key in known:
                    yield from _strings(value[key], depth=depth + 1)
            else:  # a model binding error: {"[0].outcome_id": ["Could not convert …"]}
                for key, item in list(value.items())[:10]:
                    yield from (f"{key}: {text}" for text in _strings(item, depth=depth + 1))
        case _:
            return


def _blank(words: str, private: Sequence[str]) -> str:
    """Blank what the words quote of ours: whole short strings, and any twelve characters in a row of long ones."""
    hidden = bytearray(len(words))
    for text in private:
        wanted = " ".join(text[:_LOOKED_AT].split())
        if len(wanted) < 6:  # a word like "out" would blank "outcome", and gives nothing away
            continue
        width = min(_WINDOW, len(wanted))
        for start in range(len(words) - width + 1):
            if words[start : start + width] in wanted:
                hidden[start : start + width] = b"\x01" * width
    return _BLANKED.sub("…", "".join("\x00" if hide else c for c, hide in zip(words, hidden, strict=True)))
