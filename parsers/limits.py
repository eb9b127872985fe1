"""How much of one mail is considered: mail is hostile, so everything that can be counted has an end.

Promises: numbers only, each with its reason. What lies beyond a limit is reported as a defect `limit: …` and, where it
is content, kept raw as an attachment. Knows nothing of how the limits are kept.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one call of `parse`. Sizes are in octets for raw mail and in characters for decoded text."""

    header_fields: int = 2_000  # of one header section; a long trace has fifty
    header_octets: int = 256 * 1024  # of one header section
    field_octets: int = 64 * 1024  # of one field: room for some thousand recipients
    depth: int = 50  # nested multiparts; a forward of a forward of a list mail reaches eight
    parts: int = 1_000
    addresses: int = 200  # of one kind of field
    references: int = 50  # the newest ones: a conversation is found by its last mails
    recipients: int = 200  # of one delivery report
    parameters: int = 100  # of one Content-Type or Content-Disposition
    text: int = 2_000_000  # characters of the whole body
    html: int = 2_000_000  # characters of HTML that any HTML library sees
    html_depth: int = 250  # libxml2 drops what is nested deeper than 256
    html_tags: int = 50_000  # of one mail; the widest reports seen have ten thousand
    html_entities: int = 50_000
    html_writing: int = (
        5_000_000_000  # characters searched to escape texts: 0.04 s; one of 500 kB may hold ten thousand
    )
    html_attributes: int = 1_000  # of one tag: the standard's algorithm compares each with each
    html_attributes_of_all: int = 100_000  # of all tags: each is judged at every reading
    html_styles: int = 10_000  # different ones: newsletters have hundreds
    data_pictures: int = 100  # pictures that stand in the markup itself
    rtf: int = 1_500_000  # octets of unpacked Rich Text in one mail
    rtf_tokens: int = 300_000  # control words, groups and stretches of text in one of them
    tnef_attributes: int = 20_000  # attributes and properties of one winmail.dat
    unwrapped: int = 20  # parts of one mail that hold a mail or files in a wrapping of their own (TNEF, S/MIME)
    unwrapped_octets: int = 10_000_000  # what compressed S/MIME of one mail may unpack to
    encoded_blocks: int = 100  # uuencoded files in one text
    calendar: int = 200_000  # octets of an invitation that are read for people
    attendees: int = 50  # that are named in the text of an invitation
    cleaned_lines: int = 10_000  # lines that are searched for quotes and signatures
    cleaned: int = 1_500_000  # characters that the cleaners look at, over all their rounds


DEFAULT = Limits()
