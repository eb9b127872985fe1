"""The policy as a table that people read: one line a case, and what the words in its columns mean as facts.

`cases.txt` holds the lines; the table in README.md is made from it (`python -m tools.policy_table`, in tests).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from builders import SUPPORT, TICKET, email, facts

from config.policy import Policy
from gateway.decide import decide
from gateway.model import (
    AccountPolicy,
    AddCorrespondence,
    Agent,
    Authenticity,
    Earlier,
    Evidence,
    Facts,
    Ignore,
    Kind,
    OpenTicket,
    Quarantine,
    Requester,
    Routing,
    Standing,
)
from parsers.model import Address, AutomationKind, DeliveryReport, Forward, RecipientReport

CASES = Path(__file__).with_name("cases.txt")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

EVIDENCE = {
    "signed": Kind.SIGNED,
    "Message-ID": Kind.KNOWN,
    "number": Kind.NUMBER,
    "number in text": Kind.IN_TEXT,
    "mention": Kind.MENTIONED,
}
SENDERS = {
    "participant": Standing.PARTICIPANT,
    "colleague": Standing.COLLEAGUE,
    "agent": Standing.AGENT,
    "stranger": Standing.STRANGER,
    "other client": Standing.OTHER_CLIENT,
    "unproved": Standing.STRANGER,
}
UNPROVED = {"unproved": "Reply-To, because From takes no mail", "author": Address("anna@customer.example")}
WRITERS = {
    "person": {},
    "invitation": {"kind": AutomationKind.CALENDAR},
    "list": {"kind": AutomationKind.MAILING_LIST},
    "alert": {"kind": AutomationKind.AUTO_GENERATED},
    "auto reply": {"kind": AutomationKind.AUTO_REPLY},
    "complaint": {"kind": AutomationKind.FEEDBACK_REPORT},
    "vacation": {"kind": AutomationKind.OUT_OF_OFFICE},
    "bounce": {
        "kind": AutomationKind.BOUNCE,
        "delivery_report": DeliveryReport((RecipientReport("anna@customer.example", "failed", "5.1.1"),), "a@b"),
    },
    "full mailbox": {
        "kind": AutomationKind.BOUNCE,
        "delivery_report": DeliveryReport((RecipientReport("anna@customer.example", "failed", "5.2.2"),), "a@b"),
    },
    "delay": {"kind": AutomationKind.DELAY},
    "receipt": {"kind": AutomationKind.READ_RECEIPT},
}
MORE: dict[str, dict[str, object]] = {
    "contact form": UNPROVED,
    "noreply with Reply-To": UNPROVED,
    "thanks": {"thanks": True},
    "same subject and people": {"related": True},
    "same again and again": {"repeats": True},
    "second delivery": {"same_as": 1},
    "moved back with its ticket there": {"same_as": 1, "earlier": Earlier(1, "done, ticket 40")},
    "moved back after nothing": {"earlier": Earlier(1, "quarantined", again=True)},
    "own acknowledgement": {"own_message": True},
    "own signature": {"own_signature": True},
    "only its beginning": {"truncated": True},
    "dead address": {"dead_address": True},
    "released": {"override": "release"},
    "assigned": {"override": "assign:40", "ticket": TICKET},
    "assigned to a ticket that is gone": {"override": "assign:41"},
    "reopened 3 times": {"reopened": 3},
    "rule: ignore": {"routing": Routing(("r",), ignore=True)},
    "rule: quarantine": {"routing": Routing(("r",), quarantine=True)},
    "rule: hide": {"routing": Routing(("r",), hide=True)},
    "rule: silent": {"routing": Routing(("r",), acknowledge=False)},
    "rule: other type": {"routing": Routing(("r",), tickettype_id=2)},
    "rule: acknowledge": {"routing": Routing(("r",), acknowledge=True)},
}
MAILS: dict[str, dict[str, object]] = {
    "51 hops": {"hops": 51},
    "50 hops": {"hops": 50},
    "from ourselves": {"from_": Address(SUPPORT)},
    "from ourselves with a plus": {"from_": Address(SUPPORT.replace("@", "+x@"))},
    "our alert": {"from_": Address(SUPPORT), "headers": {"x-halo-mailgate": "alert"}},
    "contact form": {"from_": Address(SUPPORT), "reply_to": (Address("anna@customer.example"),)},
    "nobody": {"from_": None},
    "noreply": {"from_": Address("no-reply@shop.example")},
    "noreply with Reply-To": {"from_": Address("noreply@x.example"), "reply_to": (Address("anna@customer.example"),)},
    "null reverse-path": {"null_reverse_path": True},
    "wants no automatic answer": {"headers": {"x-auto-response-suppress": "DR, OOF, AutoReply"}},
    "wants no receipts": {"headers": {"x-auto-response-suppress": "DR, RN"}},
    "another gateway": {"headers": {"x-halo-mailgate": "acknowledgement"}},
    "passes a mail on": {"forward": Forward("inline", "eve@elsewhere.example", "Eve")},
}


@dataclass(frozen=True, slots=True)
class Case:
    """One line. `line` is its number in the file."""

    line: int
    section: str
    evidence: str
    sender: str
    ticket: str
    writer: str
    policy: str
    outcome: str
    reason: str

    @property
    def facts(self) -> Facts:
        """The situation."""
        given = [word.strip() for word in self.policy.split(",") if word.strip() not in {"", "-"}]
        account = AccountPolicy("support", SUPPORT, "acknowledge = off" not in given, policy=Policy(**_keys(given)))
        writer, *more = (word.strip() for word in self.writer.split(","))
        mail: dict[str, object] = dict(WRITERS[writer])
        changes: dict[str, object] = {}
        for word in more:
            mail |= MAILS.get(word, {})
            changes |= MORE.get(word, {})
            assert word in MAILS or word in MORE, f"line {self.line}: {word}"
        made = facts(email(**mail), account=account, now=NOW)
        made = replace(made, **_where(self), **_who(self))
        return replace(made, **changes)


def _keys(given: list[str]) -> dict[str, object]:
    pairs = (word.split(" = ") for word in given if not word.startswith("acknowledge"))
    return {name: int(value) if value.isdigit() else value.strip('"') for name, value in pairs}


def _where(case: Case) -> dict[str, object]:
    if case.evidence == "-":
        return {}
    chosen = Evidence(EVIDENCE[case.evidence], 40, "for the test")
    if case.ticket == "gone":
        return {"evidence": (chosen,), "gone": (40,)}
    closed = case.ticket.startswith("closed")
    days = int(case.ticket.split()[1]) if " " in case.ticket else 0
    at = NOW - timedelta(days=days) if closed else None
    return {"evidence": (chosen,), "chosen": chosen, "ticket": replace(TICKET, closed=closed, closed_at=at)}


def _who(case: Case) -> dict[str, object]:
    sender, _, how = case.sender.partition(", ")
    who: dict[str, object] = {"requester": Requester("anna@customer.example", "Anna")}
    if sender in SENDERS:
        who |= {"standing": SENDERS[sender], "standing_words": "for the test"}
    if sender == "agent":
        who |= {"agent": Agent(7, "Alan"), "authenticity": Authenticity.PASSED, "authenticity_words": "for the test"}
    if sender == "unproved":
        who |= UNPROVED
    if how == "other client":
        who |= {"standing": Standing.OTHER_CLIENT}
    if how == "forged":
        who |= {"authenticity": Authenticity.FAILED, "authenticity_words": "dmarc=fail, says mx"}
    return who


def outcome(made: Facts) -> tuple[str, str]:
    """What is decided, in the words of the table."""
    match decide(made)[0]:
        case AddCorrespondence() as one:
            words = ["append"]
            words += ["hidden"] * one.hidden + ["reopen"] * one.reopen + ["as agent"] * (one.agent_id is not None)
            words += ["bury"] * bool(one.dead)
            return " ".join(words), one.reason
        case OpenTicket() as one:
            linked = "new linked" if one.split else "new"
            reason = (
                one.reason
                if one.acknowledge or one.acknowledge_reason == one.reason
                else (f"{one.reason}: {one.acknowledge_reason}")
            )
            return f"{linked} {'acknowledged' if one.acknowledge else 'silent'}", reason
        case Ignore() as one:
            return "ignore", one.reason
        case Quarantine() as one:
            return "quarantine", one.reason


def read() -> list[Case]:
    """All cases."""
    found: list[Case] = []
    section = ""
    for number, line in enumerate(CASES.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.strip() and not line.startswith("#"):
            found.append(Case(number, section, *(cell.strip() for cell in line.split("|"))))
    return found
