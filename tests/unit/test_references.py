"""Signed references: what verifies, what does not, and where they are found."""

from __future__ import annotations

import pytest
from builders import email

from gateway.references import SHORTEST, Key, behind_plus, in_message_id, sign, signed_tickets, verify
from parsers.model import Address, Body, DeliveryReport

KEY, OTHER = Key("1", b"a" * 32), Key("2", b"b" * 32)
WHOLE = sign(KEY, 40)


def test_a_reference_verifies_with_its_key_only():
    assert WHOLE.startswith("hm-1-40-")
    assert len(WHOLE.rpartition("-")[2]) == 52  # 256 bits in base32
    assert verify([KEY], WHOLE) == 40
    assert verify([OTHER, KEY], f"> see {WHOLE.upper()}.") == 40
    assert verify([OTHER], WHOLE) is None
    assert verify([Key("1", b"c" * 32)], WHOLE) is None
    assert verify([], WHOLE) is None


def test_the_key_id_and_the_number_are_signed_too():
    assert verify([KEY, Key("2", KEY.secret)], WHOLE.replace("hm-1-", "hm-2-")) is None
    assert verify([KEY], WHOLE.replace("-40-", "-41-")) is None
    assert sign(KEY, 40) != sign(Key("2", KEY.secret), 40).replace("hm-2", "hm-1")


@pytest.mark.parametrize("length", [SHORTEST, 40, 52])
def test_a_reference_that_was_cut_verifies_down_to_130_bits(length):
    head, _, code = WHOLE.rpartition("-")
    assert verify([KEY], f"{head}-{code[:length]}") == 40
    assert verify([KEY], f"{head}-{code[: SHORTEST - 1]}") is None
    assert verify([KEY], f"{head}-{code[: length - 1]}{'a' if code[length - 1] != 'a' else 'b'}") is None


def test_it_fits_behind_a_plus_or_is_left_out():
    address = behind_plus("support@acme.example", WHOLE)
    assert len(address.partition("@")[0]) <= 64
    assert verify([KEY], address) == 40
    assert behind_plus("a-very-long-name-of-a-shared-mailbox@acme.example", WHOLE) == ""


def test_it_stands_in_a_message_id():
    assert verify([KEY], in_message_id("ack.1@acme.example", WHOLE)) == 40


@pytest.mark.parametrize(
    ("mail", "place"),
    [
        (email(delivered=(behind_plus("s@acme.example", WHOLE),)), "the address it was sent to"),
        (email(cc=(Address(behind_plus("s@acme.example", WHOLE)),)), "the address it was sent to"),
        (email(in_reply_to=(in_message_id("a@b", WHOLE),)), "In-Reply-To"),
        (email(references=("x@y", in_message_id("a@b", WHOLE))), "References"),
        (email(body=Body(text=f"new\n\n> old\n> {WHOLE}\n")), "the text"),
        (email(delivery_report=DeliveryReport((), in_message_id("a@b", WHOLE))), "the returned mail"),
    ],
)
def test_it_is_found_wherever_one_place_was_kept(mail, place):
    assert list(signed_tickets(mail, [KEY])) == [(40, place)]


def test_many_look_alikes_take_no_time_and_prove_nothing():
    text = " ".join(f"hm-1-{number}-{'a' * 52}" for number in range(5_000))
    assert verify([KEY], text + " " + WHOLE) is None
    assert list(signed_tickets(email(body=Body(text=text)), [KEY])) == []
