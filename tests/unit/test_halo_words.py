import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.halo.words import LIMIT, said


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"ClassName":"System.Exception","Message":"An Outcome must be entered","StackTrace":"at X"}',
         "An Outcome must be entered"),
        (b'{"[0].outcome_id":["Could not convert string to integer"]}',
         "[0].outcome_id: Could not convert string to integer"),
        (b'{"error":"invalid_client","error_description":"unknown"}', "unknown; invalid_client"),
        (b'{"resultCode":5,"errorMessage":"no"}', "no"),
        (b'{"errors":{"status_id":["bad"]},"title":"invalid"}', "invalid; status_id: bad"),
        (b'{"message":"tickettype_id invalid: ask /api/TicketType"}', "tickettype_id invalid: ask /api/TicketType"),
        (b"CODE:APP03/2 Please select", "CODE:APP03/2 Please select"),
        (b"<html><head><title>x</title></head><body><h1>502 Bad&nbsp;Gateway</h1>\r\n</body></html>",
         "502 Bad Gateway"),
        (b'"just\\ntext"', "just text"),
        (b"\xff\x00\x1b[31m", "\ufffd [31m"),
        (b"[[[[[[[[[[", "[[[[[[[[[["),
        (b"", ""),
    ],
)  # fmt: skip
def test_the_message_of_each_form(body, words):
    assert said(body) == words


def test_what_is_quoted_of_the_mail_is_blanked():
    mail = "Dear desk,\nmy salary is 31,000 and nobody knows.\nAda"
    body = json.dumps({"Message": "details 'my salary is 31,000 and nobody knows.' of ada@acme.example too long"})
    words = said(body.encode(), (mail, "a@b"))
    assert "salary" not in words
    assert "ada@" not in words
    assert words.startswith("details '")
    assert words.endswith("too long")


def test_a_short_subject_that_is_quoted_is_blanked_too():
    assert said(b"bad value status_id here", ("status_id",)) == "bad value … here"
    assert said(b"An outcome is missing", ("out",)) == "An outcome is missing"


@given(st.binary(max_size=2000), st.lists(st.text(max_size=50), max_size=3))
def test_total_and_short(body, private):
    words = said(body, private)
    assert len(words) <= LIMIT
    assert words.isprintable()
