"""Subjects: the base subject (RFC 5256 §2.1) in the languages of mail clients, and ticket references.

Promises: linear, pure. Fails: never. Knows nothing of tickets beyond the shape of their reference.
"""

from __future__ import annotations

import re
from functools import lru_cache

from parsers.words.tables import words

# What clients put before a subject, in lower case. Answers first, then forwards.
REPLY_PREFIXES = words(
    "re aw antw antwort sv svar vs odp res resp rif r ref réf rép rv-re ynt yan cvp atb ats bls odg odgovor vá válasz "
    "răsp răspuns отв ответ відп відповідь отг адк απ απάντηση σχετ תגובה השב רד رد الرد 回复 回覆 答复 答覆 回 "
    "返信 답장 회신 ตอบ ตอบกลับ balas tl odpověď odpoveď vast svör جواب پاسخ"
)
FORWARD_PREFIXES = words(
    "fwd fw wg tr rv i enc vl vb doorst doorsturen pd fs vid vidb videresend vidarebefordrat reenv renv reenviado "
    "encam trs ilt i̇lt ilet továbbítás tovább továb redir redirecționat пересл пересыл пер пересил препр πρθ προωθ "
    "הועבר إعادة-توجيه تحويل 转发 轉寄 轉發 转 転送 전달 ส่งต่อ terusan meneruskan chuyển edasi pārsūt persiųsti "
    "pers pārs posr proslj prosl předat přepos prep prepos weitergeleitet framsent áfr ارسال"
)
PREFIXES = REPLY_PREFIXES | FORWARD_PREFIXES
# A word, perhaps a count (`Re[2]`, `AW (3)`), and a colon, ASCII or full-width; the French put a blank before it.
PREFIX = re.compile(r"\s*([^\W\d_][\w\u0300-\u036f-]{0,20})\s?(?:[\[(^]\s?\d{1,4}\s?[\])]?)?\s?[:\uff1a]\s*")
LONGEST = 2_000  # characters of a subject that are looked at
BLOB = re.compile(r"\s*\[[^\[\]]{0,200}\]\s*")
TRAILER = re.compile(r"\s*\((?:fwd|fw)\)\s*\Z", re.IGNORECASE)


def base_subject(subject: str) -> str:
    """The subject without prefixes, list tags and `(fwd)`. A tag is kept if nothing would be left."""
    subject = subject[:LONGEST]
    at = _after_prefixes(subject)
    rest = subject[at:].strip()
    while match := TRAILER.search(rest[-20:]):
        rest = rest[: len(rest) - len(rest[-20:]) + match.start()].strip()
    return rest


def _after_prefixes(subject: str) -> int:
    at = 0
    while True:
        prefix = PREFIX.match(subject, at)
        tag = BLOB.match(subject, at)
        if prefix and prefix[1].lower() in PREFIXES:
            at = prefix.end()
        elif tag and subject[tag.end() :].strip():
            at = tag.end()
        else:
            return at


def is_forward(subject: str) -> bool:
    """Whether the outermost prefix says that something is passed on."""
    return first_prefix(subject) in FORWARD_PREFIXES


def is_reply(subject: str) -> bool:
    """Whether the outermost prefix says that something is answered."""
    return first_prefix(subject) in REPLY_PREFIXES


def first_prefix(subject: str) -> str:
    """The outermost prefix in lower case, list tags skipped, or the empty string."""
    at = 0
    while (blob := BLOB.match(subject, at)) and blob.end() > at:
        at = blob.end()
    match = PREFIX.match(subject, at)
    word = match[1].lower() if match else ""
    return word if word in PREFIXES else ""


def find_ticket_tag(subject: str, start: str = "[ID:", end: str = "]") -> int | None:
    """The number of the first ticket reference such as `[ID:0012345]` in any case, or None."""
    match = _tag(start, end).search(subject)
    return (int(match[1]) or None) if match else None


@lru_cache(maxsize=32)
def _tag(start: str, end: str) -> re.Pattern[str]:
    # Twelve digits after the zeros: more is no ticket, and would overflow whatever stores it.
    pattern = rf"{re.escape(start)}\s{{0,3}}0{{0,20}}([0-9]{{1,12}})\s{{0,3}}{re.escape(end)}"
    return re.compile(pattern, re.IGNORECASE)
