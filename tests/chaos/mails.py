"""The mail of a run: an endless stream out of one seed, each with what must become of it.

Every mail says `letter N here` in its text, by which it is known again in HaloPSA. A batch is what arrives together:
the first mail of a conversation, one to three answers at once, a mail to both mailboxes, the same mail once more.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from fakes.messages import mail

SUPPORT, SECOND = MAILBOXES = ("support@acme.example", "second@acme.example")
TOKEN = re.compile(r"letter ([0-9]+) here")
BOUNDARY = re.compile(rb"={15}[0-9]+==")
LOGO = {"image001.png": b"\x89PNG the same for all" * 40}
MOST_ANSWERS = 8  # to one conversation
LATEST = 40  # conversations that are still written to


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, and what becomes of it: "ticket" or "entry" (one of a conversation opens it), "nothing", "whatever"."""

    number: int
    kind: str
    becomes: str
    conversation: int
    mailboxes: tuple[str, ...]
    message_id: str
    octets: bytes = field(repr=False)
    files: tuple[tuple[str, str], ...] = ()  # name and SHA-256


@dataclass(slots=True)
class Conversation:
    """What a customer knows of it."""

    number: int
    ids: list[str]
    to: str


class Post:
    """Makes batches. `reference` tells the ticket's number where the customer was told it, else None."""

    def __init__(self, chance: random.Random, first: int, reference: Callable[[str], int | None]) -> None:
        self._chance = chance
        self._number = first
        self._reference = reference
        self._open: list[Conversation] = []
        self._sent: list[Letter] = []

    def batch(self) -> list[Letter]:
        """What arrives next."""
        dice = self._chance.random()
        if len(self._open) < 3 or dice < 0.30:
            made = [self._first()]
        elif dice < 0.72:
            talk = self._chance.choice(self._open)
            made = [self._answer(talk) for _ in range(self._chance.choice((1, 1, 2, 3)))]
        elif dice < 0.82:
            made = [self._by_number(self._chance.choice(self._open))]
        elif dice < 0.88:
            made = [self._again(self._chance.choice(self._sent))]
        elif dice < 0.94:
            made = [self._vacation()]
        else:
            made = [self._hostile()]
        for talk in [one for one in self._open if len(one.ids) > MOST_ANSWERS]:
            self._open.remove(talk)
        self._open = self._open[-LATEST:]
        self._sent = (self._sent + [one for one in made if one.becomes in {"ticket", "entry"}])[-LATEST:]
        return made

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _first(self) -> Letter:
        number = self._next()
        both = self._chance.random() < 0.12
        boxes = MAILBOXES if both else (self._chance.choice(MAILBOXES),)
        talk = Conversation(number, [], boxes[0])
        self._open.append(talk)
        to = ", ".join(boxes)
        return self._letter(number, "to both" if both else "first", "ticket", talk, boxes, to=to, files=self._files())

    def _answer(self, talk: Conversation) -> Letter:
        number = self._next()
        above = self._chance.choice(talk.ids[:1] + talk.ids[-2:])
        references = f"<{talk.ids[0]}>" if above == talk.ids[0] else f"<{talk.ids[0]}> <{above}>"
        return self._letter(
            number, "answer", "entry", talk, (talk.to,), files=self._files(), in_reply_to=above, references=references
        )

    def _by_number(self, talk: Conversation) -> Letter:
        ticket = self._reference(talk.ids[0])
        files = self._files()
        if ticket is None:
            return self._letter(self._next(), "answer", "entry", talk, (talk.to,), files=files, in_reply_to=talk.ids[0])
        subject = f"[ID:{ticket:07}] once more"
        return self._letter(self._next(), "by number", "entry", talk, (talk.to,), files=files, subject=subject)

    def _again(self, old: Letter) -> Letter:
        """The very same mail, delivered again, to the other mailbox now and then."""
        boxes = (self._chance.choice(MAILBOXES),)
        return Letter(self._next(), "again", "nothing", old.conversation, boxes, old.message_id, old.octets)

    def _vacation(self) -> Letter:
        number = self._next()
        octets = mail(
            subject="Out of Office: I am away until Monday",
            sender=f"away{number}@c{number}.example",
            text=f"I am out of the office, letter {number} here.\n",
            message_id=f"{number}@c.example",
            headers={"Auto-Submitted": "auto-replied", "Precedence": "bulk", "X-Autoreply": "yes"},
        )
        return Letter(number, "vacation", "nothing", number, (SUPPORT,), f"{number}@c.example", octets)

    def _hostile(self) -> Letter:
        number = self._next()
        octets = self._chance.choice(HOSTILE)(number)
        return Letter(number, "hostile", "whatever", number, (SUPPORT,), f"{number}@h.example", octets)

    def _files(self) -> dict[str, bytes]:
        dice = self._chance.random()
        if dice < 0.45:
            return {}
        if dice < 0.7:
            return dict(LOGO)
        size = self._chance.choice((300, 3_000, 30_000))
        return {**LOGO, f"log{self._number}.txt": f"log {self._number} ".encode() * (size // 8)}

    def _letter(
        self, number: int, kind: str, becomes: str, talk: Conversation, boxes: tuple[str, ...],
        *, files: dict[str, bytes], subject: str = "", to: str = "", **more: str,
    ) -> Letter:  # fmt: skip
        octets = mail(
            subject=subject or f"{'Re: ' if talk.ids else ''}Request {talk.number}",
            sender=f"Customer {talk.number} <customer{talk.number}@c{talk.number}.example>",
            to=to or talk.to,
            text=f"Hello,\n\nthis is letter {number} here.\n",
            message_id=f"{number}@c.example",
            attachments=files,
            **more,
        )
        octets = BOUNDARY.sub(b"===============letter%d==" % number, octets)  # the standard library draws its own
        talk.ids.append(f"{number}@c.example")
        kept = tuple((name, hashlib.sha256(content).hexdigest()) for name, content in files.items())
        return Letter(number, kind, becomes, talk.number, boxes, talk.ids[-1], octets, kept)


def _head(number: int, *more: str) -> bytes:
    lines = [
        f"From: h{number}@h{number}.example", f"To: {SUPPORT}", f"Subject: letter {number} here",
        f"Message-ID: <{number}@h.example>", "Date: Mon, 02 Mar 2026 09:00:00 +0100", *more,
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n"


def _plain(number: int, body: bytes, *more: str) -> bytes:
    return _head(number, *more) + b"\r\n" + f"letter {number} here\r\n".encode() + body


def _nested(number: int) -> bytes:
    made, depth = [_head(number, "MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b0"'), b"\r\n"], 60
    made += [
        f'--b{level}\r\nContent-Type: multipart/mixed; boundary="b{level + 1}"\r\n\r\n'.encode()
        for level in range(depth)
    ]
    made.append(f"--b{depth}\r\nContent-Type: text/plain\r\n\r\nletter {number} here\r\n".encode())
    return b"".join(made)


HOSTILE: tuple[Callable[[int], bytes], ...] = (
    lambda n: _plain(n, b"\xff\xfe\x80" * 200 + b"\r\n"),
    lambda n: _plain(n, b"=E2=82 half a sign=\r\n", 'Content-Type: text/plain; charset="utf-7\xff"'),
    lambda n: _plain(n, b"x\r\n", *(f"X-Line-{one}: {'y' * 60}" for one in range(1500))),
    lambda n: _plain(n, b"[mail reference 0123456789]\r\n\r\nmail reference ABCDEFGHJK\r\n"),
    lambda n: _plain(n, b"(" * 5000 + b"<table>" * 500 + b"\r\n", "Content-Type: text/html"),
    lambda n: _plain(
        n, b"@@@not base64@@@", "Content-Transfer-Encoding: quoted-printable", "References: " + f"<a{n}@b> " * 200
    ),
    _nested,
)
"""What nobody should send; each is known by its subject too."""
