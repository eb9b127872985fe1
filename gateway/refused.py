"""Attachments that HaloPSA would not take, and the note on the ticket that says so.

Promises: pure; the note names every one with its size and Halo's words, escaped, and where the whole mail is kept.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping

from gateway.model import Step, Text, UploadAttachment
from gateway.receipts import Receipt

HOW = "refused"

Refused = tuple[UploadAttachment, Receipt]


def attachments(steps: Iterable[Step], done: Mapping[str, Receipt]) -> tuple[Refused, ...]:
    """Those of a plan that were refused, each with what was said."""
    return tuple(
        (step, done[step.name])
        for step in steps
        if isinstance(step, UploadAttachment) and step.name in done and done[step.name].how == HOW
    )


def note(those: Iterable[Refused], message: int) -> Text:
    """The note, for agents. `message`: the number under which the mail is kept here."""
    lines = [f"{step.filename} ({_size(step.size)}): {receipt.words}" for step, receipt in those]
    head = "Not attached, because HaloPSA refused:"
    foot = f"The mail is kept whole as message {message} of halo-mailgate (halo-mailgate explain {message})."
    items = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    plain = "\n".join((head, *(f"- {line}" for line in lines), foot))
    return Text(plain, f"<p>{head}</p><ul>{items}</ul><p>{html.escape(foot)}</p>")


def _size(octets: int) -> str:
    """A size as people write it."""
    return f"{octets / 1_000_000:.1f} MB" if octets >= 1_000_000 else f"{octets} octets"
