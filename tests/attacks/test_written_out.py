"""A secret written out in other ways is found all the same; marks and placeholders reach no terminal."""

from __future__ import annotations

import pytest

from gateway.secrecy import Masker
from gateway.visible import escaped, printable

SECRET = "Zk9-s3cret-of-Halo"
OCTETS = SECRET.encode()


@pytest.mark.parametrize(
    "written",
    [
        ", ".join(map(str, OCTETS)),
        ",".join(map(str, OCTETS)),
        ", ".join(f"0x{one:02x}" for one in OCTETS),
        " ".join(f"0x{one:02X}" for one in OCTETS),
        OCTETS.hex("-"),
        OCTETS.hex(","),
        "".join(f"\\{one:03o}" for one in OCTETS),
        "".join(f"\\u{{{one:x}}}" for one in OCTETS),
        "".join(f"&#{one}" for one in OCTETS),
        " ".join(SECRET),
        "\u00a0".join(SECRET),
        "".join(chr(ord(one) + 0xFEE0) for one in SECRET),
    ],
)
def test_a_secret_that_is_written_out_is_masked(written):
    masker = Masker()
    masker.know(SECRET)
    assert masker.mask(f"answered ({written}) at once") == "answered (…) at once"


@pytest.mark.parametrize("words", ["tickets 1, 2, 3, 4 and 5", "00-1a-2b-3c-4d-5e", "a b c d e f g", "Grüße ﬁne"])
def test_other_lists_stay(words):
    masker = Masker()
    masker.know(SECRET)
    assert masker.mask(words) == words


def test_marks_on_one_letter_are_counted():
    assert printable("e" + "\u0301" * 9) == "e" + "\u0301" * 8 + "\ufffd"
    assert escaped("e" + "\u0301" * 9) == "e" + "\u0301" * 8 + "\\u0301"
    assert (printable("\ufffc"), escaped("\ufffc")) == ("\ufffd", "\\ufffc")
