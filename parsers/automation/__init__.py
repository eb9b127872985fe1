"""Mail that machines wrote: what kind it is (`classify`), and what a delivery report says (`delivery_report`)."""

from __future__ import annotations

from parsers.automation.classify import Signs, classify

__all__ = ["Signs", "classify"]
