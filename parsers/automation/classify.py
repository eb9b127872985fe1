"""Whether a machine wrote a mail, what kind, and by which sign.

Promises: the first sign in an order of trust decides: reports by their structure, then forms that are known to come
from mail systems, then what the sender declares (RFC 3834), then lists, then weaker signs. `Auto-Submitted: no` is a
person. Signs with their reason, not decisions. Fails: never. Knows nothing of tickets and acknowledgements.
"""

from __future__ import annotations

from collections.abc import Callable

from parsers.automation import machines, notifications, reports
from parsers.automation.signs import Signs
from parsers.model import Automation

LOOKS: tuple[Callable[[Signs], Automation | None], ...] = (
    reports.by_structure,
    reports.complaint,
    notifications.notification,
    reports.by_form,
    machines.invitation,
    machines.declared,
    machines.responder,
    machines.lists,
    machines.generated,
)


def classify(signs: Signs) -> Automation:
    """The kind of machine that wrote the mail and the sign that gave it away; NONE for people."""
    for look in LOOKS:
        if sign := look(signs):
            return sign
    return Automation()
