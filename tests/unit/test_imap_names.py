"""Quoting and modified UTF-7."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.imap.names import decode_folder, encode_folder, folder, quotable, quote


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("INBOX", "INBOX"),
        ("Anhänge & mehr", "Anh&AOQ-nge &- mehr"),
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),  # RFC 3501 §5.1.3
        ("😀", "&2D3eAA-"),
        ("tab\there", "tab&AAk-here"),
        ("", ""),
    ],
)
def test_modified_utf7(name, encoded):
    assert encode_folder(name) == encoded
    assert decode_folder(encoded) == name


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_there_and_back(name):
    encoded = encode_folder(name)
    assert decode_folder(encoded) == name
    assert all(" " <= char <= "~" for char in encoded)


@pytest.mark.parametrize("name", ["&", "a&b", "&ZZ-", "&$$-x", "&AOQ", "&é-"])
def test_a_name_that_is_no_modified_utf7_stays_as_it_is(name):
    assert decode_folder(name) == name


@given(st.text())
def test_decoding_never_raises(name):
    decode_folder(name)


def test_quoting():
    assert quote('a"b\\c') == '"a\\"b\\\\c"'
    assert folder('Größe "x"') == '"Gr&APYA3w-e \\"x\\""'


@pytest.mark.parametrize("text", ["a\r\nA2 DELETE INBOX", "a\0", "a\n", "ä"])
def test_what_would_end_a_line_is_refused(text):
    assert not quotable(text)
    with pytest.raises(ValueError, match="ASCII"):
        quote(text)
