"""Mail that was passed on: what the forwarding client wrote down of it, inline or as an attachment."""

from __future__ import annotations

from parsers.forward.inline import find_inline

__all__ = ["find_inline"]
