"""Nobody writes to others through us: what answers say, and how many go where, by the installed command."""

from __future__ import annotations

import base64
from email import message_from_bytes
from email.header import Header
from email.policy import default

from fakes.messages import mail
from fakes.stack import Stack

from gateway.smtp.links import has_links

WORD = "Lottogewinn"
INDEX = base64.b64encode(b"\x01\xd7" + b"q" * 20).decode()


def answers(stack: Stack):
    """To whom, and what."""
    return [(one.rcpt_tos[0], message_from_bytes(one.octets, policy=default)) for one in stack.smtp.messages]


def numbered(count: int, **fields) -> list[bytes]:
    return [
        mail(
            message_id=f"{count}.{number}@evil.example",
            text=f"Number {number}\n",
            **{name: one(number) if callable(one) else one for name, one in fields.items()},
        )
        for number in range(count)
    ]


async def test_one_mailbox_gets_few_answers_however_it_is_spelt(tmp_path):
    async with Stack(tmp_path, top={"workers": 1}) as stack:
        spelt = [
            *("victim+{}@customer.example", "v.i.c.t.i.m+{}@gmail.com", '"victim+{}"@quoted.example'),
            *("VICTIM+{}@Case.Example", "victim+{}@xn--Bcher-Kva.example", "victim@m{}.wild.example"),
        ]
        for at, one in enumerate(spelt):
            for octets in numbered(6, subject=WORD, sender=one.format):
                stack.deliver(octets.replace(b"@evil.example", f"@{at}.example".encode()))
        stack.deliver(mail(message_id="g@x", sender="victim@googlemail.com", text="Once more\n"))
        stack.deliver(mail(message_id="i@x", sender="victim@xn--bcher-kva.example", text="Once more\n"))
        stack.deliver(mail(message_id="anna@x", sender="Anna <anna+it@customer.example>", subject="Printer"))
        assert await stack.once() == 0
        told = [to.lower() for to, _ in answers(stack)]
        for domain in ("@customer.example", "mail.com", "@quoted.example", "@case.example", "cher"):
            mine = [one for one in told if domain in one and "anna" not in one]
            assert len(mine) == 3, (domain, mine)
        assert sum(one.endswith(".wild.example") for one in told) == 6
        (genuine,) = [one for to, one in answers(stack) if to == "anna+it@customer.example"]
        assert genuine["Subject"].endswith("] Re: Printer")


async def test_a_domain_is_one_whatever_stands_before_it(tmp_path):
    async with Stack(tmp_path, budgets={"per_domain": 4, "per_address": 1}) as stack:
        for octets in numbered(8, sender="a{0}@m{0}.victim.example".format):
            stack.deliver(octets)
        for number in range(3):
            stack.deliver(mail(message_id=f"uk{number}@x", sender=f"b@shop{number}.co.uk", text=f"uk {number}\n"))
        assert await stack.once() == 0
        told = [to for to, _ in answers(stack)]
        assert sum(one.endswith("victim.example") for one in told) == 4
        assert sum(one.endswith(".co.uk") for one in told) == 3


async def test_whom_only_a_reply_to_names_gets_little_and_nothing_of_the_mail(tmp_path):
    async with Stack(tmp_path, top={"workers": 1}, budgets={"reply_to": 6}) as stack:
        planted = {
            "Thread-Topic": WORD,
            "Thread-Index": INDEX,
            "References": f"<{WORD}@evil.example>",
            "X-Mailer": WORD,
        }
        for octets in numbered(
            8,
            subject=WORD,
            sender=f"{WORD} <eve@evil.example>",
            headers=lambda number: {"Reply-To": f"{WORD} <victim+{number}@customer.example>", **planted},
        ):
            stack.deliver(octets)
        ways = [  # who writes, and whom they name
            ("eve@gmail.com", "victim@gmail.com"),
            ("eve@evil.co.uk", "victim@customer.co.uk"),
            ("x@co.uk", "other@customer.co.uk"),
            ("support@acme.example", "form@customer.example"),
            ("eve@customer.example.evil.example", "tail@customer.example"),
            ("eve@evil.example", "one-more@customer.example"),  # the seventh: above the budget
            ("eve@evil.example", "two-more@customer.example"),
        ]
        for number, (sender, to) in enumerate(ways):
            headers = {"Reply-To": f"{WORD} <{to}>", **planted}
            text = f"Way {number}\n"
            stack.deliver(mail(message_id=f"w{number}@x", subject=WORD, sender=sender, text=text, headers=headers))
        for number, to in enumerate(
            ("root@localhost", "root@[127.0.0.1]", "root@127.0.0.1", "a@b@c", "support+x@acme.example")
        ):
            headers = {"Reply-To": to}
            stack.deliver(mail(message_id=f"o{number}@x", sender="eve@evil.example", text=to, headers=headers))
        assert await stack.once() == 0
        told = answers(stack)
        assert [to for to, _ in told] == ["victim+0@customer.example", *(to for _, to in ways[:5])]
        for _, one in told:
            assert one["Subject"].partition("] ")[2] in {"Your message", "Ihre Nachricht"}
            assert one["Thread-Topic"] is None
            assert one["Thread-Index"] is None
            assert WORD.lower() not in one.as_bytes().decode().lower()
            assert one["In-Reply-To"]
        # What went out in others' names takes nothing of what they are told themselves, nor of their colleagues.
        await normal_service(stack)


async def normal_service(stack: Stack) -> None:
    before = len(stack.smtp.messages)
    genuine = [
        mail(message_id="n1@x", subject="Printer", sender="victim@customer.example", text="My own\n"),
        mail(
            message_id="n2@x", subject="Zebras", sender="anna@customer.example", text="To us all\n",
            headers={"Reply-To": "Office <office@customer.example>", "Thread-Topic": "Zebras"},
        ),
        mail(
            message_id="n3@x", subject="Stripes", sender="bert@mail.office.example", text="To my desk\n",
            headers={"Reply-To": "bert@office.example"},
        ),
    ]  # fmt: skip
    for one in genuine:
        stack.deliver(one)
    assert await stack.once() == 0
    told = dict(answers(stack)[before:])
    assert {to: one["Subject"].partition("] ")[2] for to, one in told.items()} == {
        "victim@customer.example": "Re: Printer",
        "office@customer.example": "Re: Zebras",
        "bert@office.example": "Re: Stripes",
    }
    assert told["office@customer.example"]["Thread-Topic"] == "Zebras"


async def test_an_answer_leads_nowhere_and_is_on_no_other_ticket(tmp_path):
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "acknowledgement.txt.j2").write_text("{{ tag }} {{ summary }}\n{{ signed }}\n")
    (folder / "acknowledgement.html.j2").write_text("<p>{{ tag }} {{ summary }}</p>\n{{ signed }}\n")
    lures = [
        *("evil\u3002example", "evil\uff0eexample", "185.220.101.1", "hxxp://evil/x", "evil[.]example", "evil dot com"),
        *("[2001:db8::1]", "www.evil.example", "\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444", "xn--e1a.xn--p1ai"),
        *("ev\u200bil.exam\u00adple", "\u202eelpmaxe.live", "evil&#46;example", "(evil.example/)", "eve@evil.example"),
        *("<https://evil.example|Bank>", "[Bank](https://evil.example)", "javascript:alert(1)", "\\\\evil.example\\x"),
        *(
            "data:text/html,x",
            "file:///etc/passwd",
            "+1 888 555 0199",
            "[ID:0000001]",
            "\uff3bID\uff1a\uff10\uff10\uff11\uff3d",
        ),
        *("[I\u200bD:0000001]", "=?utf-8?q?evil=2Eexample?="),
    ]
    async with Stack(
        tmp_path, top={"workers": 1}, smtp={"templates": str(folder)}, budgets={"per_domain": 1000}
    ) as stack:
        for number, lure in enumerate(lures):
            subject = f"Pay {lure} now"
            octets = mail(message_id=f"{number}@x", sender=f"a@customer{number}.example", text=f"Lure {number}\n")
            encoded = Header(subject, "utf-8", maxlinelen=5000).encode().encode()
            head = b"Subject: The printer prints only zebras\r\n"
            assert head in octets
            stack.deliver(octets.replace(head, b"Subject: %s\r\nThread-Topic: %s\r\n" % (encoded, encoded)))
        topic = {"Thread-Topic": "Your account is locked"}
        stack.deliver(mail(message_id="t@x", sender="a@topic.example", subject="Hello", text="T\n", headers=topic))
        stack.deliver(mail(message_id="f@x", sender="a@file.example", subject="invoice.pdf [OTHER#123]", text="F\n"))
        assert await stack.once() == 0
        told = dict(answers(stack))
        for number, lure in enumerate(lures):
            one = told[f"a@customer{number}.example"]
            tag, _, shown = one["Subject"].partition("] ")
            assert shown == "Re: Pay now", lure
            assert one["Thread-Topic"] == "Pay now", lure
            for form in ("plain", "html"):
                said = one.get_body((form,)).get_content()
                assert f"{tag}] Pay now" in said
                assert not has_links(said.replace("<p>", "").replace("</p>", "")), lure
        assert told["a@topic.example"]["Thread-Topic"] == "Hello"
        assert told["a@file.example"]["Subject"].endswith("] Re: invoice.pdf [OTHER#123]")
