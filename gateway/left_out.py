"""What of a mail did not come along, being too large or too many files, told to those who read its ticket.

Promises: pure; lists are bounded; names of parts are those the sender gave, made safe, and are escaped in HTML. Knows
nothing of where the list goes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from gateway.model import Facts
from gateway.ports import Portion
from gateway.steps import Text
from parsers.markup import text_to_html
from parsers.model import Attachment, ParsedEmail

MOST = 50  # parts that are listed


def written(portions: Iterable[Portion]) -> str:
    """Parts as the ledger keeps them; "" for none."""
    held = [[one.filename, one.media_type, one.octets] for one in portions]
    return json.dumps(held, ensure_ascii=False) if held else ""


def lines(portions: str, mail: ParsedEmail) -> tuple[str, ...]:
    """What is missing, a line each: all parts from the one that was cut on, or what the parser saw of that one."""
    held = json.loads(portions) if portions else []
    if not held or mail.parts_before_cut is None:
        return mail.left_out
    missing = held[mail.parts_before_cut :]
    found = tuple(_line(*one) for one in missing[:MOST])
    return (*found, f"and {len(missing) - MOST} more") if len(missing) > MOST else found


def section(facts: Facts) -> str:
    """What stands below the text on the ticket; "" for a mail that is whole."""
    if not facts.truncated:
        return ""
    held = facts.mail.size
    said = [
        f"This mail has {_size(facts.size)}; only its first {_size(held)} came along.",
        f'All of it is in the mailbox {facts.account.name}, folder "{facts.folder}".',
    ]
    if facts.left_out:
        said += ["Left out:", *(f"- {one}" for one in facts.left_out)]
    return "\n".join(said)


def with_section(text: Text, facts: Facts) -> Text:
    """The text, and below it what is missing."""
    said = section(facts)
    if not said:
        return text
    return Text(f"{text.plain}\n\n{said}", f"{text.html}<hr>{text_to_html(said)}")


def with_files(text: Text, attached: int, others: Sequence[Attachment], *, original: str) -> Text:
    """The text, and below it the files that are not attached one by one. `original`: where all of them are."""
    if not others:
        return text
    named = [f"- {one.filename or one.media_type} ({_size(one.size)})" for one in others[:MOST]]
    more = [f"and {len(others) - MOST} more"] if len(others) > MOST else []
    first = f"the first {attached} are attached one by one" if attached else "none is attached by itself"
    head = f"This mail has {attached + len(others)} files; {first}, {original}. The others:"
    said = "\n".join((head, *named, *more))
    return Text(f"{text.plain}\n\n{said}", f"{text.html}<hr>{text_to_html(said)}")


def _line(filename: str, media_type: str, octets: int) -> str:
    size = octets * 3 // 4 if not media_type.startswith(("text/", "message/")) else octets  # base64
    return f"{filename or f'a part without a name, {media_type}'} (about {_size(size)})"


def _size(octets: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 1000)):
        if octets >= size:
            return f"{octets / size:.1f} {unit}"
    return f"{octets} octets"
