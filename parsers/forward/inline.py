"""Whether a mail passes another one on, and what it says of it.

Promises: an inline forward is found by the separators and header blocks of mail clients in many languages, one that is
attached by its part. A quoted header block alone is a forward only if the subject says so: Outlook writes the same
lines above what it answers. Fails: never. Knows nothing of HTML and of tickets.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

from parsers.addresses import parse_addresses
from parsers.attributions import attribution_length
from parsers.blocks import HeaderBlock, bare, header_block, label_of, separator_kind
from parsers.limits import DEFAULT, Limits
from parsers.model import Forward
from parsers.subject import base_subject, first_prefix, is_forward

BETWEEN = 4  # lines there may be between a separator and the header block


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A forward, the forwarder's own words above it (None if it is an attachment), and the lines that are passed on."""

    forward: Forward
    note: str | None
    passed_on: str = ""


def find_inline(subject: str, text: str, markup: str | None = None, limits: Limits = DEFAULT) -> PassedOn | None:
    """The forward in `text`, or None. `markup` is the sender's HTML, where the mail has some in one piece."""
    del markup
    found = _find(subject, text, limits)
    if found is None:
        return None
    at, passed_on = found
    lines = text.split("\n")
    while at and (not lines[at - 1].strip() or separator_kind(lines[at - 1])):
        at -= 1  # Outlook draws a line above the block
    return PassedOn(passed_on, "\n".join(lines[:at]).strip(), "\n".join(lines[at:]).strip())


def _find(subject: str, text: str, limits: Limits) -> tuple[int, Forward] | None:
    """The line where what is passed on begins, and the forward."""
    passed_on = is_forward(subject)
    ambiguous = first_prefix(subject) == "vs"  # an answer in Finnish, a forward in Danish and Norwegian
    lines = text.split("\n")[: limits.cleaned_lines]
    for at, line in enumerate(lines):
        kind = separator_kind(line)
        if kind in {"forward", "original", "framed", "rule"}:
            if kind != "forward" and not passed_on:
                continue
            block = _block_after(lines, at + 1)
            if block is not None:
                return at, _forward(block, lines, text)
            if kind == "forward" and passed_on:
                return at, Forward("inline", original_text=_rest(text, at + 1))
        elif (passed_on or ambiguous) and (block := header_block(lines, at)) is not None:
            if passed_on or _is_danish(line):
                return at, _forward(block, lines, text)
        elif passed_on and (length := attribution_length(lines, at)):
            return at, _attributed(" ".join(map(bare, lines[at : at + length])), _rest(text, at + length), subject)
    return None


def _block_after(lines: list[str], start: int) -> HeaderBlock | None:
    for at in range(start, min(start + BETWEEN, len(lines))):
        if bare(lines[at]):
            return header_block(lines, at)
    return None


def _is_danish(line: str) -> bool:
    return label_of(line) is not None and bare(line).lower().startswith("fra")


def _attributed(line: str, text: str, subject: str) -> Forward:
    """Outlook for Mac passes mail on under the line it uses for answers."""
    found = next(iter(parse_addresses(line[line.rfind("<", 0, line.rfind("@")) :])), None) if "@" in line else None
    name = line.split('"')[1] if line.count('"') >= 2 else ""
    return Forward(
        kind="inline",
        original_sender=found.address if found else None,
        original_name=name or None,
        original_subject=base_subject(subject) or None,
        original_text=text or None,
    )


def _forward(block: HeaderBlock, lines: list[str], text: str) -> Forward:
    fields = block.fields
    sender = parse_addresses(fields.get("from", ""))
    name = sender[0].name if sender else fields.get("from", "").strip("\"'[] ")
    return Forward(
        kind="inline",
        original_sender=sender[0].address if sender else None,
        original_name=name or None,
        original_subject=fields.get("subject") or None,
        original_date=fields.get("date") or None,
        original_to=tuple(one.address for one in parse_addresses(fields.get("to", ""))),
        original_text=_rest(text, block.stop, quoted=_is_quoted(lines, block)),
    )


def _is_quoted(lines: list[str], block: HeaderBlock) -> bool:
    """Apple Mail marks the block and the text, others the text alone."""
    after = next((one for one in lines[block.stop : block.stop + BETWEEN] if one.strip()), "")
    return lines[block.start].lstrip().startswith(">") or after.lstrip().startswith(">")


def _rest(text: str, line: int, *, quoted: bool = False) -> str:
    lines = text.split("\n")[line:]
    if quoted:
        lines = [one.lstrip()[1:].removeprefix(" ") if one.lstrip().startswith(">") else one for one in lines]
    return textwrap.dedent("\n".join(lines)).strip()
