"""The policy's table in README.md, made from `policy/cases.txt`: run `python -m tools.policy_table` in tests/."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from policy import EVIDENCE, WRITERS, Case, read

SENDERS = ("participant", "colleague", "agent", "stranger", "other client")
EVIDENCES = {
    "signed": "our signed reference",
    "Message-ID": "the Message-ID of a mail we know",
    "number": "a number in the subject",
    "number in text": "a number in the text, if switched on",
    "mention": "a Message-ID that was only mentioned",
}
HEADS = {
    "participant": "participant",
    "colleague": "of the same client",
    "agent": "agent, verified",
    "stranger": "stranger",
    "other client": "of another client",
}
MACHINES = {
    "invitation": "an invitation",
    "list": "a mailing list",
    "alert": "an alert of a machine",
    "auto reply": "an automatic reply",
    "complaint": "an abuse report",
    "vacation": "a vacation reply",
    "bounce": "a bounce",
    "delay": "a delay report",
    "receipt": "a read receipt",
}
SPOKEN = {
    "append": "added",
    "append hidden": "added, for agents only",
    "append hidden bury": "added, for agents only; the address is answered no more",
    "append as agent": "added as the agent's",
    "append reopen": "added, reopened",
    "new acknowledged": "a new ticket",
    "new linked acknowledged": "a new ticket, linked",
    "new silent": "a new ticket, unacknowledged",
    "new linked silent": "a new ticket, linked, unacknowledged",
    "ignore": "nothing",
    "quarantine": "quarantine",
}


def table(cases: Sequence[Case]) -> str:
    """Two tables: what people's mail does, and what machines' does."""
    known = {
        (one.evidence, one.sender, one.ticket, one.writer, one.policy): SPOKEN.get(one.outcome, "") for one in cases
    }
    lines = [_row("what names the ticket", *HEADS.values()), _row(*["---"] * (len(HEADS) + 1))]
    for name in EVIDENCE:
        cells = [known[name, sender, "open", "person", "-"] for sender in SENDERS]
        lines.append(_row(EVIDENCES[name], *cells))
    cells = [known["Message-ID", sender, "closed", "person", "-"] for sender in SENDERS]
    lines.append(_row("the Message-ID of a mail we know, closed ticket", *cells))
    cells = [
        known.get(("Message-ID", f"{sender}, forged", "open", "person", "-"), "does not happen") for sender in SENDERS
    ]
    lines.append(_row("the Message-ID of a mail we know, From failed authentication", *cells))
    hidden = known["Message-ID", "unproved", "open", "person", "-"]
    cells = ["does not happen" if sender == "agent" else hidden for sender in SENDERS]
    lines.append(_row("the Message-ID of a mail we know, the author named by Reply-To or a list alone", *cells))
    lines += ["", _row("written by", "no ticket", "an open one", "a closed one"), _row(*["---"] * 4)]
    for name in WRITERS:
        if name in MACHINES:
            at = [("-", "-", "-"), ("Message-ID", "participant", "open"), ("Message-ID", "participant", "closed")]
            lines.append(_row(MACHINES[name], *(known[(*place, name, "-")] for place in at)))
    return "\n".join(lines)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(table(read()) + "\n")
