"""The mails of the demo: hand-written files beside this module, in the order of their numbers.

Promises: every call gives the same octets for the same arguments, with CRLF line ends. Marks such as `@date@` in the
files stand for what is known only when a mail is posted. Knows nothing of mailboxes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Answered:
    """The mail of ours that a sample answers: its Message-ID (no brackets) and its subject as written."""

    message_id: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One mail. `answers` is the number of the sample whose acknowledgement must be there first."""

    number: int
    file: str
    what: str
    answers: int | None = None

    def octets(self, date: datetime, answered: Answered | None = None) -> bytes:
        """The mail as posted at `date`."""
        answered = answered or Answered()
        subject = answered.subject
        marks = {
            "@date@": format_datetime(date),
            "@answered@": answered.message_id,
            "@answered-subject@": subject,
            "@reply-subject@": subject if subject.lower().startswith("re:") else f"Re: {subject}",
        }
        octets = files(__name__).joinpath(self.file).read_bytes()
        for mark, value in marks.items():
            octets = octets.replace(mark.encode(), value.encode())
        return b"\r\n".join(octets.splitlines()) + b"\r\n"


SAMPLES: tuple[Sample, ...] = (
    Sample(1, "1-request.eml", "new request with a picture"),
    Sample(2, "2-forward.eml", "forwarded mail"),
    Sample(3, "3-broken-html.eml", "stranger's mail, broken HTML"),
    Sample(4, "4-reply.eml", "reply to acknowledgement", answers=1),
    Sample(5, "5-out-of-office.eml", "out-of-office answer", answers=2),
    Sample(6, "6-bounce.eml", "bounce of acknowledgement", answers=3),
)
