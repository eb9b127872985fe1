"""Decisions to plans, and plans to JSON and back."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from builders import email, facts

from gateway import plan_json
from gateway.decide import decide
from gateway.model import AddCorrespondence, Authenticity, Ignore, OpenTicket, Requester, Routing
from gateway.plan import MOST_REFERENCES, Defaults, make_plan
from gateway.steps import Acknowledge, AddAction, CreateTicket, NoteRefused, ShowPictures, UploadAttachment
from parsers.model import Address, Attachment, Body

DEFAULTS = Defaults(client_id=1, tickettype_id=2, status_id=3, priority_id=4)
ARRIVED = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PICTURE = Attachment("zebra.png", "image/png", b"png", "a" * 64, inline=True, content_id="zebra@c")
EMPTY = Attachment("empty.txt", "text/plain", b"", "b" * 64)
OPEN = OpenTicket("new_request", True, "new_request")


def plan(known, decision=OPEN):
    return make_plan(decision, (), known, DEFAULTS, arrived=ARRIVED, token="t0ken")


def test_a_new_ticket_its_attachments_and_its_acknowledgement_in_this_order():
    made = plan(facts(email(attachments=(EMPTY, PICTURE))))
    ticket, upload, answer, note = made.steps
    assert isinstance(ticket, CreateTicket)
    assert (ticket.client_id, ticket.tickettype_id, ticket.status_id, ticket.priority_id) == (1, 2, 3, 4)
    assert (ticket.date_occurred, ticket.summary) == (ARRIVED, "The printer prints only zebras")
    assert isinstance(upload, UploadAttachment)
    assert (upload.index, upload.name, upload.filename, upload.ticket_id) == (1, "attachment-2", "zebra.png", None)
    assert isinstance(answer, Acknowledge)
    assert (answer.message_id, answer.in_reply_to) == ("ack.t0ken@acme.example", "one@customer.example")
    assert note == NoteRefused()


def test_a_known_requester_brings_their_client():
    who = Requester("anna@customer.example", "Anna", client_id=9, site_id=8, user_id=7)
    ticket = plan(facts(requester=who)).steps[0]
    assert (ticket.client_id, ticket.requester) == (9, who)


def test_a_reply_is_its_new_text_only():
    body = Body(text="thanks\n> zebras", reply_text="thanks", quoted_text="> zebras")
    action, upload, note = plan(facts(email(body=body, attachments=(PICTURE,))), AddCorrespondence("r", 40)).steps
    assert isinstance(action, AddAction)
    assert (action.ticket_id, action.note.plain, upload.ticket_id) == (40, "thanks", 40)
    assert note == NoteRefused(40)


def test_a_reply_without_new_text_is_shown_whole():
    action = plan(facts(email(body=Body(text="> only a quotation"))), AddCorrespondence("r", 40)).steps[0]
    assert action.note.plain == "> only a quotation"


def test_a_mail_without_text_says_so():
    assert plan(facts(email(body=Body()))).steps[0].details.plain == "(no text)"


SHOWN = Body(text="see", html='<p>see <img src="cid:zebra@c"></p>')


def test_a_new_ticket_shows_its_pictures_afterwards():
    kinds = [type(step) for step in plan(facts(email(body=SHOWN, attachments=(PICTURE,)))).steps]
    assert kinds == [CreateTicket, UploadAttachment, Acknowledge, ShowPictures, NoteRefused]


def test_a_reply_comes_after_the_pictures_that_it_shows():
    other = replace(PICTURE, content_id="other@c", filename="other.png")
    mail = email(body=SHOWN, attachments=(other, PICTURE))
    steps = plan(facts(mail), AddCorrespondence("r", 40)).steps
    assert [type(step) for step in steps] == [UploadAttachment, AddAction, UploadAttachment, NoteRefused]
    assert [step.filename for step in steps if isinstance(step, UploadAttachment)] == ["zebra.png", "other.png"]


def test_plain_text_is_escaped():
    assert "<script>" not in plan(facts(email(body=Body(text="<script>alert(1)</script>")))).steps[0].details.html


def test_the_answer_goes_to_reply_to():
    answer = plan(facts(email(reply_to=(Address("boss@customer.example", "Boss"),)))).steps[-2]
    assert answer.to.address == "boss@customer.example"


def test_outlooks_conversation_is_carried_on():
    theirs = {"thread-topic": "=?utf-8?q?Z=C3=A4hler?=", "thread-index": "AdxqYIaN"}
    answer = plan(facts(email(headers=theirs))).steps[-2]
    assert (answer.topic, answer.thread_index) == ("Zähler", "AdxqYIaN")
    assert plan(facts(email(base_subject="Printer"))).steps[-2].topic == "Printer"


def test_references_are_carried_on_and_bounded():
    chain = tuple(f"{n}@c" for n in range(100))
    answer = plan(facts(email(references=chain))).steps[-2]
    assert answer.references[-2:] == ("99@c", "one@customer.example")
    assert len(answer.references) == MOST_REFERENCES


def test_ignoring_does_nothing():
    assert plan(facts(), Ignore("own_mail")).steps == ()


@pytest.mark.parametrize("decision", [OPEN, AddCorrespondence("r", 40, hidden=True), Ignore("x")])
def test_plans_come_back_as_they_were(decision):
    odd = email(subject="\udcff \0 é", attachments=(PICTURE,), to=(Address("ü@example"),))
    made = make_plan(decision, decide(facts(odd))[1], facts(odd), DEFAULTS, arrived=ARRIVED, token="t")
    stored = plan_json.write(made)
    assert stored.isascii()
    assert plan_json.read(stored) == made


@pytest.mark.parametrize(
    "decision",
    [replace(OPEN, note="Xylophon"), AddCorrespondence("r", 40, warning="Xylophon", dead=("x@y",)), Ignore("x")],
)
def test_what_stays_of_a_plan_tells_why_and_holds_nothing_of_the_text(decision):
    said = email(subject="Xylophon", body=Body("Xylophon", None), attachments=(PICTURE,))
    made = make_plan(decision, decide(facts(said))[1], facts(said), DEFAULTS, arrived=ARRIVED, token="t")
    left = plan_json.reduced(plan_json.write(made))
    assert "Xylophon" not in left
    assert "x@y" not in left
    kept = plan_json.read(left)
    assert (kept.decision.reason, kept.verdicts, kept.steps) == (decision.reason, made.verdicts, ())
    assert plan_json.reduced(left) == left
    assert plan_json.reduced(None) is None
    assert plan_json.reduced(json.dumps({"version": 99, "text": "Xylophon"})) is None


def test_a_plan_of_another_version_is_refused():
    with pytest.raises(ValueError, match="version 2"):
        plan_json.read(json.dumps({"version": 2}))


@pytest.mark.parametrize(
    "kind", [OpenTicket("r", acknowledge=False, acknowledge_reason="x"), AddCorrespondence("r", 40)]
)
def test_what_failed_authentication_is_no_users(kind):
    known = Requester("anna@customer.example", "Anna", 2, 3, 7)
    for authenticity, user in ((Authenticity.FAILED, None), (Authenticity.PASSED, 7)):
        made = plan(facts(requester=known, authenticity=authenticity), kind)
        (step,) = [one for one in made.steps if isinstance(one, CreateTicket | AddAction)]
        assert (step.requester.address, step.requester.user_id) == ("anna@customer.example", user)


def test_a_rule_by_sender_gives_no_client_to_a_mail_that_nobody_vouches_for():
    by_sender, by_mailbox = Routing(("r",), client_id=12, client_by_sender=True), Routing(("r",), client_id=12)
    forged = {"authenticity": Authenticity.FAILED, "authenticity_words": "dmarc=fail"}
    listed = {"unproved": "Reply-To", "author": Address("anna@customer.example")}
    for doubtful in (forged, listed):
        assert _opened(facts(routing=by_sender, **doubtful)).client_id == DEFAULTS.client_id
        assert _opened(facts(routing=by_mailbox, **doubtful)).client_id == 12
    assert _opened(facts(routing=by_sender)).client_id == 12


def _opened(made):
    decision, verdicts = decide(made)
    plan = make_plan(decision, verdicts, made, DEFAULTS, arrived=ARRIVED, token="x")
    return next(one for one in plan.steps if isinstance(one, CreateTicket))
