"""The judge finds each kind of wrong outcome, and none where there is none; the journals bring back what was."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace

import pytest

from chaos.journal import Journal, KeptList, KeptStore
from chaos.judge import Held, judge, opened_by_answers
from chaos.mails import HOSTILE, MAILBOXES, SUPPORT, Letter, Post
from gateway.refused import Refused, note
from gateway.sandbox import Sandbox

SEEN = frozenset({"\\Seen"})
LOGO = ("image001.png", "aa")
LETTERS = [
    Letter(1, "first", "ticket", 1, (SUPPORT,), "1@c", b"one", (LOGO,)),
    Letter(2, "answer", "entry", 1, (SUPPORT,), "2@c", b"two", (LOGO, ("log2.txt", "bb"))),
    Letter(3, "to both", "ticket", 3, MAILBOXES, "3@c", b"three"),
    Letter(4, "again", "nothing", 1, (MAILBOXES[1],), "1@c", b"one"),
    Letter(5, "vacation", "nothing", 5, (SUPPORT,), "5@c", b"five"),
    Letter(6, "hostile", "whatever", 6, (SUPPORT,), "6@h", b"six"),
]
NOTE = note(Refused(answers=("a@b: 554 no",)), 12).html
WELL = Held(
    tickets={1001: "letter 1 here", 1002: "letter 3 here", 1003: "letter 6 here"},
    entries=[(1001, "letter 2 here")],
    files=[(1001, *LOGO), (1001, *LOGO), (1001, "log2.txt", "bb"), (1003, "whatever.bin", "cc")],
    answered=["1@c", "3@c"],
    flags={SUPPORT: [SEEN] * 5, MAILBOXES[1]: [SEEN] * 2},
)


def kinds(held):
    return sorted(one.kind for one in judge(LETTERS, held))


def test_all_is_well():
    assert kinds(WELL) == []
    assert kinds(replace(WELL, tickets={1001: "letter 1 here", 1002: "letter 3 here"})) == ["attachment doubled"]
    assert kinds(replace(WELL, entries=[*WELL.entries, (1001, NOTE), (1001, NOTE.replace("12", "13"))])) == []
    alone = replace(WELL, tickets={1001: "letter 1 here", 1002: "letter 3 here"}, files=WELL.files[:3])
    assert kinds(alone) == []  # a hostile mail may come to nothing


@pytest.mark.parametrize(
    ("found", "changes"),
    [
        ("doubled", {"tickets": {**WELL.tickets, 1004: "letter 3 here"}}),
        ("doubled", {"entries": [*WELL.entries, (1001, "letter 2 here")]}),
        ("doubled", {"entries": [*WELL.entries, (1002, "letter 1 here")]}),
        ("doubled", {"tickets": {**WELL.tickets, 1004: "letter 2 here"}}),
        ("doubled", {"entries": [*WELL.entries, (1002, "letter 5 here")]}),
        ("doubled", {"tickets": {**WELL.tickets, 1004: "letter 6 here"}}),
        ("lost", {"tickets": {1001: "letter 1 here", 1003: "letter 6 here"}}),
        ("lost", {"entries": []}),
        ("conversation split", {"entries": [], "tickets": {**WELL.tickets, 1004: "letter 2 here"}}),
        ("on another ticket", {"entries": [(1002, "letter 2 here")]}),
        ("ticket of no mail", {"tickets": {**WELL.tickets, 1004: "hello"}}),
        ("entry of no mail", {"entries": [*WELL.entries, (1001, "hello")]}),
        ("note doubled", {"entries": [*WELL.entries, (1001, NOTE), (1002, NOTE)]}),
        ("attachment doubled", {"files": [*WELL.files, (1001, *LOGO)]}),
        ("attachment doubled", {"files": [*WELL.files, (1002, "other.txt", "dd")]}),
        ("attachment lost", {"files": WELL.files[1:]}),
        ("answered twice", {"answered": ["1@c", "3@c", "1@c"]}),
        ("answer to no mail", {"answered": ["7@c"]}),
        ("original lost", {"flags": {SUPPORT: [SEEN] * 4, MAILBOXES[1]: [SEEN] * 2}}),
        ("original unmarked", {"flags": {SUPPORT: [SEEN] * 4 + [frozenset()], MAILBOXES[1]: [SEEN] * 2}}),
        ("still waiting", {"open": ["message 9 is deferred"]}),
        ("set aside", {"aside": [(hashlib.sha256(b"two").hexdigest(), "broken")]}),
    ],
)
def test_each_wrong_outcome_is_found(found, changes):
    assert found in kinds(replace(WELL, **changes))


def test_an_answer_may_open_the_ticket_of_its_conversation():
    turned = replace(WELL, tickets={**WELL.tickets, 1001: "letter 2 here"}, entries=[(1001, "letter 1 here")])
    assert kinds(turned) == []
    assert (opened_by_answers(LETTERS, turned), opened_by_answers(LETTERS, WELL)) == (1, 0)


def test_hostile_mail_may_be_set_aside():
    aside = [(hashlib.sha256(b"six").hexdigest(), "quarantined")]
    flags = {SUPPORT: [SEEN] * 4 + [frozenset()], MAILBOXES[1]: [SEEN] * 2}
    gone = {number: text for number, text in WELL.tickets.items() if number != 1003}
    assert kinds(replace(WELL, tickets=gone, files=WELL.files[:3], aside=aside, flags=flags)) == []


def test_the_same_seed_writes_the_same_mail():
    made = [[one for _ in range(100) for one in Post(random.Random(5), 0, lambda _: 1001).batch()] for _ in range(2)]
    assert made[0] == made[1]
    post = Post(random.Random(5), 0, lambda _: 1001)
    letters = [one for _ in range(300) for one in post.batch()]
    assert {one.kind for one in letters} == {
        "first", "to both", "answer", "by number", "again", "vacation", "hostile",
    }  # fmt: skip
    assert len({one.number for one in letters}) == len(letters)
    for one in letters:
        assert one.kind == "again" or f"letter {one.number} here".encode() in one.octets


def test_hostile_mail_is_known_by_its_subject():
    for maker in HOSTILE:
        assert b"Subject: letter 7 here\r\n" in maker(7)
        assert b"\x00" not in maker(7)  # no IMAP server takes one


def holding(journal):
    sandbox = Sandbox()
    sandbox._instance.store = KeptStore(journal)
    return sandbox


async def test_what_halopsa_holds_comes_back_from_its_journal(tmp_path):
    with Journal(tmp_path / "halo") as journal:
        sandbox = holding(journal)
        ticket = sandbox.add_ticket(summary="one", details="letter 1 here")
        sandbox.change_ticket(ticket.id, status_id=9)
        sandbox.add_action(ticket.id, note="letter 2 here")
        sandbox._instance.store.add_attachment(ticket.id, "a.txt", b"abc", sandbox.now(), fields={"isimage": False})
    with (tmp_path / "halo").open("ab") as file:
        file.write(b"\x80\x04half a record")
    with Journal(tmp_path / "halo") as journal:
        again = holding(journal)
        assert again.tickets == sandbox.tickets
        assert again.actions == sandbox.actions
        assert again.attachments == sandbox.attachments
        assert again.add_ticket(summary="two").id == ticket.id + 1
    with Journal(tmp_path / "halo") as journal:
        assert [one.fields["summary"] for one in holding(journal).tickets] == ["one", "two"]


def test_a_list_comes_back_from_its_journal(tmp_path):
    for word in ("first", "second"):
        with Journal(tmp_path / "sent") as journal:
            KeptList(journal).append(word)
    with Journal(tmp_path / "sent") as journal:
        assert KeptList(journal) == ["first", "second"]
