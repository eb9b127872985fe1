import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.policy import HTTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.halo import views, wire
from gateway.halo.trailer import find_last
from gateway.model import Requester
from gateway.steps import AddAction, CreateTicket, Text, UploadAttachment

MARKER = "7K3XW9QZ2M"
NOW = datetime(2026, 3, 1, 13, 0, 5, 999, tzinfo=timezone(timedelta(hours=1)))
NOBODY = Requester("ada@acme.example", "Ada Example")
ADA = Requester("ada@acme.example", "Ada Example", client_id=7, site_id=107, user_id=301)
TICKET = CreateTicket("Printer", Text("It burns", "<p>It burns</p>"), NOBODY, 1, 2, 3, 4, NOW, message_id="a@b.example")
ACTION = AddAction(1001, Text("Still", "<p>Still</p>"), ADA, "Re: Printer", ("desk@x.example", "b@x.example"), (), NOW)
UPLOAD = UploadAttachment(0, "a b.png", "image/png", 3, "", inline=False)


def body(payload):
    octets = b"".join(payload.chunks())
    assert len(octets) == payload.length
    return octets


def test_a_ticket_as_documented():
    (element,) = json.loads(body(wire.create_ticket(TICKET, MARKER, "documented")))
    assert element == {
        "summary": "Printer",
        "details": f"<p>It burns</p><p><small>[mail reference {MARKER}]</small></p>",
        "client_id": 1,
        "tickettype_id": 2,
        "status_id": 3,
        "priority_id": 4,
        "dateoccurred": "2026-03-01T12:00:05Z",
        "reportedby": "Ada Example <ada@acme.example>",
    }
    (element,) = json.loads(body(wire.create_ticket(replace(TICKET, requester=ADA), MARKER, "documented")))
    assert (element["user_id"], element["site_id"], "reportedby" in element) == (301, 107, False)


def test_a_ticket_as_observed():
    (element,) = json.loads(body(wire.create_ticket(TICKET, MARKER, "observed")))
    assert find_last(element["details"]) == find_last(element["details_html"]) == MARKER
    assert element["third_party_id_string"] == MARKER
    assert element["internet_message_id"] == "<a@b.example>"
    assert (element["user_email"], element["user_name"]) == ("ada@acme.example", "Ada Example")
    assert element["sendack"] is element["createacknowledgement"] is False
    (element,) = json.loads(body(wire.create_ticket(replace(TICKET, requester=ADA), MARKER, "observed")))
    assert (element["user_id"], element["site_id"], "user_email" in element) == (301, 107, False)


def test_an_action_in_both():
    (element,) = json.loads(body(wire.add_action(ACTION, MARKER, "documented", "Email Update")))
    assert element == {
        "ticket_id": 1001,
        "outcome": "Email Update",
        "hiddenfromuser": False,
        "note": f"<p>Still</p><p><small>[mail reference {MARKER}]</small></p>",
        "actiontype_id": 1,
    }
    (element,) = json.loads(body(wire.add_action(replace(ACTION, hidden=True), MARKER, "observed", "Email Update")))
    assert find_last(element["note"]) == find_last(element["note_html"]) == MARKER
    assert element["emailto"] == "desk@x.example, b@x.example"
    assert (element["emaildirection"], element["who_type"], element["actionby_user_id"]) == ("I", 2, 301)
    assert (element["sendemail"], element["hiddenfromuser"]) == (False, True)
    assert "actiontype_id" not in element


@pytest.mark.parametrize("size", [0, 1, 2, 3, 196_607, 196_608, 196_609, 500_000])
def test_an_attachment_as_observed(size):
    octets = bytes(range(256)) * (size // 256 + 1)
    payload = wire.upload(UPLOAD, 1001, 3, octets[:size], "observed", "b")
    (element,) = json.loads(body(payload))
    assert base64.b64decode(element.pop("data_base64"), validate=True) == octets[:size]
    assert element == {
        "filename": "a b.png", "ticket_id": 1001, "action_id": 3, "isimage": True, "showforusers": True,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["a b.png", 'q"uote;\r\nX-Evil: 1.png', "größe.pdf", ""])
def test_an_attachment_as_documented(name):
    step = replace(UPLOAD, filename=name, media_type="image/png\r\nX-Evil: 1")
    payload = wire.upload(step, 1001, None, b"\x00\r\n--x", "documented", "0123abcd")
    head = f"MIME-Version: 1.0\r\nContent-Type: {payload.content_type}\r\n\r\n".encode()
    parts = list(message_from_bytes(head + body(payload), policy=HTTP).iter_parts())
    fields = {part.get_param("name", header="content-disposition"): part for part in parts}
    assert list(fields) == ["ticket_id", "isimage", "filename", "file"]
    assert fields["file"].get_payload(decode=True) == b"\x00\r\n--x"
    assert fields["file"]["content-type"] == "application/octet-stream"
    assert fields["file"]["x-evil"] is None
    assert fields["filename"].get_payload(decode=True).decode() == wire.filename(step)


@pytest.mark.parametrize(
    "shape",
    [
        {"id": 5, "tickets": [{"id": 9}, {"id": 10}]},
        [{"id": 5}],
        {"tickets": [{"id": 5}]},
        {"tickets": {"id": 5}},
        {"id": 5.0},
        {"id": "5"},
    ],
)
def test_all_shapes_of_answer_are_read(shape):
    assert wire.new_id(shape, "tickets") == 5


@pytest.mark.parametrize(
    "shape",
    [None, [], {}, 5, "5", [{"id": 1}, {"id": 2}], {"id": 0}, {"id": True}, {"id": 5.5}, {"id": {}}, {"error": "no"},
     {"tickets": None}, {"tickets": []}, {"id": "²"}, {"id": -1}],
)  # fmt: skip
def test_no_other_is(shape):
    assert wire.new_id(shape, "tickets") is None


@pytest.mark.parametrize(
    ("shape", "count"),
    [
        ([{"id": 1}], 1),
        ([{"id": 1}, "x"], None),
        ({"weather": ["fine", {"id": {}}]}, None),
        ({"record_count": 0, "tickets": None}, 0),
        ({"tickets": [{}, {}]}, 2),
        ({"record_count": 1, "results": [{}]}, 1),
        ({"a": [{}], "b": []}, None),
        ({"error": "x"}, None),
        ("x", None),
    ],
)
def test_lists_are_read_bare_and_enveloped(shape, count):
    found = wire.rows(shape, "tickets")
    assert (None if found is None else len(found)) == count


@given(st.text(), st.text(), st.datetimes(timezones=st.timezones()))
def test_anything_a_mail_says_can_be_sent(summary, text, date):
    step = replace(
        TICKET, summary=summary, details=Text(text, text), message_id=text, date_occurred=date,
        requester=Requester(summary, text),
    )  # fmt: skip
    for dialect in ("documented", "observed"):
        (element,) = json.loads(body(wire.create_ticket(step, MARKER, dialect)))
        assert 0 < len(element["summary"].encode("utf-16-le")) // 2 <= 255
        assert "\x00" not in element["details"]
        assert 1969 <= datetime.fromisoformat(element["dateoccurred"]).year <= 2101
        assert find_last(element["details"]) == MARKER
        json.loads(body(wire.add_action(replace(ACTION, subject=summary, cc=(text,)), MARKER, dialect, "x")))


def test_surrogates_do_no_harm():
    step = replace(TICKET, summary="a\ud800b\udcff", details=Text("\udc80", "\udc80"))
    (element,) = json.loads(body(wire.create_ticket(step, MARKER, "observed")))
    assert element["summary"] == "ab"


def test_a_long_summary_is_cut_between_characters():
    assert wire.summary(replace(TICKET, summary="😀" * 300)) == "😀" * 127
    assert wire.summary(replace(TICKET, summary=" \r\n\x00 ")) == "(no subject)"


def test_tickets_that_are_deleted_or_merged():
    assert views.ticket_view({"id": 5, "deleted": True}, 5) is None
    view = views.ticket_view({"id": 5, "summary": "x", "merged_into_id": 6, "client_id": 7.0, "user_id": 0}, 5)
    assert (view.merged_into, view.client_id, view.user_id) == (6, 7, None)
    assert views.ticket_view({"id": 5, "merged_into_id": 5}, 5).merged_into is None


def test_moments():
    assert wire.moment("2026-03-01T12:00:00.1234567") == datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
    assert wire.moment("2026-03-01T12:00:00Z") == datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert wire.moment("yesterday") is wire.moment(None) is wire.moment(5) is None
