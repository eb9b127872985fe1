"""Mail that was passed on: what the forwarding client wrote down of it, inline or as an attachment."""

from __future__ import annotations

from parsers.forward.attached import is_passed_on, of_attached
from parsers.forward.inline import PassedOn, find_inline

__all__ = ["PassedOn", "find_inline", "is_passed_on", "of_attached"]
