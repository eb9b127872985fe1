"""Nobody has answers to others stopped: what a delivery report is believed of, by the installed command."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import default

import pytest
from attacks.reports import free_form, report
from fakes.messages import mail
from fakes.stack import Stack

pytestmark = pytest.mark.timeout(300)  # each starts the command some five times; a busy machine takes its time
MX = "mx.acme.example"
PASSED = f"Authentication-Results: {MX}; dkim=pass header.d=%s; dmarc=pass header.from=%s\n"


class Story:
    """Mails come in; who was answered, and whether somebody still is."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.count = 0

    async def come(self, *mails: bytes) -> None:
        for one in mails:
            self.stack.deliver(one)
        assert await self.stack.once() == 0

    def writes(self, sender: str, **more: object) -> bytes:
        self.count += 1
        text = f"Hello,\n\nthis is number {self.count}.\n"
        return mail(message_id=f"{self.count}@story.example", sender=sender, text=text, **more)

    def answers_to(self, address: str) -> list[bytes]:
        return [one.octets for one in self.stack.smtp.messages if one.rcpt_tos == (address,)]

    async def answered(self, *senders: str) -> list[bool]:
        """Whether each of these is answered when they write."""
        before = len(self.stack.smtp.messages)
        await self.come(*(self.writes(one, subject=f"Question of {one}") for one in senders))
        told = [one.rcpt_tos for one in self.stack.smtp.messages[before:]]
        return [(one,) in told for one in senders]


def id_of(octets: bytes) -> str:
    return str(message_from_bytes(octets, policy=default)["Message-ID"]).strip("<>")


async def test_a_strangers_reports_bury_nobody_but_the_stranger(tmp_path):
    victims = [f"v{number}@victim{number}.example" for number in range(1, 8)]
    one, two, three, four, five, six, seven = victims
    async with Stack(tmp_path, budgets={"per_ticket": 1000, "overall": 1000}) as stack:
        story = Story(stack)
        eve = story.writes("eve@evil.example")
        named = story.writes("eve@evil.example", headers={"Reply-To": one})
        same = story.writes("eve@victim2.example", headers={"Reply-To": two})
        copied = story.writes("mallory@evil.example", headers={"Cc": f"{three}, {four}"})
        await story.come(eve, named, same, copied)
        await story.come(*(story.writes(one) for one in (five, six, seven)))
        hers = story.answers_to("eve@evil.example")[0]
        (other,) = story.answers_to("mallory@evil.example")
        (to_one,), (to_two,) = story.answers_to(one), story.answers_to(two)
        reference = id_of(other).partition("hm-")[2].partition("@")[0]
        forged = f"Message-ID: <ack.000000000000.hm-{reference}@acme.example>".encode()
        await story.come(
            # The stranger's own mail names the victim, and comes back.
            report(one, returned=b"Message-ID: <2@story.example>", headers="In-Reply-To: <2@story.example>\n"),
            free_form(one, "2@story.example"),
            report(one, two, three, four, five, returned=hers),  # the stranger's own answer, with its signature
            report(three, "mallory@evil.example", returned=other, original=three),
            report(four, returned=forged),  # the signature of the ticket, in another answer's name
            free_form(five, id_of(hers)),
            report(six, returned=hers, to=f"support+hm-{reference}@acme.example"),
            report(seven, returned=b"Subject: [ID:0000001]", headers=f"References: <{id_of(hers)}>\n"),
            # Even whoever has the very answer that went to whom a Reply-To named.
            report(one, returned=to_one),
            report(two, returned=to_two),
        )
        assert await story.answered(*victims) == [True] * 7
        assert await story.answered("eve@evil.example", "mallory@evil.example") == [True, False]
        assert not any(one.rcpt_tos == (three,) for one in stack.smtp.messages[:4])


async def test_whoever_has_seen_a_customers_answer_in_a_thread_cannot_bury_the_customer(tmp_path):
    async with Stack(tmp_path) as stack:
        story = Story(stack)
        await story.come(story.writes("anna@customer.example"))
        (answer,) = story.answers_to("anna@customer.example")
        # Anna answers us and lets somebody know, who has the Message-ID from the References.
        reply = story.writes(
            "anna@customer.example", in_reply_to=id_of(answer), headers={"Cc": "carl@other.example"}, subject="Re: it"
        )
        await story.come(reply)
        await story.come(report("anna@customer.example", returned=answer))
        assert await story.answered("anna@customer.example") == [True]


async def test_a_genuine_bounce_buries_its_address_however_it_is_spelt_until_it_answers(tmp_path):
    async with Stack(tmp_path) as stack:
        story = Story(stack)
        gone = ["gone@customer.example", "old@shop.example", "plus+it@office.example", "full@customer.example"]
        await story.come(*(story.writes(one) for one in gone))
        first, second, third, full = (story.answers_to(one)[0] for one in gone)
        await story.come(
            report("GONE@Customer.Example", returned=first),
            free_form("old@shop.example", id_of(second)),
            report("plus@office.example", returned=third),
            report("full@customer.example", returned=full, status="5.2.2"),
        )
        await story.come(
            mail(message_id="r@x", sender="full@customer.example", in_reply_to=id_of(full), text="It is empty again\n")
        )
        again = ["gone+x@customer.example", "old@shop.example", "plus@office.example", "full@customer.example"]
        # Of an address behind a plus nothing is said by a report on the one before it, where that is somebody else's.
        assert await story.answered(*again) == [False, False, True, True]
        # Whoever answers an answer has it.
        back = {"sender": "gone@customer.example", "in_reply_to": id_of(first), "text": "I am here again\n"}
        await story.come(mail(message_id="back@x", **back))
        assert await story.answered("gone@customer.example") == [True]
        notes = [" ".join(stack.entries(one.id)) for one in stack.sandbox.tickets]
        assert sum("could not be delivered" in one for one in notes) == 4


async def test_a_report_of_our_own_server_needs_to_be_proved(tmp_path):
    async with Stack(tmp_path, policy={"authentication_servers": [MX]}) as stack:
        story = Story(stack)
        people = [f"p{number}@customer{number}.example" for number in range(1, 6)]
        await story.come(*(story.writes(one) for one in people), story.writes("b@evil.example"))
        await story.come(story.writes("eve@evil.example", headers={"Reply-To": "r@customer6.example"}))
        daemon = "Mail Delivery System <mailer-daemon@acme.example>"
        own = PASSED % ("acme.example", "acme.example")

        def about(number: int, sender: str = daemon, headers: str = "") -> bytes:
            """It has lost our Message-ID, and knows what we answered."""
            back = f"In-Reply-To: <{number}@story.example>\nReferences: <{number}@story.example>\n"
            failed = "r@customer6.example" if number == 7 else people[number - 1]
            return report(failed, returned=b"Subject: it", sender=sender, headers=f"{headers}{back}")

        await story.come(
            about(1, headers=own),
            about(2),
            about(3, headers=own.replace(MX, "mx.evil.example")),
            about(4, "alan@acme.example", own),
            about(5, "mailer-daemon@evil.example", PASSED % ("evil.example", "evil.example")),
            about(7, headers=own),
        )
        assert await story.answered(*people) == [False, True, True, True, True]
        assert await story.answered("r@customer6.example") == [True]
