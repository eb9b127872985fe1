"""Whether two mails are one: digests of what a mail says, without what its way added.

Promises: linear, pure. `content_digest` is equal for two deliveries of one mail, also when one came by a mailing list
that put a tag before the subject and a footer below the text; it is None without a Message-ID. Equal digests are a
reason to look, and no proof: what counts as the same mail is said by `parsers.copies`. `text_digest` is equal for a
machine that says the same again. Fails: never. Knows nothing of what becomes of a mail that was seen before.
"""

from __future__ import annotations

import hashlib

from parsers.headers import Headers
from parsers.model import ParsedEmail

LONGEST_FOOTER = 14  # lines of a list's footer
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
