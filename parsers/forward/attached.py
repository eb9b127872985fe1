"""A forward as an attachment (message/rfc822): the mail inside says it all itself.

Promises: pure. Fails: never. Knows nothing of how the mail inside was read.
"""

from __future__ import annotations

from parsers.model import Forward, ParsedEmail


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
