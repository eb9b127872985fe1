"""What an `<img>` is worth to a reader. Fails: never. Knows nothing of the octets behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping

FILE_NAME = re.compile(r"\S{1,80}\.(?:png|jpe?g|gif|bmp|tiff?|webp|svg)", re.IGNORECASE)
TINY = frozenset(("0", "1"))


def is_pixel(attributes: Mapping[str, str]) -> bool:
    """Whether a picture has no size: trackers count with it, Outlook keeps space with it."""
    return attributes.get("width") in TINY or attributes.get("height") in TINY


def is_file_name(alt: str) -> bool:
    """Whether the text in place of a picture only says what its file is called."""
    return FILE_NAME.fullmatch(alt) is not None
