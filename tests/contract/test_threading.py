"""An acknowledgement stands in the conversation that it answers: judged by a real server's threading (RFC 5256)."""

from __future__ import annotations

import imaplib
import re
from datetime import UTC, datetime

import pytest
from fakes.dovecot import PASSWORD, Dovecot
from fakes.messages import mail

from gateway.model import Requester
from gateway.smtp.acknowledge import compose
from gateway.steps import Acknowledge

USER = "anna@customer.example"


@pytest.fixture(scope="module")
def server():
    with Dovecot(USER) as running:
        yield running


def threads(server: Dovecot, algorithm: str) -> list[frozenset[int]]:
    with imaplib.IMAP4(server.host, server.port, timeout=10) as judge:
        judge.login(USER, PASSWORD)
        judge.select("INBOX", readonly=True)
        told = judge.thread(algorithm, "UTF-8", "ALL")[1][0].decode()
    depth, found, here = 0, [], ""
    for char in told:
        depth += (char == "(") - (char == ")")
        here += char
        if depth == 0 and here.strip():
            found.append(frozenset(map(int, re.findall(r"\d+", here))))
            here = ""
    return found


SUBJECTS = ["Printer on fire", "Re: AW: Printer on fire again", "[lab] Antwort: Zähler", "=?utf-8?q?F=C3=A4x?=", ""]


def test_the_answer_is_one_thread_with_its_question(server):
    for number, subject in enumerate(SUBJECTS):
        question = mail(subject=subject, message_id=f"q{number}@customer.example")
        step = Acknowledge(
            Requester(USER),
            f"ack.{number}@acme.example",
            f"q{number}@customer.example",
            (f"q{number}@customer.example",),
            subject,
            language="de",
        )
        server.append(USER, question)
        server.append(USER, compose(step, 7000 + number, from_address="support@acme.example", now=datetime.now(UTC)))
    pairs = [frozenset({2 * number + 1, 2 * number + 2}) for number in range(len(SUBJECTS))]
    assert sorted(threads(server, "REFERENCES"), key=min) == pairs
    assert sorted(threads(server, "REFS"), key=min) == pairs
    # By the subject alone too, as programs group that go by it: the ticket's tag and "Re:" count for nothing.
    assert set(pairs[:-1]) <= set(threads(server, "ORDEREDSUBJECT"))
