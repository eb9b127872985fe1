"""Pictures that stand in the text of a mail (RFC 2392): as links where there are some, else named where they stood.

Promises: pure; a link is escaped; of a picture's own attributes only its size stays. Knows nothing of uploads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote

from bs4 import BeautifulSoup

from gateway.model import Step, Text, UploadAttachment
from gateway.receipts import Receipt

_SIZE = ("width", "height")


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
    """Whether a text may hold pictures of its mail."""
    return "cid:" in text.html


def shown_in(html: str, content_id: str | None) -> bool:
    """Whether a text shows this one. Content-IDs stand percent-encoded in URLs (RFC 2392 §2)."""
    return bool(content_id) and "cid:" in html and f"cid:{content_id}" in unquote(html)


def show(text: Text, pictures: Mapping[str, Picture]) -> Text:
    """The text with each picture as its link, or as `[picture: name]`."""
    if not are_in(text):
        return text
    soup = BeautifulSoup(text.html, "lxml")
    for image in soup.find_all("img"):
        source = str(image.get("src", ""))
        if not source.startswith("cid:"):
            continue
        known = pictures.get(source[4:]) or pictures.get(unquote(source[4:]))
        name = known.filename if known else "missing"
        if known is None or not known.link:
            image.replace_with(f"[picture: {name}]")
            continue
        size = {key: value for key in _SIZE if (value := image.get(key)) is not None}
        image.attrs = {"src": known.link, "alt": name, **size}
    return replace(text, html="".join(map(str, soup.body.contents)) if soup.body else text.html)
