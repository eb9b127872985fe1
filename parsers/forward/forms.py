"""Header blocks that are no list of labelled lines: all on one line, as a letter head, in a language nobody listed.

Promises: looks at a bounded number of lines below a separator. Fails: never. Knows nothing of whether the mail is a
forward: `inline.py` asks only where that is settled.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from parsers.attributions import attribution_length
from parsers.blocks import (
    DASHES,
    LONGEST_LABEL,
    LONGEST_TITLE,
    LONGEST_VALUE,
    HeaderBlock,
    bare,
    header_block,
    label_of,
    loose_label_of,
    lowered,
    separator_kind,
)
from parsers.forward.people import ADDRESS
from parsers.words.attributions import ATTRIBUTION_STARTS, WROTE
from parsers.words.labels import COLONLESS, LABEL_FIELDS
from parsers.words.tables import words

BETWEEN = 4  # lines there may be between a separator and the header block
HEAD = 24  # lines of a letter head, or of a block in an unknown language
MOST_COLONS = 60  # of one line that holds a whole block
COLON = re.compile("[:\uff1a]")
DATED = re.compile(r"[0-9]{4}|[0-9]{1,2}[:.][0-9]{2}|[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}")
VERBS = frozenset(word.strip(":\uff1a") for verb in WROTE for word in verb.split()) | {
    "heeft",
    "h\u00e4t",
    "a",
    "id\u0151pontban",
    "\u043f\u043e\u043b\u044c\u0437\u043e\u0432\u0430\u0442\u0435\u043b\u044c",
    "pou\u017e\u00edvate\u013e",
    "f\u00f8lgende",
    "den",
    "tarihinde",
    "\u015funu",
}
PARTICLES = words("van von der den de di da dos del la le ten ter zu bin al")  # of names


def block_after(lines: Sequence[str], start: int, subject: str, *, sure: bool) -> HeaderBlock | None:
    """The block within a few lines below a separator. `sure`: the separator says that a mail is passed on."""
    for at in range(start, min(start + BETWEEN, len(lines))):
        if not bare(lines[at]):
            continue
        if not sure and separator_kind(lines[at]) in {"rule", "original", "framed"}:
            continue
        found = header_block(lines, at, least=0 if sure else 2) or one_line(lines[at], at)
        found = found or header_block(lines, at, read=loose_label_of)
        if found is None and sure:
            found = _letter_head(lines, at) or _attributed(lines, at) or _inferred(lines, at, subject)
        return found
    return None


def _bare(line: str) -> str:
    """A long line without quote marks."""
    return line[:LONGEST_VALUE].lstrip("> \t\u00a0")


def joined_block(line: str, at: int) -> HeaderBlock | None:
    """Yahoo's text: separator and all fields on one line, with nothing between them."""
    text = _bare(line)
    if text[:3] not in {"---", "\u2014" * 3}:
        return None
    rest = text.lstrip(DASHES)
    end = rest.find("--", 0, LONGEST_TITLE)
    if end < 0 or separator_kind(f"-----{rest[:end]}-----") != "forward":
        return None
    return one_line(rest[end:].lstrip(DASHES + " \t\u00a0"), at)


def one_line(line: str, at: int) -> HeaderBlock | None:
    """All fields on one line, perhaps glued: `From: A <a@b.example>To: …Sent: … GMT+1Subject: …`."""
    if line.count(":") + line.count("\uff1a") < 3:
        return None
    text = _bare(line)
    labels = list(_labels_in(text))
    if len(labels) < 3 or labels[0][0] > 0:
        return None
    ends = [begin for begin, _, _ in labels[1:]] + [len(text)]
    block = HeaderBlock(at, at + 1)
    for (_, begin, name), end in zip(labels, ends, strict=True):
        block.fields.setdefault(name, text[begin:end].strip())
    return block if "from" in block.fields else None


def _labels_in(text: str) -> list[tuple[int, int, str]]:
    """Where a label begins, where its value begins, and which field it is; each field once, the subject last."""
    found: list[tuple[int, int, str]] = []
    known: set[str] = set()
    spots = [(match.start(), match.end()) for match, _ in zip(COLON.finditer(text), range(MOST_COLONS), strict=False)]
    for word in COLONLESS:
        at = text.find(word)
        if at > 0 and not text[at - 1].islower() and not text[at - 1].isspace():
            spots.append((at + len(word) - 1, at + len(word)))
    for colon, after in sorted(spots):
        label = _label_before(text, colon, found[-1][1] if found else 0)
        if label is None or label[1] in known:
            continue
        value = text[after : after + LONGEST_LABEL * 10]
        if "subject" in known and "@" not in value:
            continue  # a subject may have a colon
        known.add(label[1])
        found.append((label[0], after, label[1]))
    return found


def _label_before(text: str, colon: int, least: int) -> tuple[int, str] | None:
    """The longest label that ends at the colon: it begins with a capital, unless its script has none."""
    stop = len(text[:colon].rstrip(" *\u00a0")) if colon < 200 else colon - (text[colon - 1] in " \u00a0*")
    for begin in range(max(stop - LONGEST_LABEL, least), stop):
        first = text[begin]
        if not first.isalpha() or first.islower():
            continue
        name = LABEL_FIELDS.get(lowered(text[begin:stop].strip("*")))
        glued = begin > 0 and text[begin - 1].isalnum()
        if name and name != "other" and not (glued and stop - begin <= 3):
            return begin, name
    return None


def _letter_head(lines: Sequence[str], start: int) -> HeaderBlock | None:
    """Lotus Notes: the sender, the date, and then labels without colons, their values beside or below them."""
    rows = [(at, bare(lines[at])) for at in range(start, min(start + HEAD, len(lines))) if bare(lines[at])]
    if len(rows) < 4 or len(rows[0][1]) > LONGEST_TITLE or not DATED.search(rows[1][1]) or loose_label_of(rows[0][1]):
        return None
    block = HeaderBlock(start, rows[1][0] + 1, {"from": rows[0][1], "date": rows[1][1]})
    at = 2
    while at < len(rows) and (found := loose_label_of(rows[at][1])) is not None and found[0] not in block.fields:
        name, value = found
        block.stop = rows[at][0] + 1
        at += 1
        if not value and at < len(rows) and loose_label_of(rows[at][1]) is None:
            value, block.stop = rows[at][1], rows[at][0] + 1
            at += 1
        block.fields[name] = value
    return block if "subject" in block.fields or "to" in block.fields else None


def _attributed(lines: Sequence[str], start: int) -> HeaderBlock | None:
    """Yandex: perhaps recipients and subject, then the line that introduces an answer."""
    fields: dict[str, str] = {}
    at = start
    while at < min(start + BETWEEN, len(lines)) and (found := label_of(lines[at])) is not None:
        fields.setdefault(found[0], found[1].rstrip(";"))
        at += 1
    if at < len(lines) and (length := attribution_length(lines, at)):
        return HeaderBlock(start, at + length, {**attribution_fields(lines, at, length), **fields})
    return None


def attribution_fields(lines: Sequence[str], at: int, length: int) -> dict[str, str]:
    """Sender and date of `On 9 March 2026 at 10:00, "Jo Doe" <jo@a.example> wrote:`, in any language."""
    text = " ".join(" ".join(bare(one) for one in lines[at : at + length]).split())
    address = ADDRESS.search(text)
    if address is None:
        return {}
    begin, end = address.start(), address.end()
    before = text[:begin].rstrip("<([ \u202a\u202d")
    before = before.removesuffix("mailto:").rstrip("<([ \u202a\u202d")
    name = _name_at_end(before)
    when = before[: len(before) - len(name)] if name else before
    if not any(letter.isdigit() for letter in when):
        when = text[end:].lstrip(">)] \u202c,")
    return {"from": f"{name} <{address[0]}>", "date": _date_in(when)}


def _name_at_end(text: str) -> str:
    """What stands in quotes at the end, or the last words that look like a name."""
    for opening, closing in (('"', '"'), ("\u00ab", "\u00bb"), ("\u201e", "\u201d"), ("\u201c", "\u201d"), ("'", "'")):
        if text.endswith(closing) and (begin := text.rfind(opening, 0, len(text) - 1)) >= 0:
            return text[begin:]
    parts = text.split()
    taken = len(parts)
    for at in range(len(parts) - 1, max(len(parts) - 8, -1), -1):
        word = parts[at]
        if any(letter.isdigit() for letter in word) or (word.endswith((",", ":")) and taken < len(parts)):
            break
        if word[0].islower() and word not in PARTICLES:
            break
        taken = at
    while taken < len(parts) and parts[taken][0].islower():
        taken += 1  # a particle belongs to a name only behind another part of it
    return " ".join(parts[taken:])


def _date_in(text: str) -> str:
    """The date without the words that introduce it and the verb."""
    text = text.strip(" ,:\u00a0-\uff1a")
    starts = next((one for one in ATTRIBUTION_STARTS if text.lower().startswith(one)), "")
    parts = text[len(starts) :].split()
    while parts and not any(letter.isdigit() for letter in parts[-1]) and lowered(parts[-1]).strip(":,") in VERBS:
        parts.pop()
    while parts and not any(letter.isdigit() for letter in parts[0]) and lowered(parts[0]).strip(":,") in VERBS:
        parts.pop(0)
    return " ".join(parts).strip(" ,:")


def _inferred(lines: Sequence[str], start: int, subject: str) -> HeaderBlock | None:
    """A block in a language nobody listed, by what its values look like. `subject` is the mail's own, bare."""
    rows: list[str] = []
    at = start
    while at < min(start + HEAD, len(lines)) and (found := _unknown_field(bare(lines[at]))):
        rows.append(found)
        at += 1
    people = [value for value in rows if ADDRESS.search(value)]
    if len(rows) < 3 or not people:
        return None
    others = [value for value in rows if value not in people]
    fields = {"from": people[0]}
    if len(people) > 1:
        fields["to"] = people[1]
    dates = [value for value in others if DATED.search(value) and value != subject]
    if dates:
        fields["date"] = dates[0]
    if titles := [value for value in others if value == subject] or [value for value in others if value not in dates]:
        fields["subject"] = titles[0]
    return HeaderBlock(start, at, fields)


def _unknown_field(text: str) -> str:
    """The value behind a label of any language, or nothing."""
    label, colon, value = text.replace("\uff1a", ":").partition(":")
    return value.strip() if colon and 0 < len(label) <= LONGEST_LABEL and label[0].isalpha() else ""
