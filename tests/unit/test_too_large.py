"""A mail that is too large goes its way with what fits, and tells what was left out."""

from __future__ import annotations

import pytest
from fakes.faulty_imap import FaultyImap, says
from fakes.messages import mail
from fakes.trunk import Halo, desk_with

from gateway.imap.bodystructure import portions
from gateway.imap.rows import fetch_row
from gateway.imap.source import ImapSource
from gateway.left_out import lines, written
from gateway.ports import Portion
from parsers import parse
from storage.model import Disposal, Kept, Key

FILES = {"small.pdf": b"%PDF" + b"a" * 3_000, "large.zip": b"z" * 300_000, "last <b>.doc": b"d" * 3_000}
MAIL = mail(message_id="a@c.example", attachments=FILES)


def cut(at):
    return parse(MAIL[:at], whole=False)


def test_what_is_whole_is_attached_and_what_is_cut_is_named():
    found = cut(150_000)
    assert found.body.text.startswith("Hello,")
    assert [one.filename for one in found.attachments] == ["small.pdf"]
    assert (found.left_out, found.parts_before_cut) == (("large.zip",), 2)


def test_a_mail_that_is_whole_has_nothing_left_out_whatever_its_end():
    unclosed = MAIL[: MAIL.rindex(b"--==")]
    assert (parse(unclosed).left_out, len(parse(unclosed).attachments)) == ((), 3)


def test_a_text_that_is_cut_stays():
    found = cut(MAIL.index(b"since this"))
    assert found.body.text.startswith("Hello,\n\nit does so")
    assert (found.attachments, found.left_out, found.parts_before_cut) == ((), (), 0)


@pytest.mark.parametrize("at", range(0, 4_000, 131))
def test_wherever_it_is_cut_it_can_be_read(at):
    assert cut(at).defects != ("unreadable",)


STRUCTURE = (
    b'((("text" "plain" ("charset" "utf-8") NIL NIL "7bit" 47 3 NIL NIL NIL)'
    b'("text" "html" NIL NIL NIL "7bit" 470 30) "alternative" ("boundary" "x") NIL NIL)'
    b'("application" "pdf" ("name" "a) \\"b\\".pdf") NIL NIL "base64" 4000 NIL'
    b' ("attachment" ("filename" "a).pdf")) NIL)'
    b'("image" "png" NIL "<i@x>" NIL "base64" 4000 NIL ("inline" ("filename*" "utf-8\'\'gr%C3%BCn.png")))'
    b'("message" "rfc822" NIL NIL NIL "7bit" 900 (NIL "s ( ubject" NIL NIL NIL NIL NIL NIL NIL NIL)'
    b' ("text" "plain" NIL NIL NIL "7bit" 1 1) 9 NIL ("attachment" ("filename" "=?utf-8?Q?f=C3=BCr.eml?=")))'
    b'("application" "zip" ("name*0" "lo" "name*1" "ng.zip") NIL NIL "base64" 8000) "mixed")'
)


def test_a_structure_is_a_list_of_leaves():
    row = fetch_row([b"1 FETCH (UID 4 BODYSTRUCTURE " + STRUCTURE + b" FLAGS ())"])
    assert (row.uid, row.flags) == (4, ())
    found = portions(row.structure)
    assert [one.media_type for one in found] == [
        "text/plain", "text/html", "application/pdf", "image/png", "message/rfc822", "application/zip",
    ]  # fmt: skip
    assert [one.filename for one in found][2:5] == ["a).pdf", "grün.png", "für.eml"]
    assert (found[5].filename, found[5].octets) == ("long.zip", 8000)


@pytest.mark.parametrize(
    "structure",
    [
        b"NIL",
        b"()",
        b"(())",
        b"(" * 60 + b")" * 60,
        b'("text")',
        b"(1 2 3 4 5 6 7 8 9 10)",
        b"(NIL NIL NIL NIL NIL NIL NIL)",
    ],
)
def test_nonsense_is_no_structure(structure):
    row = fetch_row([b"1 FETCH (UID 4 BODYSTRUCTURE " + structure + b")"])
    assert all(isinstance(one, Portion) for one in portions(row.structure if row else None))


async def test_the_size_is_asked_first_and_the_structure_of_the_large_one_only():
    async with FaultyImap({1: MAIL, 2: b"a: b\r\n\r\nc"}) as server:
        server.faults["UID FETCH"] = structure_for(server)
        source = ImapSource(server.mailbox(max_message_size="100kB"))
        await source.open()
        arrivals = {one.uid: one async for batch in source.fetch([1, 2]) for one in batch}
        await source.close()
    assert (len(arrivals[1].octets), arrivals[1].size, arrivals[1].truncated) == (100_000, len(MAIL), True)
    assert [one.media_type for one in arrivals[1].portions][:2] == ["text/plain", "text/html"]
    assert arrivals[2].portions == ()
    assert sum("BODYSTRUCTURE" in one for one in server.commands) == 1


def structure_for(server):
    async def fault(talk, arguments):
        if "BODYSTRUCTURE" not in arguments:
            return False
        return await says(b"* 1 FETCH (UID 1 BODYSTRUCTURE " + STRUCTURE + b")\r\n")(talk, arguments)

    return fault


async def test_its_ticket_lists_what_was_left_out_and_its_original_stays(tmp_path):
    halo, seen = Halo(), []
    create = halo.create_ticket

    async def watched(step, marker):
        seen.append(step)
        return await create(step, marker)

    halo.create_ticket = watched
    names = {"": "text/plain", "small.pdf": "application/pdf", "large.zip": "application/zip"}
    told = [Portion(name, kind, 400_000) for name, kind in names.items()]
    told.append(Portion("last <b>.doc", "application/msword", 4_000))
    async with desk_with(tmp_path, halo) as made:
        await made.deliver(mail(message_id="z@c.example"))
        cursor = await made.ledger.intake.cursor("support", "INBOX")
        kept = Kept(Key("support", "INBOX", 7, 9), MAIL[:100_000], len(MAIL), made.clock(), written(told))
        await made.ledger.intake.keep([kept], [9], "support", "INBOX", cursor, made.clock())
        await made.work()
        found = await made.message(2)
    said = seen[-1].details
    assert "- large.zip (about 300.0 kB)\n- last <b>.doc (about 3.0 kB)" in said.plain
    assert "last &lt;b&gt;.doc" in said.html
    assert 'folder "INBOX"' in said.plain
    assert [name for _, name in halo.uploads] == ["small.pdf"]
    assert found.disposal is Disposal.DONE


async def test_one_of_which_nothing_can_be_read_waits_for_a_person(tmp_path):
    async with desk_with(tmp_path, Halo()) as made:
        await made.deliver(mail(message_id="z@c.example"))
        cursor = await made.ledger.intake.cursor("support", "INBOX")
        empty = Kept(Key("support", "INBOX", 7, 9), b"", 5_000, made.clock())
        await made.ledger.intake.keep([empty], [9], "support", "INBOX", cursor, made.clock())
        await made.work()
        assert (await made.message(2)).cause == "unreadable"


def test_a_long_list_has_an_end():
    many = written([Portion(f"f{n}.txt", "text/plain", 9) for n in range(180)])
    found = lines(many, cut(0))
    assert (len(found), found[-1]) == (51, "and 130 more")
