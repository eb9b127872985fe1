"""Message by message: what HaloPSA, the mail server, the folders and the ledger hold against what they should.

Pure: `judge` takes what is held as plain values and gives every fault that it finds, so that it can be tried itself.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chaos.mails import TOKEN, Letter

SEEN = frozenset({"\\Seen"})
NOTE = re.compile(r"could not be delivered.*kept whole as message (\d+) of halo-mailgate", re.DOTALL)
KEPT = frozenset({"ticket", "entry"})
"""What a mail may become whose words are at HaloPSA. Which of a conversation's mails opened its ticket is not asked:
two mailboxes bring them in any order."""


@dataclass(frozen=True, slots=True)
class Held:
    """What there is at the end."""

    tickets: Mapping[int, str]  # number -> summary and details
    entries: Sequence[tuple[int, str]] = ()  # ticket and note of every action that is not its ticket's opening
    files: Sequence[tuple[int, str, str]] = ()  # ticket, name, SHA-256
    answered: Sequence[str] = ()  # the Message-ID that each acknowledgement answers
    flags: Mapping[str, Sequence[frozenset[str]]] = field(default_factory=dict)  # mailbox -> of each mail
    open: Sequence[str] = ()  # messages of the ledger that still wait, in words
    aside: Sequence[tuple[str, str]] = ()  # SHA-256 and cause of what was quarantined or broken


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it should be. `letter` 0: of no letter in particular."""

    kind: str
    letter: int
    words: str


def judge(letters: Iterable[Letter], held: Held) -> list[Fault]:
    """Every fault; none means that each mail has had its one outcome."""
    letters = list(letters)
    tickets, entries = defaultdict(list), defaultdict(list)
    for number, text in held.tickets.items():
        for token in set(_tokens(text)):
            tickets[token].append(number)
    for number, text in held.entries:
        for token in set(_tokens(text)):
            entries[token].append(number)
    homes: dict[int, list[int]] = defaultdict(list)
    for one in letters:
        if one.becomes in KEPT and one.kind != "again":
            homes[one.conversation] += tickets[one.number]
    found: list[Fault] = []
    for one in letters:
        if one.kind != "again":
            found += _outcome(one, tickets[one.number], entries[one.number], homes[one.conversation])
    for conversation, home in homes.items():
        if len(home) > 1 and not any(one.letter == conversation and one.kind == "doubled" for one in found):
            found.append(Fault("conversation split", conversation, f"tickets {home}"))
    known = {one.number for one in letters}
    nobodys = [number for number, text in held.tickets.items() if not known.intersection(_tokens(text))]
    found += [Fault("ticket of no mail", 0, f"ticket {number}") for number in nobodys]
    found += _notes(held)
    found += _files(letters, held, homes)
    found += _answers(letters, held)
    found += _flags(letters, held)
    found += [Fault("still waiting", 0, words) for words in held.open]
    found += _aside(letters, held)
    return found


def opened_by_answers(letters: Iterable[Letter], held: Held) -> int:
    """How many tickets an answer opened, because what it answers came later, by a mailbox that was down."""
    answers = {one.number for one in letters if one.becomes == "entry"}
    return sum(bool(answers.intersection(_tokens(text))) for text in held.tickets.values())


def _tokens(text: str) -> list[int]:
    return [int(token) for token in TOKEN.findall(text)]


def _outcome(one: Letter, tickets: list[int], entries: list[int], home: list[int]) -> list[Fault]:
    """Of one mail: once in all; as an entry on its conversation's ticket, if it did not open that."""
    places, count = f"{one.kind}: tickets {tickets}, entries on {entries}", len(tickets) + len(entries)
    most, least = (0, 0) if one.becomes == "nothing" else (1, int(one.becomes in KEPT))
    if count > most:
        return [Fault("doubled", one.number, places)]
    if count < least:
        return [Fault("lost", one.number, f"{one.kind}: nothing at HaloPSA")]
    if one.becomes in KEPT and entries and entries[0] not in home:
        return [Fault("on another ticket", one.number, f"on {entries}, its conversation has {home}")]
    return []


def _notes(held: Held) -> list[Fault]:
    """Entries without a mail's words: a message may have one note for agents, of an answer refused for good."""
    found, notes = [], Counter[str]()
    for number, text in held.entries:
        if not _tokens(text):
            note = NOTE.search(text)
            if note is None:
                found.append(Fault("entry of no mail", 0, f"on ticket {number}: {text[:200]!r}"))
            else:
                notes[note[1]] += 1
    return found + [Fault("note doubled", 0, f"of message {one}: {count}") for one, count in notes.items() if count > 1]


def _files(letters: list[Letter], held: Held, homes: Mapping[int, list[int]]) -> list[Fault]:
    """Each attachment once, on its conversation's ticket."""
    wanted, of = Counter[tuple[int, str, str]](), {}
    for one in letters:
        for name, digest in one.files:
            for home in homes.get(one.conversation, [])[:1]:
                wanted[home, name, digest] += 1
                of[home, name, digest] = one.number
    has = Counter(held.files)
    whatever = {n for n, text in held.tickets.items() if _is_whatever(letters, text)}
    found = []
    for file in sorted({*wanted, *has}, key=str):
        if has[file] != wanted[file] and file[0] not in whatever:
            kind = "attachment lost" if has[file] < wanted[file] else "attachment doubled"
            words = f"{file[1]} on ticket {file[0]}: {has[file]} instead of {wanted[file]}"
            found.append(Fault(kind, of.get(file, 0), words))
    return found


def _is_whatever(letters: list[Letter], text: str) -> bool:
    hostile = {one.number for one in letters if one.becomes == "whatever"}
    return bool(hostile.intersection(_tokens(text)))


def _answers(letters: list[Letter], held: Held) -> list[Fault]:
    numbers = {one.message_id: one.number for one in letters if one.kind != "again"}
    found = []
    for message_id, count in Counter(held.answered).items():
        if message_id not in numbers:
            found.append(Fault("answer to no mail", 0, message_id))
        elif count > 1:
            found.append(Fault("answered twice", numbers[message_id], f"{count} acknowledgements"))
    return found


def _flags(letters: list[Letter], held: Held) -> list[Fault]:
    """Every original is where it was and marked, but such as were set aside."""
    found = []
    for box, flags in held.flags.items():
        wanted = sum(box in one.mailboxes for one in letters)
        if len(flags) != wanted:
            found.append(Fault("original lost", 0, f"{box} holds {len(flags)} mails instead of {wanted}"))
        marked = sum(one == SEEN for one in flags)
        if marked + len(held.aside) < wanted:
            found.append(Fault("original unmarked", 0, f"{box}: {marked} of {wanted} are marked as seen"))
    return found


def _aside(letters: list[Letter], held: Held) -> list[Fault]:
    numbers = {hashlib.sha256(one.octets).hexdigest(): one for one in letters if one.kind != "again"}
    found = []
    for digest, cause in held.aside:
        one = numbers.get(digest)
        if one is None or one.becomes != "whatever":
            found.append(Fault("set aside", one.number if one else 0, cause))
    return found
