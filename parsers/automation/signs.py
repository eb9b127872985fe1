"""What a classification looks at, and small questions about it that several looks ask.

Promises: every question is linear in the header section and in a bounded window of the text. Fails: never.
Knows nothing of the order in which signs are believed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from parsers.headers import Headers, unfold
from parsers.model import Automation, AutomationKind, DeliveryReport
from parsers.subject import BLOB, first_prefix
from parsers.words.automatic import VACATION_SUBJECTS, VACATION_WORDS

# What a machine has to say stands at the beginning; what it returns comes behind.
OPENING_LINES = 60
OPENING = 3_000
LONGEST_SUBJECT = 300
COLONS = (":", "\uff1a")
# Programs that people write mail with. Machines use none of them, but everybody may write such a field.
PEOPLES_CLIENTS = re.compile(
    r"thunderbird|apple mail|i(?:phone|pad) mail|microsoft (?:office )?outlook|outlook express|k-9|mutt|evolution|"
    r"kmail|claws|roundcube|squirrelmail|airmail|the bat|eudora|icedove|mozilla/|postbox|em client|mailspring|geary",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Signs:
    """What the classification looks at."""

    headers: Headers
    subject: str
    sender: str  # the address of From, or the raw field if there is none
    sender_name: str
    report_type: str  # the report-type parameter of a multipart/report
    media_types: frozenset[str]
    invitation: bool  # a text/calendar part with a method
    report: DeliveryReport | None
    null_reverse_path: bool
    text: str

    def field(self, name: str) -> str:
        """The field of this name on one line, in lower case, or the empty string."""
        return unfold(self.headers.first(name)).lower()

    @property
    def low_subject(self) -> str:
        """The subject in lower case with single blanks, without the tags that lists and filters put before it."""
        subject = self.subject[:LONGEST_SUBJECT]
        at = 0
        while (tag := BLOB.match(subject, at)) and tag.end() > at and subject[tag.end() :].strip():
            at = tag.end()
        return " ".join(subject[at:].lower().replace("***spam***", " ").strip("* ").split())

    @property
    def whole_subject(self) -> str:
        """The subject in lower case with single blanks."""
        return " ".join(self.subject[:LONGEST_SUBJECT].lower().split())

    @property
    def opening(self) -> str:
        """How the text begins, in lower case with single blanks, without lines that are quoted with `>`."""
        lines = self.text[: 2 * OPENING].split("\n")[:OPENING_LINES]
        said = " ".join(line for line in lines if not line.startswith(">") or line.startswith(">>>"))
        return " ".join(said.lower().split())[:OPENING].replace("\u2019", "'").replace("\u2018", "'")

    @property
    def declared(self) -> str:
        """The keyword of Auto-Submitted without parameters and comments (RFC 3834 §5)."""
        return self.field("auto-submitted").partition(";")[0].partition("(")[0].strip().strip('"')

    @property
    def answers(self) -> bool:
        """Whether the subject says that something is answered or passed on, as people's clients do."""
        return bool(first_prefix(self.subject))

    @property
    def of_a_client(self) -> bool:
        """Whether the mail says it was written with a program for people."""
        client = self.field("user-agent") or self.field("x-mailer")
        return bool(PEOPLES_CLIENTS.search(client[:200]))

    @property
    def vacation_subject(self) -> str:
        """`certain` for what only programs write before a subject, `likely` for the same words without a colon."""
        subject = self.whole_subject
        for one in VACATION_SUBJECTS:
            if subject.startswith(one):
                return "certain" if subject[len(one) :].lstrip().startswith(COLONS) else "likely"
        if subject.startswith("auto: ") and self.subject.lstrip().startswith("AUTO: "):
            # Notes: `AUTO: Jo Doe is out of the office (returning 05/01/2026)`
            return "certain" if subject.endswith(")") or any(word in subject for word in VACATION_WORDS) else "likely"
        if any(word in subject for word in VACATION_WORDS):
            return "likely"
        return "likely" if subject.startswith(("ooo:", "auto:")) else ""


def found(kind: AutomationKind, reason: str) -> Automation:
    """A sign with a reason for people, short enough for one line."""
    return Automation(kind, reason[:100])
