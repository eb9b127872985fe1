"""Whoever knows of a mail, or guesses its Message-ID, sends a copy before it comes: the genuine mail is seen all the
same.

And one mail that comes twice by honest ways (To and Cc of two mailboxes, a mailing list, a folder built anew) is one.
"""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from fakes.messages import USER, mail
from fakes.stack import Stack
from fakes.trunk import OTHER, Halo, desk_with

from gateway import plan_json
from parsers import parse
from parsers.copies import unlike
from storage.states import State

SECOND = "second@acme.example"
ANNA = "Anna Berg <anna@customer.example>"
SERVERS = {"authentication_servers": ["mx.acme.example"]}
PASSED = {"Authentication-Results": "mx.acme.example; dmarc=pass header.from=customer.example"}
FAILED = {"Authentication-Results": "mx.acme.example; dmarc=fail header.from=customer.example"}
EVIL = {"Authentication-Results": "mx.acme.example; dmarc=pass header.from=evil.example"}
LISTED = {"List-Id": "<users.lists.example>", "List-Post": "<mailto:users@lists.example>"}
FOOTER = (
    "\n_______________________________________________\nusers mailing list\n"
    "To unsubscribe write to users-leave@lists.example\nhttps://lists.example/users\n"
)
HELLO = "Hello,\n\nthis is {0}.\n"


def with_html(name: str, html: str, **headers: str) -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = ANNA, USER, f"About {name}"
    made["Date"], made["Message-ID"] = "Mon, 02 Mar 2026 09:00:00 +0100", f"<{name}@customer.example>"
    for field, value in headers.items():
        made[field] = value
    made.set_content(HELLO.format(name))
    made.add_alternative(html, subtype="html")
    return made.as_bytes().replace(b"\n", b"\r\n")


def letter(name: str, text: str = HELLO, headers=(), **fields) -> bytes:
    fields = {"sender": ANNA, "subject": f"About {name}", "message_id": f"{name}@customer.example", **fields}
    return mail(text=text.format(name), headers=dict(headers), **fields)


def written(stack: Stack, words: str) -> list[int]:
    """The tickets on which these words are, one each time."""
    found = [one.id for one in stack.sandbox.tickets if words in str(one.fields.get("details"))]
    return found + [
        one.ticket_id for one in stack.sandbox.actions if not one.opening and words in str(one.fields.get("note"))
    ]


WORSE_FIRST = {
    "refused": (letter("refused", headers=FAILED), letter("refused", headers=PASSED)),
    "unproved": (letter("unproved"), letter("unproved", headers=PASSED)),
    "as-a-list": (
        letter("as-a-list", headers={**EVIL, **LISTED, "X-Original-From": ANNA}, sender="Anna via u <e@evil.example>"),
        letter("as-a-list", headers=PASSED),
    ),
    "by-reply-to": (
        letter("by-reply-to", headers={**EVIL, **LISTED, "Reply-To": ANNA}, sender="Anna <e@evil.example>"),
        letter("by-reply-to", headers=PASSED),
    ),
    "as-a-machine": (
        letter("as-a-machine", headers={"Auto-Submitted": "auto-replied (vacation)"}, subject="Out of office"),
        letter("as-a-machine", subject="Out of office"),
    ),
    "as-a-bounce": (
        letter("as-a-bounce", headers={"X-Failed-Recipients": "x@y.example"}),
        letter("as-a-bounce"),
    ),
}  # fmt: skip
LESS_FIRST = {
    "beginning": (HELLO, HELLO + "It burns. " * 90),
    "ruled": (HELLO, HELLO + "\n-----\nThe mailing list of our servers is at https://x.example: they burn\n"),
    "signed": (HELLO, HELLO + "\n-- \nAnna https://customer.example/contact to unsubscribe\nIt burns\n"),
    "empty": ("\n", "\nIt burns {0}\n"),
}


async def test_a_copy_that_comes_first_does_not_stand_for_the_mail(tmp_path):
    async with Stack(tmp_path, policy=SERVERS) as stack:
        pairs = [*WORSE_FIRST.values()]
        pairs += [(letter(one, less), letter(one, more)) for one, (less, more) in LESS_FIRST.items()]
        for forged, _ in pairs:
            stack.deliver(forged)
        assert await stack.once() == 0
        for _, genuine in pairs:
            stack.deliver(genuine)
        assert await stack.once() == 0
        reasons = [(await stack.journey(len(pairs) + 1 + number)).message.reason for number in range(len(pairs))]
        assert "same_again" not in reasons
        for number, name in enumerate(WORSE_FIRST):
            ticket = (await stack.journey(len(pairs) + 1 + number)).message.ticket
            assert written(stack, f"this is {name}.").count(ticket) == 1, name
        for name in LESS_FIRST:
            assert written(stack, "burn"), name
        assert len([one for one in stack.sandbox.tickets if "burn" in str(one.fields.get("details"))]) == len(
            LESS_FIRST
        )


async def test_agents_are_told_of_the_copy_that_came_first_and_answers_go_to_the_genuine_mail(tmp_path):
    async with Stack(tmp_path, policy=SERVERS) as stack:
        stack.deliver(letter("first", headers=FAILED))
        assert await stack.once() == 0
        stack.deliver(letter("first", headers=PASSED))
        assert await stack.once() == 0
        forged, genuine = stack.sandbox.tickets
        (told,) = stack.entries(genuine.id)
        assert "message 1" in told
        assert f"ticket {forged.id}" in told
        assert "Message-ID" in told
        hidden = [one.fields.get("hiddenfromuser") for one in stack.sandbox.actions if one.ticket_id == genuine.id]
        assert hidden[-1]
        status, said = await stack.call("explain", "2")
        assert status == 0
        assert "message 1" in said
        # An answer to the Message-ID that both have
        stack.deliver(letter("reply", "and more\n", headers=PASSED, in_reply_to="first@customer.example"))
        assert await stack.once() == 0
        assert written(stack, "and more") == [genuine.id]


async def test_a_copy_that_comes_later_adds_nothing_to_a_conversation(tmp_path):
    async with Stack(tmp_path, policy=SERVERS) as stack:
        stack.deliver(letter("kept", headers=PASSED))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        stack.deliver(letter("kept", headers=FAILED))  # says no more: it is the same
        stack.deliver(letter("kept", HELLO + "Pay to 77.\n", headers=PASSED))
        stack.deliver(letter("kept", HELLO + "\n-----\nunsubscribe from the list: pay to 77\n", headers=PASSED))
        stack.deliver(letter("kept", HELLO + FOOTER + "Pay to 77.\n", headers={**PASSED, **LISTED}))
        stack.deliver(with_html("kept", "<p>Hello, this is kept.</p><p>Pay to 77.</p>", **PASSED))
        stack.deliver(letter("kept", headers={**PASSED, "Cc": "eve@evil.example"}))
        stack.deliver(letter("kept", headers=PASSED, attachments={"invoice.exe": b"MZ"}))
        stack.deliver(letter("kept", headers=PASSED, subject="About kept: pay to 77"))
        assert await stack.once() == 0
        reasons = [(await stack.journey(number)).message.reason for number in range(2, 10)]
        assert reasons == ["same_again", *["new_request"] * 7]
        assert stack.entries(ticket.id) == []
        assert sum("ay to 77" in str(one.fields) for one in stack.sandbox.tickets) == 5


HTML_SAYS = ("<p>Hello,</p><p>nothing.</p>", "<p>Hello,</p><p>the HTML burns</p>")


async def test_what_only_the_html_or_the_name_of_a_file_says_counts(tmp_path):
    async with Stack(tmp_path) as stack:
        for octets in (
            with_html("html", HTML_SAYS[0]), letter("named", attachments={"a.pdf": b"%PDF"}),
            letter("scan", "\n", attachments={"1.pdf": b"%PDF 1"}),
            letter("plain"),
        ):  # fmt: skip
            stack.deliver(octets)
        assert await stack.once() == 0
        for octets in (
            with_html("html", HTML_SAYS[1]), letter("named", attachments={"order.pdf": b"%PDF"}),
            letter("scan", "\n", attachments={"1.pdf": b"%PDF 2"}),
            with_html("plain", "<p>Hello,</p><p>the plain one burns</p>"),
        ):  # fmt: skip
            stack.deliver(octets)
        assert await stack.once() == 0
        reasons = [(await stack.journey(number)).message.reason for number in range(5, 9)]
        assert reasons == ["new_request"] * 4


async def test_one_mailbox_ignores_what_another_one_wants(tmp_path):
    rule = {"name": "none", "mailbox": ["support"], "ignore": True}
    async with Stack(tmp_path, users=(USER, SECOND), rule=[rule]) as stack:
        both = letter("both", to=f"{USER}, {SECOND}")
        stack.deliver(both)
        assert await stack.once() == 0
        assert stack.sandbox.tickets == []
        stack.deliver(both, SECOND)
        assert await stack.once() == 0
        assert len(written(stack, "this is both")) == 1


async def test_one_mail_by_several_honest_ways_is_one(tmp_path):
    async with Stack(tmp_path, users=(USER, SECOND), policy=SERVERS) as stack:
        to = f"{USER}, {SECOND}"
        for box in (USER, SECOND):
            headers = {**PASSED, "Delivered-To": box}
            stack.deliver(letter("both", headers=headers, to=to), box)
            stack.deliver(letter("files", headers=headers, to=to, attachments={"a.pdf": b"%PDF"}), box)
            html = with_html("html", "<p>Hello,</p><p>this is html.</p>", **headers)
            stack.deliver(html, box)
        stack.deliver(letter("listed", headers={**PASSED, "Cc": "users@lists.example"}))
        stack.deliver(letter("via", headers={**PASSED, "Cc": "users@lists.example"}))
        assert await stack.once() == 0
        listed = {**LISTED, "Cc": "users@lists.example", "Precedence": "list"}
        stack.deliver(letter("listed", HELLO + FOOTER, headers=listed, subject="[users] About listed"))
        via = {**listed, "Reply-To": ANNA, "X-Original-From": ANNA}
        sender = "Anna via users <users@lists.example>"
        stack.deliver(letter("via", HELLO + FOOTER, headers=via, subject="[users] About via", sender=sender))
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 5
        assert all(stack.entries(one.id) == [] for one in stack.sandbox.tickets)


async def test_a_list_that_comes_first_and_says_more_stands_for_nobody(tmp_path):
    """Whoever sends first could have said anything above the rule, and in the tag: both are worked on."""
    async with Stack(tmp_path) as stack:
        listed = {**LISTED, "Cc": "users@lists.example", "Precedence": "list"}
        stack.deliver(letter("listed", HELLO + FOOTER, headers=listed, subject="[users] About listed"))
        stack.deliver(letter("listed", headers={"Cc": "users@lists.example"}))
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 2


@pytest.mark.parametrize(
    ("earlier", "later", "words"),
    [
        ({"Cc": "eve@evil.example"}, {}, "other recipients"),  # who would read the answers
        ({**LISTED, "Cc": "eve@evil.example"}, {}, "other recipients"),
        ({"Reply-To": "eve@evil.example"}, {}, "other recipients"),
        ({**LISTED, "Reply-To": "eve@evil.example"}, {}, "other recipients"),
        ({}, {"Cc": "boss@customer.example"}, "other recipients"),
        ({}, {"Reply-To": "boss@customer.example"}, "other recipients"),
        ({"References": "<other@x>"}, {}, "it answers another mail"),
        ({"Cc": "a@b.example"}, {"Cc": "A <A@B.example>"}, ""),
        ({**LISTED, "Cc": "users@lists.example", "Reply-To": "users@lists.example"}, {"Cc": "users@lists.example"}, ""),
        ({"Cc": "users@lists.example, b@c.example"}, {**LISTED, "Cc": "users@lists.example", "Reply-To": ANNA}, ""),
    ],
)
def test_a_copy_names_the_same_people(earlier, later, words):
    assert unlike(parse(letter("people", headers=later)), parse(letter("people", headers=earlier))) == words


# What needs a ledger that has forgotten, or a person who decides: without servers


async def test_what_was_let_go_or_discarded_stands_for_nothing_else(tmp_path):
    halo = Halo()
    async with desk_with(tmp_path, halo) as made:
        await made.deliver(letter("gone"))
        await made.work()
        await _let_go(made)
        await made.deliver(letter("gone"))  # to the octet: a folder that was built anew
        await made.work()
        assert (await made.message(2)).reason == "same_again"
        await made.deliver(letter("gone", headers={"Received": "from elsewhere"}))
        await made.work()
        assert (await made.message(3)).reason == "new_request"


async def test_what_a_person_discarded_says_nothing_of_the_next_one(tmp_path, monkeypatch):
    async with desk_with(tmp_path, Halo()) as made:
        monkeypatch.setattr("gateway.rules.loops.MOST_HOPS", 0)
        await made.deliver(letter("away", headers={"Received": "from a by b"}))
        await made.work()
        assert (await made.message(1)).state is State.QUARANTINED
        await made.ledger.work.discard(1, made.clock())
        monkeypatch.undo()
        await made.deliver(letter("away"), account=OTHER)
        await made.work()
        assert (await made.message(2)).reason == "new_request"


@pytest.mark.parametrize(("hops", "expected"), [(51, "same_again"), (1, "new_request")])
async def test_what_is_set_aside_stands_for_what_would_be_set_aside_too(tmp_path, hops, expected):
    async with desk_with(tmp_path, Halo()) as made:
        await made.deliver(b"Received: a\r\n" * 51 + letter("loop"))
        await made.work()
        assert (await made.message(1)).cause == "loop_too_many_hops"
        await made.deliver(b"Received: b\r\n" * hops + letter("loop"), account=OTHER)
        await made.work()
        said = plan_json.read((await made.ledger.reading.journey(2)).plan).verdicts
        assert (await made.message(2)).reason == expected, said
        assert any(one.rule == "earlier" for one in said)


async def _let_go(made):
    from gateway.retention import Retention
    from storage.model import Fate

    made.clock.now = made.clock.now.replace(year=made.clock.now.year + 1)
    assert await Retention(made.ledger, made.clock, {Fate.TICKET: made.clock.now - made.clock.now}).round() == 1
