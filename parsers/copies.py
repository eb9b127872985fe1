"""Whether of two mails with one Message-ID the later says anything that the earlier does not.

Promises: linear, pure; `unlike` is empty only if every word, link, file, recipient and reference of the later mail is
in the earlier one, and the earlier has no words of its own. All that may differ is what a mailing list adds: a tag
before the subject, fields, and a footer, which is known by naming the list that its own fields name. In doubt two mails
are two. Fails: never. Knows nothing of who wrote them, but for what they say themselves, nor of what became of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from parsers.addresses import parse_addresses
from parsers.identity import LONGEST_FOOTER, MOST_FOOTERS, RULE, SHORTEST_RULE
from parsers.mailboxes import mailbox_of
from parsers.markup import html_to_text
from parsers.model import Attachment, ParsedEmail

LIST_FIELDS = ("list-id", "list-post", "list-unsubscribe", "list-help", "list-archive", "list-subscribe")
LONGEST_ADDITION = 1_500  # characters that a list adds
LONGEST_LINE = 300
FEW_WORDS = 5  # beside an address of the list, in a line that says no word about lists
WRAPPED = 45  # letters of a line that goes on in the next one
MOST_NAMES = 20
ABOUT_LISTS = (
    "list", "group", "grupo", "gruppe", "subscri", "abonn", "abmeld", "austrag", "verteiler", "suscri", "iscri",
    "inscri", "desinscr", "prenumer", "tilmeld", "zrušit", "рассыл", "отпис", "登録", "配信", "订阅", "退订",
)  # fmt: skip
SENTENCE_ENDS = (".", "!", "?", ":", ";", "。")
MAIL_SYSTEMS = ("[extern]", "[external]", "[externe]", "[externo]", "[ext]", "[spam]", "***spam***", "external:")
"""What mail systems put before a subject."""
TAG = re.compile(r"\[([^\[\]]{1,80}+)\]")


def unlike(later: ParsedEmail, earlier: ParsedEmail) -> str:
    """In which way the later mail is another one, in words; empty if it is the same mail."""
    looks = (
        ("another Message-ID", later.message_id != earlier.message_id),
        ("another date", later.date != earlier.date),
        ("another author", authors(later).isdisjoint(authors(earlier))),
        ("another subject", not _same_subject(later, earlier)),
        ("another text", not _same_text(later, earlier)),
        ("other HTML", not _same_html(later, earlier)),
        ("other files", not _same_files(later, earlier)),
        ("it answers another mail", _answers(later) != _answers(earlier)),
        ("other recipients", not _same_people(later, earlier)),
    )
    return next((words for words, differ in looks if differ), "")


def authors(mail: ParsedEmail) -> set[str]:
    """From, and who stands behind it where a list wrote From: the latter anybody can write."""
    behind = (mail.headers.get("x-original-from", ""), mail.headers.get("x-original-sender", ""))
    found = {one.address.lower() for text in behind for one in parse_addresses(text)}
    if mail.from_ is not None:
        found.add(mail.from_.address.lower())
        if is_listed(mail):
            found |= {one.address.lower() for one in mail.reply_to}
    return found


def is_listed(mail: ParsedEmail) -> bool:
    """Whether a mailing list passed it on, as far as its fields say."""
    return any(name in mail.headers for name in LIST_FIELDS)


def _same_subject(later: ParsedEmail, earlier: ParsedEmail) -> bool:
    """Equal, or the later one has the tag of its list: who comes first cannot have put words of their own there."""
    ours, theirs = _subject(later), _subject(earlier)
    if ours == theirs:
        return True
    if not is_listed(later) or later.base_subject.split() != earlier.base_subject.split():
        return False
    return (_tags(ours) - _tags(theirs)) <= _titles(later) and (_tags(theirs) - _tags(ours)) <= _titles(earlier)


def _tags(subject: str) -> set[str]:
    """What stands in brackets."""
    return {" ".join(one.lower().split()) for one in TAG.findall(subject)}


def _titles(mail: ParsedEmail) -> set[str]:
    """What a list may put in brackets before a subject: its names."""
    if not is_listed(mail):
        return set()
    addresses = (one.partition("@")[0] for one in _names(mail) if "@" in one)
    title = " ".join(mail.headers.get("list-id", "").partition("<")[0].strip(' "').lower().split())
    inside = {one.address.lower().partition("@")[0] for one in parse_addresses(mail.headers.get("list-post", ""))}
    posted = mail.headers.get("list-post", "").lower().partition("mailto:")[2].partition("@")[0]
    labels = {one for one in _labels(mail.headers.get("list-id", "")) if "." not in one}
    return {one for one in (title, posted, *addresses, *inside, *labels) if one}


def _subject(mail: ParsedEmail) -> str:
    rest, before = " ".join(mail.subject.split()), None
    while rest != before:  # every round takes letters away
        before = rest
        for tag in MAIL_SYSTEMS:
            if rest[: len(tag)].lower() == tag:
                rest = rest[len(tag) :].lstrip()
    return rest


def _same_text(later: ParsedEmail, earlier: ParsedEmail) -> bool:
    return not _forms(later, later.body.text).isdisjoint(_first(later, earlier, earlier.body.text))


def _first(later: ParsedEmail, earlier: ParsedEmail, text: str) -> set[str]:
    """The forms of the earlier one's text, which may say more only where both came by a list."""
    return _forms(earlier, text) if is_listed(later) else {" ".join(text.split())}


def _same_html(later: ParsedEmail, earlier: ParsedEmail) -> bool:
    ours, theirs = later.body.html, earlier.body.html
    if (ours or "").split() == (theirs or "").split():
        return True
    if ours and theirs:
        return not _forms(later, html_to_text(ours)[0]).isdisjoint(_first(later, earlier, html_to_text(theirs)[0]))
    one, markup = (later, ours) if ours else (earlier, theirs)  # a list took it away, or it never was there
    said = {_letters(form) for form in _forms(one, html_to_text(markup or "")[0])}
    return not said.isdisjoint(_letters(form) for form in _forms(one, one.body.text))


def _forms(mail: ParsedEmail, text: str) -> set[str]:
    """A text with and without the footers of the list, blanks aside: relays re-wrap."""
    whole = {" ".join(text.split())}
    return whole | {" ".join(_without_footers(text, list(_names(mail))).split())} if is_listed(mail) else whole


def _letters(text: str) -> str:
    return "".join(one for one in text.casefold() if one.isalnum())


def _same_files(later: ParsedEmail, earlier: ParsedEmail) -> bool:
    ours, theirs = (_files(mail) for mail in (later, earlier))
    more = [(later, one) for one in later.attachments if (one.filename, one.sha256) not in theirs]
    more += [(earlier, one) for one in earlier.attachments if (one.filename, one.sha256) not in ours]
    if not more:
        return ours == theirs
    return all(_is_footer_part(mail, file) for mail, file in more)


def _files(mail: ParsedEmail) -> Counter[tuple[str, str]]:
    return Counter((one.filename, one.sha256) for one in mail.attachments)


def _is_footer_part(mail: ParsedEmail, file: Attachment) -> bool:
    """Whether a list attached its footer as a part of its own."""
    if not is_listed(mail) or not file.media_type.startswith("text/") or file.size > LONGEST_ADDITION:
        return False
    text = file.octets.decode("utf-8", "replace")
    lines = (html_to_text(text)[0] if file.media_type == "text/html" else text).splitlines()
    return _is_footer(lines, list(_names(mail)))


def _answers(mail: ParsedEmail) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(mail.in_reply_to), frozenset(mail.references)


def _same_people(later: ParsedEmail, earlier: ParsedEmail) -> bool:
    """Whether both name the same people: but a list may leave some out, and add its address and the author's."""
    ours, theirs = ({mailbox_of(one.address) for one in (*mail.to, *mail.cc)} for mail in (later, earlier))
    writers = {mailbox_of(one) for one in authors(later) | authors(earlier)}
    back, forth = ({mailbox_of(one.address) for one in mail.reply_to} for mail in (later, earlier))
    if is_listed(later):
        return ours <= theirs | writers
    if is_listed(earlier):
        known = ours | {mailbox_of(one) for one in authors(later)}
        return ours <= theirs | writers and theirs <= known and back <= forth <= known
    return ours == theirs and back == forth


# Footers


def _without_footers(text: str, names: list[str]) -> str:
    """The text without what a list put below it: a rule, and a few lines each of which is about this list."""
    lines = text.rstrip().split("\n")
    for _ in range(MOST_FOOTERS):
        first = max(len(lines) - LONGEST_FOOTER - 1, 0)
        at = next((n for n in range(len(lines) - 1, first - 1, -1) if _is_rule(lines[n])), None)
        if at is None or not _is_footer(lines[at + 1 :], names):
            break
        while at and not lines[at - 1].strip():
            at -= 1
        lines = lines[:at]
    return "\n".join(lines)


def _is_footer(lines: list[str], names: list[str]) -> bool:
    """Whether every line is about the list; a line may say so in the next one, where it was wrapped."""
    below = [" ".join(line.split()) for line in lines if line.strip() and not _is_rule(line)]
    if not below or sum(map(len, below)) > LONGEST_ADDITION or len(below) > LONGEST_FOOTER:
        return False
    open_ = ""
    for line in below:
        if _is_about(f"{open_} {line}" if open_ else line, names):
            open_ = ""
        elif open_ or not _is_wrapped(line):
            return False
        else:
            open_ = line
    return not open_


def _is_about(line: str, names: list[str]) -> bool:
    """Whether a line names the list and says little else: its name beside a word about lists, or its own address."""
    low = line.lower()
    if len(low) > LONGEST_LINE:
        return False
    words = low.replace('"', " ").replace("'", " ").replace(",", " ").split()
    hinted = any(hint in low for hint in ABOUT_LISTS)
    places = [word for word in words if any("." in one and one in word for one in names)]
    if any("@" in word or "://" in word for word in places) or places == words:
        return hinted or len(words) - len(places) <= FEW_WORDS
    return hinted and any("." not in one and one in words for one in names)


def _is_wrapped(line: str) -> bool:
    return len(line) >= WRAPPED and not line.endswith(SENTENCE_ENDS) and any(one in line.lower() for one in ABOUT_LISTS)


def _names(mail: ParsedEmail) -> Iterator[str]:
    """What a list calls itself in its own fields: hosts and addresses (with a dot), and the name it has there."""
    number = 0
    for field in LIST_FIELDS:
        value = mail.headers.get(field, "").lower()
        for mark in "<>,:/?\"'()= ":
            value = value.replace(mark, " ")
        for word in value.split():
            number += 1
            if number > MOST_NAMES:
                return
            host = word.rpartition("@")[2]
            if "." in host.strip("."):
                yield host
        if field == "list-id":
            yield from _labels(mail.headers.get(field, ""))


def _labels(list_id: str) -> Iterator[str]:
    """`The users <users.lists.example.org>` (RFC 2919): its name, and the host of its lists."""
    inside = list_id.lower().rpartition("<")[2].partition(">")[0].strip()
    label, dot, host = inside.partition(".")
    if label:
        yield label
    if dot and "." in host:
        yield host


def _is_rule(line: str) -> bool:
    mark = line.strip()
    return len(mark) >= SHORTEST_RULE and mark[0] in RULE and not mark.strip(mark[0])
