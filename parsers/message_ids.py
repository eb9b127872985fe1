"""msg-ids out of identification fields (RFC 5322 §3.6.4), as real mailers write them.

Promises: one pass; ids wrapped over lines, separated by commas, without brackets or followed by `(added by …)` are
found; brackets are off, the host part is in lower case (hosts have no case, local parts do), and blank is never an id:
it would join everybody's mail to one conversation. Fails: never. Knows nothing of conversations.
"""

from __future__ import annotations

import re

from parsers.encoded_words import decode_words

LONGEST = 998  # a line of mail, RFC 5322 §2.1.1
BRACKETED = re.compile(r"<([^<>]*)>")


def parse_message_ids(text: str, newest: int = 50) -> tuple[str, ...]:
    """The ids in the order written, each once; of more than `newest` the last ones, because the newest are there."""
    if "=?" in text:  # there are no encoded-words here, RFC 5322 §3.6.4, but mailers fold long ids into some
        text = decode_words(text)
    found = [normalise(match) for match in BRACKETED.findall(text)]
    if not any(found):
        words = _without_comments(text).replace(",", " ").replace(";", " ").split()
        found = [normalise(word) for word in words if "@" in word.strip("<>@")]
    return tuple(dict.fromkeys(one for one in found if one))[-newest:]


def parse_message_id(text: str) -> str | None:
    """The only id of a Message-ID field, or None. Without `@` it still counts: such mail exists and is answered."""
    found = parse_message_ids(text)
    if found:
        return found[0]
    words = _without_comments(text).split()
    return (normalise(words[0]) or None) if len(words) == 1 else None


def normalise(raw: str) -> str:
    """Blanks and brackets off, host part in lower case; the empty string for what is no id."""
    one = "".join(raw.split()).strip("<>,;\"'")
    if not one or len(one) > LONGEST:
        return ""
    local, at, host = one.rpartition("@")
    return f"{local}@{host.lower()}" if at else one


def _without_comments(text: str) -> str:
    kept: list[str] = []
    depth = 0
    for letter in text:
        if letter == "(":
            depth += 1
        elif letter == ")" and depth:
            depth -= 1
        elif not depth:
            kept.append(letter)
    return "".join(kept)
