"""Who can make what happen by mail alone: the tables in SECURITY.md, made from the rules themselves.

Run `python -m tools.account_table` in tests/. Each row is decided and planned as the daemon would, with the default
policy, for a person's mail with a file and a copy to somebody else: once on an open ticket, once on a closed one.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from policy import EVIDENCE, Case

from config.policy import Policy
from gateway.decide import decide
from gateway.model import AccountPolicy, Facts
from gateway.plan import Defaults, make_plan
from gateway.steps import Acknowledge, AddAction, CreateTicket, Plan, Reopen, UploadAttachment
from parsers.model import Address, Attachment
from tools.policy_table import EVIDENCES

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FILE = Attachment("plan.pdf", "application/pdf", b"x", "0" * 64)
COPY = Address("copy@elsewhere.example")
SENDERS = (
    ("agent", "an agent, From passed for its very domain"),
    ("participant", "a participant, From passed or nobody judges it"),
    ("colleague", "somebody of the ticket's client, From passed or nobody judges it"),
    ("stranger", "a stranger, From passed or nobody judges it"),
    ("other client", "somebody of another client, From passed or nobody judges it"),
    ("participant, forged", "a participant, From failed"),
    ("colleague, forged", "somebody of the ticket's client, From failed"),
    ("stranger, forged", "a stranger, From failed"),
    ("other client, forged", "somebody of another client, From failed"),
    ("unproved", "anybody, named by Reply-To or a mailing list alone"),
    ("unproved, other client", "the same, and who carried it is of another client"),
)
NONE = (
    ("agent", "an agent, From passed for its very domain"),
    ("-", "anybody, From passed or nobody judges it"),
    ("-, forged", "anybody, From failed"),
    ("unproved", "anybody, named by Reply-To or a mailing list alone"),
)
HEAD = ("who", "text", "file", "answered", "reopens a closed one", "takes part in it afterwards")


@dataclass(frozen=True, slots=True)
class Effects:
    """What one mail made happen."""

    text: str
    file: str
    answered: str
    reopens: str
    welcome: str

    @property
    def cells(self) -> tuple[str, ...]:
        """As the table has them."""
        return self.text, self.file, self.answered, self.reopens, self.welcome


def effects(evidence: str, sender: str) -> Effects:
    """On an open ticket; whether it reopens, on a closed one."""
    opened, closed = planned(evidence, sender, "open"), planned(evidence, sender, "closed")
    reopens = any(isinstance(one, Reopen) for one in closed.steps)
    file = next((one for one in opened.steps if isinstance(one, UploadAttachment)), None)
    answer = any(isinstance(one, Acknowledge) for one in opened.steps)
    made = next((one for one in opened.steps if isinstance(one, CreateTicket | AddAction)), None)
    text, shown = "nothing", "nothing"
    if isinstance(made, CreateTicket):
        nobodys = made.requester.user_id is None
        text = "a new ticket, for nobody in particular" if nobodys else "a new ticket, for its author"
        shown = "on the new ticket"
    elif isinstance(made, AddAction):
        text = "for agents only" if made.hidden else "visible"
        shown = "for agents only" if file is not None and file.hidden else "visible"
    people = made.participants if made is not None else ()
    who = [
        name for name, held in (("its author", author_of(sender)), ("those on copy", COPY.address)) if held in people
    ]
    return Effects(text, shown, "yes" if answer else "no", "yes" if reopens else "no", " and ".join(who) or "nobody")


def author_of(sender: str) -> str:
    """Who the mail says wrote it."""
    return "grace@acme.example" if sender == "agent" else "anna@customer.example"


def planned(evidence: str, sender: str, ticket: str) -> Plan:
    """The plan of such a mail."""
    facts = situation(evidence, sender, ticket)
    decision, verdicts = decide(facts)
    return make_plan(decision, verdicts, facts, Defaults(1, 1, 1, 3), arrived=AT, token="table")


def situation(evidence: str, sender: str, ticket: str) -> Facts:
    """The facts: those of the policy's cases, where authentication is configured and Halo knows the author."""
    case = Case(0, "", evidence, sender, ticket if evidence != "-" else "-", "person", "-", "", "")
    made = case.facts
    policy = Policy(authentication_servers=("mx.acme.example",))
    mail = replace(made.mail, attachments=(FILE,), cc=(COPY,), from_=Address(carrier_of(sender)))
    requester = replace(made.requester, user_id=7, client_id=2) if made.requester is not None else None
    account: AccountPolicy = replace(made.account, policy=policy)
    return replace(made, mail=mail, requester=requester, account=account)


def carrier_of(sender: str) -> str:
    """From."""
    return "noreply@forms.example" if sender.startswith("unproved") else author_of(sender)


def table() -> str:
    """All of it."""
    parts = []
    for evidence in EVIDENCE:
        parts += [f"**{EVIDENCES[evidence][:1].upper()}{EVIDENCES[evidence][1:]}**", ""]
        parts += [*rows(evidence, SENDERS), ""]
    parts += ["**Nothing names a ticket**", "", *rows("-", NONE)]
    return "\n".join(parts)


def rows(evidence: str, senders: tuple[tuple[str, str], ...]) -> list[str]:
    """The rows of one kind of evidence."""
    lines = [_row(*HEAD), _row(*["---"] * len(HEAD))]
    return [*lines, *(_row(words, *effects(evidence, sender).cells) for sender, words in senders)]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
