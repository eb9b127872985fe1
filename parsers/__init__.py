"""Mail read: octets in, facts out. `parse` is the door, `parsers.model` the values behind it.

Promises: pure and total. Knows nothing of HaloPSA, the ledger or the settings.
"""

from __future__ import annotations

from parsers.limits import DEFAULT, Limits
from parsers.message import parse
from parsers.model import ParsedEmail

__all__ = ["DEFAULT", "Limits", "ParsedEmail", "parse"]
