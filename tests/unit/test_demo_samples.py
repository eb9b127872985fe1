"""The samples are what the demo says of them."""

from datetime import UTC, datetime

import pytest

from gateway.demo.samples import SAMPLES, Answered
from parsers import parse
from parsers.model import AutomationKind

NOW = datetime(2026, 3, 2, 8, 20, tzinfo=UTC)
ANSWERED = Answered("ack.1@harbourpine.example", "[ID:0001001] Re: Till")


def parsed(number):
    return parse(SAMPLES[number - 1].octets(NOW, ANSWERED))


def test_they_are_numbered_and_answer_earlier_ones():
    assert [one.number for one in SAMPLES] == list(range(1, len(SAMPLES) + 1))
    assert all(one.answers is None or one.answers < one.number for one in SAMPLES)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.file)
def test_no_mark_and_no_bare_line_feed_is_left(sample):
    octets = sample.octets(NOW, ANSWERED)
    assert b"@date@" not in octets
    assert b"subject@" not in octets
    assert b"answered@" not in octets
    assert octets.count(b"\n") == octets.count(b"\r\n")
    assert parse(octets).message_id
    assert parse(octets).date == NOW


def test_the_request_shows_a_picture_in_its_text():
    (picture,) = parsed(1).attachments
    assert (picture.media_type, picture.inline) == ("image/png", True)
    assert picture.octets.startswith(b"\x89PNG")
    assert f"cid:{picture.content_id}" in parsed(1).body.html


def test_the_forward_names_whom_it_is_from():
    assert parsed(2).forward.original_sender == "licences@papermoth.example"


def test_the_broken_html_is_read_and_made_safe():
    body = parsed(3).body
    assert "Müller & Co wait for an offer of 1.200 €" in body.text
    assert not any(bad in body.html for bad in ("script", "onload", "pixel.gif"))


def test_the_answers_name_the_acknowledgement():
    assert parsed(4).in_reply_to == parsed(5).in_reply_to == (ANSWERED.message_id,)
    assert parsed(4).subject == "Re: [ID:0001001] Re: Till"
    assert parsed(5).automation.kind is AutomationKind.OUT_OF_OFFICE
    assert parsed(6).automation.kind is AutomationKind.BOUNCE
    assert parsed(6).delivery_report.original_message_id == ANSWERED.message_id


def test_a_reply_to_a_reply_has_one_prefix():
    octets = SAMPLES[3].octets(NOW, Answered("a@b.example", "RE: Till"))
    assert b"\r\nSubject: RE: Till\r\n" in octets
