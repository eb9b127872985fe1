"""Tables of words written as one text: shorter to read and to extend than a quoted word a line."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """The words of `text`, which are separated by blanks."""
    return frozenset(text.split())
