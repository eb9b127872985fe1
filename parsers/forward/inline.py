"""Whether a mail passes another one on in its text, and what it says of it.

Promises: an inline forward is found by the separators and header blocks of mail clients in many languages. The first
sign from the top decides: below an introduction such as `On … wrote:` a separator is part of what is quoted. A header
block alone is a forward only if the subject says so: Outlook writes the same lines above what it answers. Of nested
forwards the outermost one is found. Fails: never. Knows nothing of attachments and of tickets.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from parsers.attributions import attribution_length
from parsers.blocks import DASHES, HeaderBlock, bare, header_block, label_of, lowered, separator_kind
from parsers.forward.forms import BETWEEN, COLON, attribution_fields, block_after, joined_block, one_line
from parsers.forward.people import address_in_links, recipients_of, sender_of
from parsers.limits import DEFAULT, Limits
from parsers.model import Forward
from parsers.subject import base_subject, is_ambiguous, is_forward, is_reply, says_forward
from parsers.words.labels import ANSWERED

# Only Gmail's and Thunderbird's forwards carry these: proof in any language, if the separator is there too.
FORWARDING_MARKS = ("gmail_sendername", "moz-forward-container")
SEPARATORS = frozenset({"forward", "original", "framed", "rule"})
MARKED_SHARE = 0.8  # of the lines of a text that is passed on with quote marks; wrapped lines lose theirs
LONGEST_ANSWER = 400  # characters of a note that are asked for its language


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A forward, the forwarder's own words above it (None if it is an attachment), and the lines that are passed on."""

    forward: Forward
    note: str | None
    passed_on: str = ""


@dataclass(slots=True)
class _Found:
    """Where what is passed on begins, and its header block."""

    at: int
    block: HeaderBlock
    quoted: bool | None = None  # None: to be seen from the lines


def find_inline(subject: str, text: str, markup: str | None = None, limits: Limits = DEFAULT) -> PassedOn | None:
    """The forward in `text`, or None. `markup` is the sender's HTML, where the mail has some in one piece."""
    lines = text.split("\n")
    found = _Search(subject, lines[: limits.cleaned_lines], markup or "").run()
    if found is None:
        return None
    begun, stop = found.at, found.block.stop
    while begun and (not lines[begun - 1].strip() or separator_kind(lines[begun - 1])):
        begun -= 1  # Outlook draws a line above the block
    end = _end(lines, stop) if separator_kind(lines[found.at]) == "forward" else len(lines)
    below = _below_block(lines, stop)
    quoted = found.quoted if found.quoted is not None else _is_quoted(lines, found.block.start, below, end)
    if quoted and end == len(lines):
        end = _end_of_marked(lines, below)
    original = _text(lines[below:end], quoted=quoted)
    fields, bare_subject = found.block.fields, base_subject(subject)
    title, original = _title(fields.get("subject", ""), original, bare_subject)
    if not title and is_forward(subject):
        title = bare_subject  # which the client made out of it
    address, name = sender_of(fields.get("from", ""))
    if address is None and name and markup:
        address = address_in_links(name, markup[: limits.html])
    forward = Forward(
        kind="inline",
        original_sender=address,
        original_name=name,
        original_subject=title or None,
        original_date=fields.get("date") or None,
        original_to=recipients_of(fields.get("to", ""), limits),
        original_text=original or None,
    )
    after = "\n".join(lines[end:]).strip()
    if end < len(lines) and separator_kind(lines[end]) in {"end", "rule"}:
        after = "\n".join(lines[end + 1 :]).strip()
    above = "\n".join(lines[:begun]).strip()
    note = "\n\n".join(one for one in (above, after) if one)
    return PassedOn(forward, note, "\n".join(lines[begun:end]).strip())


class _Search:
    """One search, from the top: the first sign decides."""

    def __init__(self, subject: str, lines: Sequence[str], markup: str) -> None:
        self.lines = lines
        self.base = base_subject(subject)
        self.passed_on = is_forward(subject)
        self.ambiguous = is_ambiguous(subject)
        self.reply = is_reply(subject) and not self.ambiguous
        self.answers_forward = self.reply and says_forward(subject)
        self.marked = any(mark in markup for mark in FORWARDING_MARKS)

    def run(self) -> _Found | None:
        """Where the forward begins, or None."""
        for at, line in enumerate(self.lines):
            if not line or line.isspace():
                continue
            if block := joined_block(line, at):
                return _Found(at, block) if self._may_begin(at) else None
            kind = separator_kind(line)
            if kind in SEPARATORS:
                decided, found = self._below(at, kind)
            elif kind:
                continue
            else:
                decided, found = self._unseparated(at)
            if decided:
                return found
        return None

    def _below(self, at: int, kind: str) -> tuple[bool, _Found | None]:
        """What a separator and the lines below it say: whether that decides, and what is found."""
        sure = kind == "forward" or (kind == "framed" and (self.passed_on or self.marked))
        following = _next(self.lines, at + 1)
        if kind in {"framed", "rule"} and (label_of(following) is None if not sure else not COLON.search(following)):
            return False, None  # any heading or drawn line
        block = block_after(self.lines, at + 1, self.base, sure=sure)
        if kind == "forward" or (kind == "framed" and self.marked):
            if block is not None:
                return True, _Found(at, block) if self._may_begin(at) else None
            if self.passed_on and kind == "forward":
                return True, _Found(at, HeaderBlock(at + 1, at + 1, {"subject": self.base}))
            return False, None
        if block is None:
            return False, None
        return True, _Found(at, block) if self._is_passed_on(at, block) else None

    def _unseparated(self, at: int) -> tuple[bool, _Found | None]:
        """The same of a line that is no separator."""
        label = label_of(self.lines[at])
        if label is not None:
            least = 1 if self.passed_on and label[0] == "from" else 2
            block = header_block(self.lines, at, least=least)
            if block is None and self.passed_on and label[0] == "from":
                block = one_line(self.lines[at], at)
            if block is not None:
                return True, _Found(at, block) if self._is_passed_on(at, block) else None
        elif self.passed_on and (length := attribution_length(self.lines, at)):
            # Outlook for Mac passes mail on under the line it uses for answers.
            fields = {**attribution_fields(self.lines, at, length), "subject": self.base}
            return True, _Found(at, HeaderBlock(at, at + length, fields))
        if self.passed_on and self.lines[at].lstrip().startswith(">") and self._is_quoted_to_the_end(at):
            return True, _Found(at, HeaderBlock(at, at, {"subject": self.base}), quoted=True)
        return False, None

    def _is_passed_on(self, at: int, block: HeaderBlock) -> bool:
        """Of a header block that Outlook would write above an answer as well."""
        if self.passed_on:
            return True
        above = "\n".join(self.lines[max(at - LONGEST_ANSWER, 0) : block.start + 1]).lower()
        if self.ambiguous:
            return not any(word in above[-LONGEST_ANSWER:] for word in ANSWERED)
        # Nobody answers with nothing: a rule of the mailbox passed it on.
        begins = not any(line.strip() and not separator_kind(line) for line in self.lines[: block.start])
        same = base_subject(block.fields.get("subject", "")).lower() == self.base.lower() != ""
        return begins and same and not self.reply

    def _may_begin(self, at: int) -> bool:
        """Whether nothing above line `at` says that an answer quotes the forward."""
        if self.passed_on:
            return True
        if self.answers_forward:
            return False
        return not any(
            attribution_length(self.lines, above) or separator_kind(self.lines[above]) == "original"
            for above in range(at)
        )

    def _is_quoted_to_the_end(self, at: int) -> bool:
        return all(not one.strip() or one.lstrip().startswith(">") for one in self.lines[at:])


def _below_block(lines: Sequence[str], stop: int) -> int:
    """Where the text begins: Zoho closes the block with a separator, SquirrelMail with a line of dashes."""
    for at in range(stop, min(stop + BETWEEN, len(lines))):
        if lines[at].strip():
            kind = separator_kind(lines[at])
            closes = kind == "rule" or (kind == "forward" and label_of(_next(lines, at + 1)) is None)
            return at + 1 if closes else stop
    return stop


def _next(lines: Sequence[str], start: int) -> str:
    return next((one for one in lines[start : start + BETWEEN] if one.strip()), "")


def _end(lines: Sequence[str], start: int) -> int:
    """The line that says where the forward ends, or the end: of several the last, because forwards nest."""
    for at in range(len(lines) - 1, start - 1, -1):
        text = lines[at]
        if text and not text.isspace() and "-" in text[:8] and separator_kind(text) == "end":
            return at
    last = len(lines) - 1
    while last >= start and not lines[last].strip():
        last -= 1
    # KMail closes with a long line of dashes.
    closed = last >= start and len(lines[last].strip()) > 40 and not lines[last].strip(DASHES + " ")
    return last if closed else len(lines)


def _end_of_marked(lines: Sequence[str], start: int) -> int:
    """Behind the last line with a quote mark, unless what follows is the end of one that was too long."""
    last = len(lines) - 1
    while last >= start and not lines[last].lstrip().startswith(">"):
        last -= 1
    return last + 1 if last >= start and last + 1 < len(lines) and not lines[last + 1].strip() else len(lines)


def _is_quoted(lines: Sequence[str], start: int, below: int, end: int) -> bool:
    """Apple Mail marks the block and the text, others the text alone."""
    if start < len(lines) and lines[start].lstrip().startswith(">"):
        return True
    if not _next(lines[:end], below).lstrip().startswith(">"):
        return False
    written = [one for one in lines[below:end] if one.strip()]
    return sum(one.lstrip().startswith(">") for one in written) >= MARKED_SHARE * len(written)


def _text(lines: Sequence[str], *, quoted: bool) -> str:
    if quoted:
        lines = [one.lstrip()[1:].removeprefix(" ") if one.lstrip().startswith(">") else one for one in lines]
    return textwrap.dedent("\n".join(lines)).strip().removeprefix("\ufeff").strip()


def _title(title: str, text: str, subject: str) -> tuple[str, str]:
    """Subject and text, told apart with the help of the mail's own subject where a line was broken or joined."""
    bare_title = base_subject(title)
    if not subject or not bare_title or lowered(bare_title) == lowered(subject):
        return title, text
    first, _, rest = text.partition("\n")
    if lowered(f"{bare_title} {first}") == lowered(subject):
        return f"{title} {bare(first)}", rest.strip()
    if bare_title.startswith(f"{subject} ") and not text:
        return title[: len(title) - len(bare_title) + len(subject)], bare_title[len(subject) :].strip()
    return title, text
