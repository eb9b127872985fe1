"""A forward as an attachment (message/rfc822): the mail inside says it all itself, of several the first.

Promises: pure. Fails: never. Knows nothing of how the mail inside was read.
"""

from __future__ import annotations

from parsers.model import Forward, ParsedEmail
from parsers.subject import base_subject, is_forward, is_reply


def is_passed_on(subject: str, text: str, inner: ParsedEmail) -> bool:
    """Whether the attached mail is what this one is about, rather than something it encloses.

    Clients that forward as an attachment write a prefix or take the subject over. Who writes a text under a subject of
    his own asks that question himself, and encloses the mail as evidence.
    """
    if is_forward(subject) or not text.strip():
        return True
    base = base_subject(subject).lower()
    return not is_reply(subject) and base in {"", base_subject(inner.subject).lower()}


def of_attached(inner: ParsedEmail) -> Forward:
    """What the attached mail says."""
    return Forward(
        kind="attachment",
        original_sender=inner.from_.address if inner.from_ else None,
        original_name=(inner.from_.name or None) if inner.from_ else None,
        original_subject=inner.subject or None,
        original_date=inner.date.isoformat() if inner.date else None,
        original_to=tuple(one.address for one in inner.to),
        original_text=inner.body.text or None,
    )
