"""What the ledger knows, in a few words; and both forms of the table."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from gateway import plan_json
from gateway.demo.outcome import Outcome, outcome
from gateway.demo.screen import Row, Screen, table
from gateway.model import AddCorrespondence, Ignore, OpenTicket, Requester
from gateway.steps import Acknowledge, AddAction, CreateTicket, Plan, Text, UploadAttachment
from storage.model import Key, Message, StepRecord, StoredReceipt
from storage.reading import Journey
from storage.states import State

NOW = datetime(2026, 3, 2, 8, 20, tzinfo=UTC)
WHO = Requester("mara@linden-bakery.example")
TEXT = Text("hello", "<p>hello</p>")
CREATE = CreateTicket("Till", TEXT, WHO, 1, 1, 1, 3, NOW)
ADD = AddAction(1001, TEXT, WHO, "Till", (), (), NOW)
ACKNOWLEDGE = Acknowledge(WHO, "ack.1@harbourpine.example", None, (), "Till")


def upload(number):
    return UploadAttachment(number, "a.png", "image/png", 1, "", inline=False, name=f"attachment-{number}")


def journey(decision=None, steps=(), receipts=(), state=State.DONE, **fields):
    message = Message(1, Key("support", "INBOX", 1, 1), state, 10, 10, "", NOW, **fields)
    plan = None if decision is None else plan_json.write(Plan(decision, tuple(steps)))
    records = tuple(StepRecord(name, receipt=StoredReceipt(number, how)) for name, number, how in receipts)
    return Journey(message, plan, records, (), ())


OPEN = OpenTicket("new_request", acknowledge=True, acknowledge_reason="new_request")
SILENT = OpenTicket("new_request", acknowledge=False, acknowledge_reason="noreply_address")
TICKET = ("ticket", 1001, "answered")

CASES = [
    (journey(state=State.RECEIVED), Outcome("received")),
    (
        journey(OPEN, [CREATE, upload(1), ACKNOWLEDGE], state=State.ACTIVE),
        Outcome("active", "opens a ticket", "0 of 1", "to be sent"),
    ),
    (
        journey(
            OPEN,
            [CREATE, upload(1), ACKNOWLEDGE],
            [TICKET, ("attachment-1", 5001, "answered"), ("acknowledgement", None, "sent")],
        ),
        Outcome("done", "ticket 1001", "1", "sent"),
    ),
    (journey(SILENT, [CREATE], [TICKET]), Outcome("done", "ticket 1001", "", "none: noreply_address")),
    (
        journey(AddCorrespondence("reply", 1001), [ADD], state=State.ACTIVE),
        Outcome("active", "goes to ticket 1001", "", "none: no new ticket"),
    ),
    (
        journey(AddCorrespondence("bounce", 1001, hidden=True), [ADD], [("action", 2, "answered")]),
        Outcome("done", "ticket 1001, action 2, hidden", "", "none: no new ticket"),
    ),
    (journey(Ignore("own_mail")), Outcome("done", "nothing: own_mail", "", "none")),
    (journey(state=State.BROKEN, cause="bug_KeyError"), Outcome("broken", "set aside: bug_KeyError")),
    (journey(state=State.DEFERRED, cause="refused"), Outcome("deferred", "waits: refused")),
    (journey(state=State.DEFERRED, cause="x", waits_for=7), Outcome("deferred", "waits: for message 7")),
    (
        journey(OPEN, [CREATE], [TICKET], state=State.DEFERRED, cause="http_503"),
        Outcome("deferred", "ticket 1001, waits: http_503", "", "to be sent"),
    ),
]


@pytest.mark.parametrize(("held", "shown"), CASES)
def test_each_outcome_in_a_few_words(held, shown):
    assert outcome(held) == shown


ROWS = [
    Row(1, "new request", Outcome("done", "ticket 1001", "1", "sent")),
    Row(2, "bounce [of it]", Outcome("received")),
]


def test_without_a_terminal_plain_lines_come_at_the_end():
    out = StringIO()
    with Screen(Console(file=out, force_terminal=True, width=40)) as screen:
        screen.show(ROWS[:1])
        assert not out.getvalue()
        screen.show(ROWS)
    heading, first, second = out.getvalue().splitlines()
    assert heading.split()[0] == "mail"
    assert first == "1  new request     done      ticket 1001        1      sent"
    assert second == "2  bounce [of it]  received"


def test_the_table_of_a_terminal_has_the_same_cells():
    out = StringIO()
    Console(file=out, width=120).print(table(ROWS))
    assert [line.split() for line in out.getvalue().splitlines()][1:] == [
        ["1", "new", "request", "done", "ticket", "1001", "1", "sent"],
        ["2", "bounce", "[of", "it]", "received"],
    ]
