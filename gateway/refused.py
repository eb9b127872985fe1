"""What HaloPSA or the mail server would not take, and the note on the ticket that says so.

Promises: pure; the note names every attachment with its size and Halo's words, and the answer that the sender did not
get with the mail server's, escaped, and where the whole mail is kept.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.receipts import Receipt
from gateway.steps import Acknowledge, Step, Text, UploadAttachment

HOW = "refused"
_UNTOLD = frozenset({HOW, "given_up"})


@dataclass(frozen=True, slots=True)
class Refused:
    """What was refused, in lines."""

    files: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.files or self.answers)


def found(steps: Iterable[Step], done: Mapping[str, Receipt]) -> Refused:
    """What of a plan was refused, each with what was said."""
    files, answers = [], []
    for step in steps:
        receipt = done.get(step.name)
        if isinstance(step, UploadAttachment) and receipt is not None and receipt.how == HOW:
            files.append(f"{step.filename} ({_size(step.size)}): {receipt.words}")
        if isinstance(step, Acknowledge) and receipt is not None and receipt.how in _UNTOLD:
            answers.append(f"{step.to.address}: {receipt.words}")
    return Refused(tuple(files), tuple(answers))


def note(those: Refused, message: int) -> Text:
    """The note, for agents. `message`: the number under which the mail is kept here."""
    plain, rich = [], []
    heads = (
        ("Not attached, because HaloPSA refused:", those.files),
        ("The sender was not told that this ticket is there, because the mail could not be delivered:", those.answers),
    )
    for head, lines in heads:
        if lines:
            items = "".join(f"<li>{html.escape(line, quote=False)}</li>" for line in lines)
            plain += [head, *(f"- {line}" for line in lines)]
            rich.append(f"<p>{head}</p><ul>{items}</ul>")
    foot = f"The mail is kept whole as message {message} of halo-mailgate (halo-mailgate explain {message})."
    return Text("\n".join((*plain, foot)), f"{''.join(rich)}<p>{html.escape(foot, quote=False)}</p>")


def _size(octets: int) -> str:
    """A size as people write it."""
    return f"{octets / 1_000_000:.1f} MB" if octets >= 1_000_000 else f"{octets} octets"
