"""Three verdicts on automatic mail, never one: may it be acknowledged, may it open a ticket, may it open one again.

Promises: data, one line a kind (RFC 3834 §2; what the other systems got wrong is that they have one flag for all).
"""

from __future__ import annotations

from dataclasses import dataclass

from parsers.model import AutomationKind


@dataclass(frozen=True, slots=True)
class May:
    """What mail of a kind may do."""

    acknowledge: bool
    open: bool
    reopen: bool


MAY = {
    AutomationKind.NONE: May(acknowledge=True, open=True, reopen=True),
    AutomationKind.CALENDAR: May(acknowledge=True, open=True, reopen=True),
    AutomationKind.MAILING_LIST: May(acknowledge=False, open=True, reopen=False),
    AutomationKind.AUTO_GENERATED: May(acknowledge=False, open=True, reopen=False),
    AutomationKind.AUTO_REPLY: May(acknowledge=False, open=True, reopen=False),
    AutomationKind.FEEDBACK_REPORT: May(acknowledge=False, open=True, reopen=False),
    AutomationKind.OUT_OF_OFFICE: May(acknowledge=False, open=False, reopen=False),
    AutomationKind.BOUNCE: May(acknowledge=False, open=False, reopen=False),
    AutomationKind.DELAY: May(acknowledge=False, open=False, reopen=False),
    AutomationKind.READ_RECEIPT: May(acknowledge=False, open=False, reopen=False),
}
