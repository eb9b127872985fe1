"""Pictures that stand in the text of a mail (RFC 2392): as links where there are some, else named where they stood.

Promises: pure; of a picture's own attributes only its size stays; nothing is parsed and written again here: the links
are told to the sanitizer, which sees the text last and lets no others through. Knows nothing of uploads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from gateway.receipts import Receipt
from gateway.steps import Step, Text, UploadAttachment
from parsers.markup import picture_ids, show_pictures


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its file name, and its link if there is one."""

    filename: str
    link: str = ""


def pictures_of(steps: Iterable[Step], done: Mapping[str, Receipt]) -> dict[str, Picture]:
    """The pictures of a plan by their Content-ID, with the links that their uploads answered so far."""
    return {
        step.content_id: Picture(step.filename, done[step.name].link if step.name in done else "")
        for step in steps
        if isinstance(step, UploadAttachment) and step.content_id
    }


def are_in(text: Text) -> bool:
    """Whether a text shows pictures of its mail."""
    return bool(_shown(text.html))


def shown_in(html: str, content_id: str | None) -> bool:
    """Whether a text shows this one; the letters are not enough."""
    return bool(content_id) and _key(content_id or "") in _shown(html)


def show(text: Text, pictures: Mapping[str, Picture]) -> Text:
    """The text with each picture as its link, or as `[picture: name]`; and the links that it may load."""
    if not are_in(text):
        return text
    known = {_key(content_id): one for content_id, one in pictures.items()}

    def shown(content_id: str) -> tuple[str, str]:
        found = known.get(_key(content_id))
        if found is None or not found.link:
            return "", f"[picture: {found.filename if found else 'missing'}]"
        return found.link, found.filename

    links = tuple(dict.fromkeys(one.link for one in pictures.values() if one.link))
    return replace(text, html=show_pictures(text.html, shown), pictures=links)


@lru_cache(maxsize=2)  # a text is asked about each of its mail's files
def _shown(html: str) -> frozenset[str]:
    return frozenset(map(_key, picture_ids(html)))


def _key(content_id: str) -> str:
    """Mail programs change the case of what they name themselves."""
    return content_id.strip().casefold()
