"""Mail that machines wrote: what kind it is (`classify`), and what a delivery report says (`delivery_report`)."""

from __future__ import annotations

from parsers.automation.classify import classify
from parsers.automation.signs import Signs

__all__ = ["Signs", "classify"]
