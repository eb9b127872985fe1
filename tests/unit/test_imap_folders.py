"""Folders as people name them, and where servers keep them."""

from __future__ import annotations

import pytest
from fakes.faulty_imap import CAPABILITY, FaultyImap

from gateway.errors import Misconfigured
from gateway.imap.source import ImapSource

LISTED = (
    b'* LIST (\\HasNoChildren) "." INBOX\r\n'
    b'* LIST (\\HasNoChildren \\Junk) "." "INBOX.Spam &AOQ-"\r\n'
    b'* LIST (\\Archive) "." {9}\r\nINBOX.Old\r\n'
)


async def selected(folder, capability=CAPABILITY, prefix=b"", listed=LISTED):
    async with FaultyImap(capability=capability) as server:
        server.listed, server.prefix = listed, prefix
        source = ImapSource(server.mailbox(folder=folder))
        await source.open()
        await source.close()
        return next(one.removeprefix("SELECT ") for one in server.commands if one.startswith("SELECT"))


@pytest.mark.parametrize(
    ("folder", "argument"),
    [
        ("INBOX", '"INBOX"'),
        ("inbox", '"inbox"'),
        ("Anhänge", '"INBOX.Anh&AOQ-nge"'),
        ("A/B", '"INBOX.A.B"'),
        ("INBOX/A", '"INBOX.A"'),
    ],
)
async def test_ones_own_folders_are_found_where_the_server_keeps_them(folder, argument):
    assert await selected(folder, f"{CAPABILITY} NAMESPACE", b"INBOX.") == argument


async def test_without_a_prefix_names_stay_as_they_are():
    assert await selected("Tickets", f"{CAPABILITY} NAMESPACE") == '"Tickets"'
    assert await selected("Tickets") == '"Tickets"'


@pytest.mark.parametrize("capability", [CAPABILITY, f"{CAPABILITY} SPECIAL-USE LIST-EXTENDED"])
async def test_a_folder_may_be_named_by_its_use(capability):
    assert await selected("\\Junk", capability) == '"INBOX.Spam &AOQ-"'


async def test_a_use_that_no_folder_has_names_the_cure():
    with pytest.raises(Misconfigured, match="name the folder itself"):
        await selected("\\Sent")


@pytest.mark.parametrize(
    ("flags", "keyword"), [(b"(\\Seen \\*)", True), (b"(\\Seen $HaloTicket)", True), (b"(\\Seen)", False)]
)
async def test_a_keyword_is_set_where_the_server_keeps_it(flags, keyword):
    selected = b"* OK [UIDVALIDITY 7] ok\r\n* OK [PERMANENTFLAGS " + flags + b"] ok\r\n* OK [UIDNEXT 2] ok\r\n"
    async with FaultyImap({1: b"a: b\r\n\r\n"}, selected=selected) as server:
        source = ImapSource(server.mailbox(keyword="$HaloTicket"))
        await source.open()
        await source.dispose([1], "seen")
        await source.close()
        stored = [one for one in server.commands if "STORE" in one]
    wanted = ["UID STORE 1 +FLAGS.SILENT ($HaloTicket)"] if keyword else []
    assert stored == [*wanted, "UID STORE 1 +FLAGS.SILENT (\\Seen)"]
