"""What users of other mail-to-ticket systems complain about, one test a complaint, named after it: not so here.

Whole but for servers: real ledger, facts, rules, plans and composed answers. What needs servers (sessions that die in
silence, limits of memory, mail flagged as deleted) is tested where the sessions are: `test_imap_session.py`,
`test_imap_faults.py`, `contract/test_mail_source.py`.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.ledgers import restart
from fakes.messages import mail
from fakes.trunk import ACCOUNT, ADDRESS, NOW, OTHER, Halo, always, desk_with
from fakes.watching import watching

from config.policy import Policy
from gateway.errors import Misconfigured, Permanent, Transient
from gateway.model import Agent, Requester
from gateway.references import sign
from parsers import parse
from storage.model import Disposal, Kept, Key
from storage.states import State
from storage.work import DEATHS

ANNA = "anna@gmail.com"
PRINTER = "The printer prints only zebras"
AWAY = {"Auto-Submitted": "auto-replied (vacation)", "X-Auto-Response-Suppress": "All"}
PASSED = {"Authentication-Results": "mx.acme.example; dmarc=pass header.from=acme.example"}


class Watched(Halo):
    """Remembers what was written."""

    def __init__(self, **fields):
        super().__init__(**fields)
        self.opened, self.added = [], []

    async def create_ticket(self, step, marker):
        receipt = await super().create_ticket(step, marker)
        self.opened.append(step)
        return receipt

    async def add_action(self, step, marker):
        receipt = await super().add_action(step, marker)
        self.added.append(step)
        return receipt

    def close_ticket(self, number, days=0):
        view = self.tickets[number]
        self.tickets[number] = replace(view, closed=True, closed_at=NOW - timedelta(days=days))


@asynccontextmanager
async def desk(tmp_path, halo=None, **options):
    halo = halo or Watched()
    async with desk_with(tmp_path, halo, **options) as made:
        yield made, halo


async def write(made, account=ACCOUNT, **fields):
    await made.deliver(mail(**{"sender": ANNA, **fields}), account=account)
    await made.work()


# Mail that is lost, or stops the others


async def test_freescout_4888_mail_is_marked_read_and_there_is_no_ticket(tmp_path):
    """Nothing is settled, so nothing touched, as long as HaloPSA has nothing."""
    halo = Watched(fail={"create_ticket": always(Transient("unavailable", "503"))})
    async with desk(tmp_path, halo) as (made, _):
        await write(made, message_id="a@x")
        found = await made.message()
        assert (found.state, found.disposal) == (State.DEFERRED, Disposal.PENDING)


async def test_freescout_4293_one_mail_with_many_files_stops_all_others(tmp_path):
    halo = Watched(fail={"upload": always(Transient("unavailable", "503"))})
    async with desk(tmp_path, halo) as (made, _):
        await write(made, message_id="a@x", attachments={f"{number}.pdf": b"%PDF" + bytes(9) for number in range(40)})
        made.clock.move(timedelta(minutes=2))
        await write(made, message_id="b@x", sender="bob@web.de")
        assert (await made.message(1)).state is State.DEFERRED
        assert (await made.message(2)).state is State.DONE


async def test_freescout_4343_large_mail_exhausts_the_memory(tmp_path):
    """Only the beginning of a mail over the limit is fetched; its ticket says so, its original stays where it is."""
    async with desk(tmp_path) as (made, halo):
        await made.deliver(mail(message_id="z@x"))
        cursor = await made.ledger.intake.cursor(ACCOUNT, "INBOX")
        large = Kept(Key(ACCOUNT, "INBOX", 7, 9), mail(message_id="a@x"), 900_000_000, NOW)
        await made.ledger.intake.keep([large], [9], ACCOUNT, "INBOX", cursor, NOW)
        await made.work()
        assert (await made.message(2)).disposal is Disposal.DONE  # nothing is to be done to it
        assert "All of it is in the mailbox support" in halo.opened[-1].details.plain
        assert (await made.message(1)).state is State.DONE


async def test_freescout_5591_a_scanner_gives_every_mail_the_same_message_id(tmp_path):
    async with desk(tmp_path) as (made, halo):
        for number in range(3):
            files = {"scan.pdf": b"%%PDF page %d" % number}
            await write(made, sender="scanner@gmail.com", message_id="scan@scanner", text="\n", attachments=files)
        assert [(await made.message(number)).reason == "same_again" for number in (1, 2, 3)] == [False] * 3
        assert len(halo.uploads) == 3


async def test_osticket_6441_and_3504_one_mail_without_a_sender_stops_all_fetching(tmp_path):
    async with desk(tmp_path) as (made, halo):
        await made.deliver(b"Subject: no sender\r\n\r\nhello\r\n", b"From: <>\r\nSubject: blank\r\n\r\nhello\r\n")
        await write(made, message_id="b@x")
        assert len(halo.opened) == 3


async def test_chatwoot_5081_a_mail_that_kills_the_process_is_fetched_for_ever(tmp_path):
    async with desk(tmp_path) as (made, _):
        await made.deliver(mail(message_id="a@x"), mail(message_id="b@x"))
        for _ in range(DEATHS):
            claim = await made.ledger.work.claim("w", made.clock())
            assert claim.message.id == 1
            await restart(made.ledger, made.clock())
        await made.work()
        assert (await made.message(1)).cause == "process_ended"
        assert (await made.message(2)).state is State.DONE


async def test_chatwoot_10429_mail_older_than_a_day_is_lost_after_an_outage(tmp_path):
    async with watching(tmp_path) as desk_:
        desk_.folder.add(b"old", NOW - timedelta(days=20))
        desk_.folder.add(b"new", NOW)
        await desk_.watcher.collect()
        assert len(await desk_.octets()) == 2


async def test_zammad_1861_fetching_stays_dead_after_an_outage(tmp_path):
    async with watching(tmp_path) as desk_:
        desk_.folder.broken += [Transient("connection_refused")] * 2
        for _ in range(2):
            with pytest.raises(Transient):
                await desk_.watcher.collect()
        desk_.folder.add(b"mail")
        await desk_.watcher.collect()
        assert len(await desk_.octets()) == 1


async def test_zammad_2554_a_download_that_takes_too_long_loses_the_mail(tmp_path):
    async with watching(tmp_path, batch=1) as desk_:
        desk_.folder.add(b"one")
        desk_.folder.add(b"two")

        async def cut():
            desk_.folder.hook = None
            desk_.folder.broken.append(Transient("timed_out"))

        desk_.folder.hook = cut
        with pytest.raises(Transient):
            await desk_.watcher.collect()
        await desk_.watcher.collect()
        assert await desk_.octets() == [b"one", b"two"]


async def test_zammad_539_the_first_connection_imports_thousands_of_old_mails(tmp_path):
    async with watching(tmp_path, first_contact="new") as desk_:
        for number in range(50):
            desk_.folder.add(b"%d" % number, NOW - timedelta(days=300))
        await desk_.watcher.collect()
        assert await desk_.octets() == []
        assert desk_.folder.disposed == []


async def test_freescout_2001_nobody_knows_whether_all_that_was_fetched_has_an_outcome(tmp_path):
    async with desk(tmp_path) as (made, _):
        kept = await made.deliver(
            mail(message_id="a@x"), mail(message_id="a@x"), mail(message_id="b@x", sender=ADDRESS),
            mail(message_id="c@x", headers=AWAY), b"nonsense",
        )  # fmt: skip
        await made.work()
        counts = await made.ledger.reading.counts()
        assert sum(counts.values()) == len(kept)
        for one in kept:
            assert (await made.message(one)).reason


async def test_odoo_5705_and_230486_marked_before_it_is_done_or_stuck_for_ever(tmp_path):
    """Neither: what is refused is set aside, untouched, and what is behind it passes."""
    halo = Watched(fail={"create_ticket": lambda step: Permanent("refused", "no") if "bad" in step.summary else None})
    async with desk(tmp_path, halo) as (made, _):
        await write(made, message_id="a@x", subject="bad")
        await write(made, message_id="b@x", subject="good", sender="bob@web.de")
        first = await made.message(1)
        assert (first.state, first.cause, first.disposal) == (State.QUARANTINED, "refused", Disposal.PENDING)
        assert (await made.message(2)).state is State.DONE


async def test_osticket_6455_a_dead_login_goes_unnoticed_for_ten_days(tmp_path):
    halo = Watched(fail={"create_ticket": always(Misconfigured("login", "the client secret is wrong"))})
    async with desk(tmp_path, halo, mail_to=["op@acme.example"]) as (made, _):
        await write(made, message_id="a@x")
        assert (await made.message()).state is State.DEFERRED
        assert len(made.letters.alerts) == 1


async def test_znuny_453_failed_without_a_reason(tmp_path):
    halo = Watched(fail={"create_ticket": always(Permanent("refused", "the summary is too blue"))})
    async with desk(tmp_path, halo) as (made, _):
        await write(made, message_id="a@x")
        assert (await made.message()).words == "the summary is too blue"


@pytest.mark.parametrize(
    "octets",
    [
        b"From: a@b.c\r\nContent-Type: text/plain; charset=made-up\r\n\r\n\xff\xfe\x80",
        b"From: a@b.c\r\nSubject: =?made-up?q?=FF?=\r\n\r\nx",
        b"From: a@b.c\r\nContent-Type: text/html; charset=utf-16\r\n\r\n" + b"<b>" * 500,
        b"From: a@b.c\r\nContent-Type: text/html\r\n\r\n" + b"<a href=x>" * 20_000,
    ],
    ids=["zammad 2176", "zammad 2227", "zammad 2746", "zammad 2417"],
)
async def test_zammad_2176_encodings_and_markup_make_mail_unprocessable(tmp_path, octets):
    async with desk(tmp_path) as (made, halo):
        await made.deliver(octets)
        await made.work()
        assert len(halo.opened) == 1


# Doubles


async def test_zammad_1578_the_same_mail_in_two_channels_opens_two_tickets(tmp_path):
    async with desk(tmp_path) as (made, halo):
        for account in (ACCOUNT, OTHER):
            await write(made, account, message_id="a@x", headers={"Delivered-To": f"{account}@acme.example"})
        assert len(halo.opened) == len(made.letters.sent) == 1


async def test_osticket_866_a_list_footer_makes_it_another_mail(tmp_path):
    footer = "\n_______________________________________________\nl mailing list\nhttps://lists.example/l\n"
    async with desk(tmp_path) as (made, halo):
        await write(made, message_id="a@x", text="hello\n", headers={"Cc": "l@lists.example"})
        listed = {"Cc": "l@lists.example", "List-Id": "<l.lists.example>", "Precedence": "list"}
        await write(made, message_id="a@x", text="hello\n" + footer, subject=f"[l] {PRINTER}", headers=listed)
        assert (len(halo.opened), len(halo.added)) == (1, 0)


async def test_zammad_1662_a_list_wrote_from_and_added_words_of_its_own(tmp_path):
    async with desk(tmp_path) as (made, halo):
        await write(made, message_id="a@x", text="hello\n", headers={"Cc": "l@lists.example"})
        listed = {"List-Id": "<l.lists.example>", "List-Post": "<mailto:l@lists.example>", "Reply-To": ANNA}
        footer = "\n--\nSent to you by l@lists.example.\n"
        via = "Anna via L <l@lists.example>"
        await write(made, message_id="a@x", text=f"hello\n{footer}", sender=via, headers=listed)
        assert (len(halo.opened), len(halo.added)) == (1, 0)
        await write(made, message_id="a@x", text="hello\n\nThe fine people of L.\n", sender=via, headers=listed)
        assert len(halo.opened) == 2  # nothing says that these words are a footer: somebody may have written them
        await write(made, message_id="a@x", text="something else\n")
        assert len(halo.opened) == 3


async def test_osticket_5645_archived_copies_multiply(tmp_path):
    async with watching(tmp_path, when_done="move:Archive") as desk_:
        desk_.folder.add(b"mail")
        await desk_.watcher.collect()
        await desk_.settle()
        for _ in range(3):
            await desk_.watcher.sweep()
            await desk_.watcher.collect()
        assert desk_.folder.disposed == [(1, "move:Archive")]


async def test_frappe_42092_a_folder_made_anew_brings_everything_again(tmp_path):
    async with watching(tmp_path) as desk_:
        desk_.folder.add(mail(message_id="a@x"))
        await desk_.watcher.collect()
        await desk_.settle()
        desk_.folder.rebuild()
        await desk_.watcher.collect()
        assert len(await desk_.octets()) == 1


# Where it belongs


@pytest.mark.parametrize(
    "message_id", [b"", b"Message-ID: <>\r\n", b"Message-ID: < >\r\n"], ids=["none", "blank", "spaces"]
)
async def test_libredesk_122_an_empty_message_id_merges_all_mail(tmp_path, message_id):
    blank = message_id + b"In-Reply-To: <>\r\nReferences: <> < >\r\n"
    async with desk(tmp_path) as (made, halo):
        for number in range(3):
            await made.deliver(blank + mail(sender=f"p{number}@web.de", text=f"{number}\n"))
        await made.work()
        assert len(halo.opened) == 3


async def test_freescout_2375_replies_land_in_the_wrong_conversation(tmp_path):
    """The stronger evidence wins, and what contradicts it is noted."""
    async with desk(tmp_path) as (made, halo):
        await write(made, message_id="a@x", text="one\n")
        await write(made, message_id="b@x", text="two\n")
        await write(made, message_id="c@x", in_reply_to="a@x", subject="Re: [ID:0000041] mixed up", text="three\n")
        assert halo.added[0].ticket_id == 40
        said = (await made.ledger.reading.journey(3)).plan
        assert "contradiction" in said


async def test_freescout_2086_people_in_cc_who_answer_the_first_mail_open_new_tickets(tmp_path):
    async with desk(tmp_path) as (made, halo):
        await write(made, message_id="a@x", headers={"Cc": "bob@web.de, cleo@gmx.de"})
        for number, sender in enumerate(("bob@web.de", "cleo@gmx.de")):
            await write(made, sender=sender, message_id=f"{number}@x", in_reply_to="a@x", text=f"me too {number}\n")
        assert len(halo.opened) == 1
        assert [one.hidden for one in halo.added] == [False, False]


async def test_halopsa_reply_all_storm_before_any_ticket_exists(tmp_path):
    """Two answer a mail that never came to us, in the same second, in two mailboxes."""
    async with desk(tmp_path) as (made, halo):
        for number, (sender, account) in enumerate((("bob@firm.example", ACCOUNT), ("cleo@firm.example", OTHER))):
            octets = mail(sender=sender, message_id=f"{number}@x", in_reply_to="boss@x", text=f"answer {number}\n")
            await made.deliver(octets, account=account)
        await made.work()
        assert (len(halo.opened), len(halo.added)) == (1, 1)


async def test_freescout_5590_an_answer_to_another_mailbox_opens_a_new_ticket(tmp_path):
    async with desk(tmp_path) as (made, halo):
        await write(made, message_id="a@x")
        await write(made, OTHER, message_id="b@x", in_reply_to="a@x", text="more\n")
        assert (len(halo.opened), len(halo.added)) == (1, 1)


async def test_chatwoot_13502_answers_to_one_newsletter_are_merged(tmp_path):
    async with desk(tmp_path) as (made, halo):
        for number in range(3):
            await write(made, sender=f"p{number}@web.de", message_id=f"{number}@x", in_reply_to="newsletter@shop",
                        subject="Re: Our news", text=f"{number}\n")  # fmt: skip
        assert len(halo.opened) == 3


async def test_seeding_a_message_id_does_not_catch_the_mail_that_comes_by_it(tmp_path):
    async with desk(tmp_path) as (made, halo):
        await write(made, sender="eve@web.de", message_id="evil@x", in_reply_to="alert-1@monitor", subject="hi")
        await write(made, sender="alerts@monitor.example", message_id="alert-1@monitor", subject="Disk full")
        assert (len(halo.opened), len(halo.added)) == (2, 0)
        await write(made, sender="alerts@monitor.example", message_id="alert-2@monitor", in_reply_to="alert-1@monitor",
                    subject="Re: Disk full", text="still\n")  # fmt: skip
        assert [one.ticket_id for one in halo.added] == [41]


async def test_itflow_recurring_alerts_of_one_subject_collapse_into_one_ticket(tmp_path):
    async with desk(tmp_path) as (made, halo):
        for number in range(3):
            await write(made, message_id=f"{number}@x", subject="Backup failed", text=f"job {number}\n")
        assert len(halo.opened) == 3


async def test_chatwoot_10028_an_agents_answer_from_their_own_program_is_not_threaded(tmp_path):
    halo = Watched(agents={"grace@acme.example": Agent(4, "Grace")})
    policy = Policy(authentication_servers=("mx.acme.example",))
    async with desk(tmp_path, halo, policy=policy) as (made, _):
        await write(made, message_id="a@x")
        await write(made, sender="grace@acme.example", message_id="b@x", in_reply_to="a@x", text="done\n",
                    headers=PASSED)  # fmt: skip
        assert [(one.ticket_id, one.agent_id) for one in halo.added] == [(40, 4)]


async def test_zammad_5716_the_same_references_yet_another_ticket(tmp_path):
    async with desk(tmp_path) as (made, halo):
        await write(made, message_id="a@x")
        for number in range(3):
            await write(made, message_id=f"{number}@y", references="<old@x> <A@X> <a@x>", text=f"{number}\n")
        assert (len(halo.opened), len(halo.added)) == (1, 3)


# Strangers


async def test_zammad_2444_a_stranger_with_the_number_in_the_subject_is_appended(tmp_path):
    async with desk(tmp_path) as (made, halo):
        await write(made, message_id="a@x")
        await write(made, sender="eve@web.de", message_id="b@x", subject="Re: [ID:0000040] x", text="let me in\n")
        assert (len(halo.opened), len(halo.added)) == (2, 0)


async def test_freescout_2382_a_hidden_readers_answer_replaces_the_customer(tmp_path):
    async with desk(tmp_path) as (made, halo):
        await write(made, message_id="a@x")
        await write(made, sender="bcc@web.de", message_id="b@x", in_reply_to="a@x", text="I was in Bcc\n")
        (added,) = halo.added
        assert added.hidden
        assert halo.tickets[40].addresses == {ANNA}
        assert await made.ledger.people.participants(40) == {ANNA}


async def test_alga_2772_a_token_makes_a_stranger_a_watcher(tmp_path):
    async with desk(tmp_path) as (made, halo):
        await write(made, message_id="a@x")
        reference = sign((await made.desk.gatherer.keyring.keys())[0], 40)
        await write(
            made, sender="eve@web.de", message_id="b@x", text=f"mine\n\n{reference}\n", headers={"Cc": "x@web.de"}
        )
        await write(made, sender="x@web.de", message_id="c@x", in_reply_to="b@x", text="mine too\n")
        assert [one.hidden for one in halo.added] == [True, True]
        assert await made.ledger.people.participants(40) == {ANNA}


async def test_alga_1859_the_sender_of_another_client_writes_into_a_ticket(tmp_path):
    people = {"a@red.example": Requester("a@red.example", "A", 2, None, 100),
              "b@blue.example": Requester("b@blue.example", "B", 3, None, 101)}  # fmt: skip
    async with desk(tmp_path, Watched(people=people)) as (made, halo):
        await write(made, sender="a@red.example", message_id="a@x", headers={"Cc": "b@blue.example"})
        await write(made, sender="b@blue.example", message_id="b@x", in_reply_to="a@x", text="hello\n")
        assert [one.requester.client_id for one in halo.opened] == [2, 3]
        assert halo.added == []


async def test_alga_results_of_foreign_servers_are_believed(tmp_path):
    halo = Watched(agents={"grace@acme.example": Agent(4, "Grace")})
    policy = Policy(authentication_servers=("mx.acme.example",))
    ours = "mx.acme.example; dmarc=fail header.from=acme.example"
    async with desk(tmp_path, halo, policy=policy) as (made, _):
        await write(made, message_id="a@x")
        octets = mail(sender="grace@acme.example", message_id="b@x", in_reply_to="a@x", text="forged\n")
        theirs = f"Authentication-Results: {PASSED['Authentication-Results']}\r\n".encode()  # below ours: the sender's
        await made.deliver(f"Authentication-Results: {ours}\r\n".encode() + theirs + octets)
        await made.work()
        assert [(one.agent_id, one.hidden) for one in halo.added] == [(None, True)]


# Forwarded


async def test_zammad_4965_what_an_agent_forwards_counts_as_the_agents(tmp_path):
    halo = Watched(agents={"grace@acme.example": Agent(4, "Grace")})
    policy = Policy(authentication_servers=("mx.acme.example",))
    text = (
        "bitte ansehen\n\n-----Ursprüngliche Nachricht-----\nVon: Carl Kunde <carl@web.de>\n"
        "Gesendet: Montag, 2. März 2026 09:00\nAn: grace@acme.example\nBetreff: Kein Netz\n\nDas Netz ist weg.\n"
    )
    async with desk(tmp_path, halo, policy=policy) as (made, _):
        await write(made, sender="grace@acme.example", message_id="a@x", subject="WG: Kein Netz", text=text,
                    headers=PASSED)  # fmt: skip
        assert [one.requester.address for one in halo.opened] == ["carl@web.de"]
        assert [one.to.address for one in made.letters.sent] == ["carl@web.de"]


async def test_zammad_5287_a_forwarded_mail_is_taken_for_an_answer(tmp_path):
    async with desk(tmp_path) as (made, halo):
        await write(made, message_id="a@x")
        text = "see below\n\n---------- Forwarded message ---------\nFrom: <x@y.z>\nSubject: else\n\nSomething else.\n"
        await write(made, message_id="b@x", subject="Fwd: The printer prints only zebras", text=text)
        assert len(halo.opened) == 2
        assert "Something else" in halo.opened[1].details.plain


# Machines, loops, closed tickets


async def test_zammad_5113_a_vacation_reply_reopens_the_ticket(tmp_path):
    async with desk(tmp_path) as (made, halo):
        await write(made, message_id="a@x")
        halo.close_ticket(40)
        await write(made, message_id="b@x", in_reply_to="a@x", text="I am away\n", headers=AWAY)
        assert halo.tickets[40].closed
        assert len(halo.added) == 1


async def test_zammad_1131_a_bounce_of_an_answer_loops(tmp_path):
    async with desk(tmp_path) as (made, halo):
        await write(made, message_id="a@x")
        ours = parse(made.letters.octets[0]).message_id
        for number in range(5):
            await write(made, sender="MAILER-DAEMON@web.de", message_id=f"{number}@y", in_reply_to=ours, text="no\n",
                        subject="Undelivered Mail Returned to Sender",
                        headers={"Auto-Submitted": "auto-replied", "Return-Path": "<>"})  # fmt: skip
        assert (len(halo.opened), len(made.letters.sent)) == (1, 1)
        assert all(one.hidden for one in halo.added)


@pytest.mark.parametrize("sender", ["no-reply@shop.example", "donotreply@bank.example", "MAILER-DAEMON@x.example"])
async def test_freescout_3670_no_reply_responders_loop(tmp_path, sender):
    async with desk(tmp_path) as (made, _):
        for number in range(3):
            await write(made, sender=sender, message_id=f"{number}@y", text=f"{number}\n")
        assert made.letters.sent == []


async def test_freescout_1403_a_mail_that_could_not_be_processed_is_answered_again_and_again(tmp_path):
    """What is refused or set aside is never answered: there is nothing to loop with."""
    halo = Watched(fail={"create_ticket": always(Permanent("refused", "no"))})
    async with desk(tmp_path, halo) as (made, _):
        await write(made, message_id="a@x")
        assert made.letters.octets == []


async def test_osticket_1041_out_of_office_and_delivery_reports_open_tickets(tmp_path):
    async with desk(tmp_path) as (made, halo):
        await write(made, message_id="a@x", subject="Out of office: hello", headers=AWAY)
        await write(made, sender="MAILER-DAEMON@web.de", message_id="b@x",
                    subject="Undelivered Mail Returned to Sender",
                    text="I'm sorry to have to inform you that your message could not be delivered.\n",
                    headers={"Return-Path": "<>"})  # fmt: skip
        assert halo.opened == []


async def test_redmine_alerts_of_machines_are_dropped(tmp_path):
    async with desk(tmp_path) as (made, halo):
        await write(made, sender="rmm@web.de", message_id="a@x", headers={"Auto-Submitted": "auto-generated"})
        assert (len(halo.opened), made.letters.sent) == (1, [])


async def test_freescout_667_auto_submitted_no_counts_as_automatic(tmp_path):
    async with desk(tmp_path) as (made, _):
        await write(made, message_id="a@x", headers={"Auto-Submitted": "no"})
        assert len(made.letters.sent) == 1


async def test_alga_1590_thanks_and_machines_reopen_and_reopen(tmp_path):
    async with desk(tmp_path) as (made, halo):
        await write(made, message_id="a@x")
        for number, text in enumerate(("Thank you!\n", "It burns\n", "again\n", "still\n", "and now\n", "and on\n")):
            halo.close_ticket(40)
            await write(made, message_id=f"{number}@y", in_reply_to="a@x", text=text)
        assert halo.calls.count("reopen") == 3
        assert (len(halo.opened), len(halo.added)) == (1, 6)


async def test_chatwoot_15869_an_old_closed_ticket_is_revived_by_a_new_request(tmp_path):
    async with desk(tmp_path, policy=Policy(closed="reopen:14d")) as (made, halo):
        await write(made, message_id="a@x")
        halo.close_ticket(40, days=20)
        await write(made, message_id="b@x", in_reply_to="a@x", subject="Something new", text="please\n")
        assert len(halo.opened) == 2
        await write(made, message_id="c@x", in_reply_to="b@x", text="and more\n")
        assert [one.ticket_id for one in halo.added] == [halo_ticket(halo)]


def halo_ticket(halo) -> int:
    """The newest ticket."""
    return max(halo.tickets)


async def test_frappe_3628_another_help_desks_answers_are_answered(tmp_path):
    async with desk(tmp_path) as (made, _):
        await write(made, sender="help@desk.example", message_id="a@x", subject="[#7] We got your request",
                    headers={"X-Auto-Response-Suppress": "All", "Precedence": "bulk"})  # fmt: skip
        assert made.letters.sent == []


async def test_cipp_393_a_missing_ticket_loses_the_mail(tmp_path):
    async with desk(tmp_path) as (made, halo):
        await write(made, message_id="a@x")
        del halo.tickets[40]
        await made.deliver(
            *(mail(sender=ANNA, message_id=f"{number}@y", in_reply_to="a@x", text=f"{number}\n") for number in range(3))
        )
        await made.work()
        assert (len(halo.opened), len(halo.added)) == (2, 2)
        assert "ticket 40, which is no longer there" in (await made.ledger.reading.journey(2)).plan
