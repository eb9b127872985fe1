"""Whether two mails are one: digests of what a mail says, without what its way added.

Promises: linear, pure. `content_digest` is equal for two deliveries of one mail, also when one came by a mailing list
that put a tag before the subject and a footer below the text; it is None without a Message-ID. `text_digest` is equal
for a machine that says the same again. Fails: never. Knows nothing of what becomes of a mail that was seen before.
"""

from __future__ import annotations

import hashlib

from parsers.addresses import parse_addresses
from parsers.headers import Headers
from parsers.model import ParsedEmail

LONGEST_FOOTER = 14  # lines of a list's footer
LONGEST_ADDITION = 1_500  # characters that a list adds
MOST_FOOTERS = 3  # a list that is a member of a list
RULE = frozenset("_-=*~")
SHORTEST_RULE = 2
HINTS = (
    "list", "subscri", "abonn", "abmeld", "austrag", "http://", "https://", "groups.", "suscri", "iscri", "inscri",
    "desinscr", "prenumer", "tilmeld", "zrušit", "рассыл", "отпис", "登録", "配信", "订阅", "退订", "mailto:",
)  # fmt: skip


def content_digest(mail: ParsedEmail, headers: Headers) -> str | None:
    """See `ParsedEmail.content_digest`: blanks do not count, because relays re-wrap.

    Attachments count: a scanner may give every mail the same Message-ID and no text at all. Without text and files the
    subject does, which else may have been tagged on the way.
    """
    if mail.message_id is None:
        return None
    sender = mail.from_.address.lower() if mail.from_ else ""
    date = " ".join(headers.first("date").split())
    text = " ".join(without_list_footer(mail.body.text).split())
    files = sorted(one.sha256 for one in mail.attachments)
    subject = "" if text or files else " ".join(mail.subject.split())
    return _digest(mail.message_id, sender, date, subject, text, *files)


def same_but_for_footer(one: ParsedEmail, other: ParsedEmail) -> bool:
    """Whether two mails with one Message-ID, date and author are one mail, to which its way added some lines or a note.

    Said without knowing any list's words: one text goes on where the other ends.
    """
    if one.message_id != other.message_id or one.date != other.date or _authors(one).isdisjoint(_authors(other)):
        return False
    short, long_ = sorted((" ".join(mail.body.text.split()) for mail in (one, other)), key=len)
    if not short or not long_.startswith(short) or len(long_) - len(short) > LONGEST_ADDITION:
        return False
    files = sorted(([file.sha256 for file in mail.attachments] for mail in (one, other)), key=len)
    more = [file for mail in (one, other) for file in mail.attachments if file.sha256 not in files[0]]
    return set(files[0]) <= set(files[1]) and all(
        file.media_type.startswith("text/") and file.size <= LONGEST_ADDITION for file in more
    )


def _authors(mail: ParsedEmail) -> set[str]:
    """From, and who stands behind it where a list wrote From."""
    behind = (mail.headers.get("x-original-from", ""), mail.headers.get("x-original-sender", ""))
    found = {one.address.lower() for text in behind for one in parse_addresses(text)}
    if mail.from_ is not None:
        found.add(mail.from_.address.lower())
        if any(name in mail.headers for name in ("list-id", "list-post")):
            found |= {one.address.lower() for one in mail.reply_to}
    return found


def text_digest(mail: ParsedEmail) -> str | None:
    """See `ParsedEmail.text_digest`."""
    said = " ".join((mail.body.reply_text or mail.body.text).split()).lower()
    if mail.from_ is None or not said:
        return None
    return _digest(mail.from_.address.lower(), mail.base_subject.lower(), said)


def without_list_footer(text: str) -> str:
    """The text without the footers that lists put below it: a rule, and a few lines that speak of the list."""
    lines = text.rstrip().split("\n")
    for _ in range(MOST_FOOTERS):
        at = next(
            (n for n in range(len(lines) - 1, max(len(lines) - LONGEST_FOOTER - 1, 0), -1) if _is_rule(lines[n])), None
        )
        if at is None:
            break
        below = [line for line in lines[at + 1 :] if line.strip()]
        said = "\n".join(below).lower()
        if below and not any(hint in said for hint in HINTS):
            break
        while at and not lines[at - 1].strip():
            at -= 1
        lines = lines[:at]
    return "\n".join(lines)


def _is_rule(line: str) -> bool:
    mark = line.strip()
    return len(mark) >= SHORTEST_RULE and mark[0] in RULE and not mark.strip(mark[0])


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
