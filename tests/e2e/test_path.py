"""The whole way, by the installed command between real servers: one story a test."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import re
import signal
import socket
import urllib.request
from email import message_from_bytes
from email.policy import default

import pytest
from fakes.messages import USER, mail
from fakes.stack import Stack

from gateway.observe.metrics import PRIORITIES
from gateway.sandbox.faults import fault
from storage.states import State

PDF = bytes(range(256)) * 700


@pytest.fixture(params=["observed", "documented"])
def dialect(request):
    return request.param


async def until(condition, seconds: float = 15.0):
    """Wait for something that the daemon does."""
    for _ in range(int(seconds / 0.05)):
        found = condition()
        if found:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen")


async def test_a_mail_becomes_a_ticket_its_attachment_is_uploaded_its_sender_acknowledged(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect) as stack:
        stack.sandbox.add_user("Anna Berg", "anna@customer.example", stack.sandbox.add_client("Customer").id)
        uid = stack.deliver(mail(message_id="one@customer.example", attachments={"report.pdf": PDF}))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        assert ticket.fields["summary"] == "The printer prints only zebras"
        assert not ticket.fields.get("sendack")
        assert ticket.fields["client_id"] == stack.sandbox.users[-1].client_id
        details = ticket.fields.get("details_html") or ticket.fields["details"]
        assert "since this morning" in details
        assert re.search(r"\[mail reference [0-9A-Z]{10}\]", details)
        (attachment,) = stack.sandbox.attachments
        assert (attachment.filename, attachment.ticket_id) == ("report.pdf", ticket.id)
        assert hashlib.sha256(attachment.octets).digest() == hashlib.sha256(PDF).digest()
        (answer,) = stack.smtp.messages
        octets = answer.octets
        assert (answer.mail_from, answer.rcpt_tos) == ("", ("anna@customer.example",))
        assert b"Auto-Submitted: auto-replied" in octets
        assert b"In-Reply-To: <one@customer.example>" in octets
        assert f"[ID:{ticket.id:07}]".encode() in octets
        assert b"since this morning" not in octets
        assert stack.flags() == {uid: {"\\Seen"}}
        assert not stack.sandbox.unknown_fields


async def test_replies_find_their_ticket_by_message_id_by_our_answer_and_by_subject(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect) as stack:
        stack.deliver(mail(message_id="one@customer.example"))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        answer_id = re.search(rb"^Message-ID: <([^>]+)>", stack.smtp.messages[0].octets, re.MULTILINE | re.IGNORECASE)[
            1
        ].decode()
        stack.deliver(
            mail(
                subject="Re: zebras",
                text="by message id\n",
                message_id="two@c.example",
                in_reply_to="one@customer.example",
            )
        )
        stack.deliver(
            mail(
                subject="Re: zebras", text="by our answer\n", message_id="three@c.example", references=f"<{answer_id}>"
            )
        )
        stack.deliver(mail(subject=f"Re: [ID:{ticket.id:07}] zebras", text="by subject\n", message_id="four@c.example"))
        stack.deliver(mail(subject="[ID:0099999] no such ticket", text="a new one\n", message_id="five@c.example"))
        assert await stack.once() == 0
        notes = " ".join(stack.entries(ticket.id))
        assert all(words in notes for words in ("by message id", "by our answer", "by subject"))
        assert len(stack.entries(ticket.id)) == 3
        assert len(stack.sandbox.tickets) == 2
        assert len(stack.smtp.messages) == 2  # replies are not acknowledged


async def test_two_mails_of_one_conversation_that_arrive_together_open_one_ticket(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.deliver(mail(message_id="b@c.example", in_reply_to="a@c.example", text="reply\n"))
        stack.deliver(mail(message_id="a@c.example", text="first\n"))
        stack.deliver(mail(message_id="c@c.example", in_reply_to="b@c.example", text="and another\n"))
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 1
        assert len(stack.entries(stack.sandbox.tickets[0].id)) == 2


async def test_one_mail_in_two_mailboxes_is_one_ticket(tmp_path):
    other = "second@acme.example"
    async with Stack(tmp_path, users=(USER, other)) as stack:
        for user in (USER, other):
            stack.deliver(
                b"Received: from mx for " + user.encode() + b"; now\r\n" + mail(message_id="a@c.example"), user
            )
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 1
        assert stack.entries(stack.sandbox.tickets[0].id) == []
        assert len(stack.smtp.messages) == 1
        assert {*stack.flags().values(), *stack.flags(other).values()} == {frozenset({"\\Seen"})}


@pytest.mark.parametrize(
    "trouble", ["answer_lost", "gateway_timeout_after_write", "cut_json_after_write", "senseless_json_after_write"]
)
async def test_an_answer_lost_after_the_write_doubles_nothing(tmp_path, dialect, trouble):
    async with Stack(tmp_path, dialect=dialect) as stack:
        stack.sandbox.faults.add(fault(trouble, "POST", "/api/Tickets"), fault(trouble, "POST", "/api/Attachment"))
        stack.deliver(mail(message_id="a@c.example", attachments={"a.bin": PDF}))
        assert await stack.once() == 0
        stack.sandbox.faults.add(fault(trouble, "POST", "/api/Actions"), fault(trouble, "POST", "/api/Attachment"))
        stack.deliver(mail(message_id="b@c.example", in_reply_to="a@c.example", attachments={"a.bin": PDF}))
        assert await stack.once() == 0
        assert (len(stack.sandbox.tickets), len(stack.entries(stack.sandbox.tickets[0].id))) == (1, 1)
        assert len(stack.sandbox.attachments) == 2  # one a mail, though they look alike
        assert "found" in {one.receipt.how for one in (await stack.journey()).steps if one.receipt}


@pytest.mark.parametrize("trouble", ["dropped", "server_error", "bad_gateway", "rate_limited_for_2s", "unavailable"])
async def test_trouble_before_the_write_loses_nothing(tmp_path, trouble):
    async with Stack(tmp_path) as stack:
        stack.sandbox.faults.add(fault(trouble, "POST", "/api/Tickets"))
        stack.deliver(mail(message_id="a@c.example"))
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 1


async def test_a_refusal_quarantines_with_halos_words_and_release_lets_it_go(tmp_path):
    async with Stack(tmp_path) as stack:
        words = "CODE:APP03/2 The board does not approve"
        stack.sandbox.faults.add(fault("refused_in_text", "POST", "/api/Tickets", body=words))
        uid = stack.deliver(mail(message_id="a@c.example"))
        stack.deliver(mail(message_id="b@c.example", text="unharmed\n"))
        assert await stack.once() == 0
        assert (await stack.journey()).message.state is State.QUARANTINED
        assert stack.flags()[uid] == frozenset()  # never touched before its outcome is settled
        assert len(stack.sandbox.tickets) == 1
        status, said = await stack.call("explain", "1")
        assert status == 0
        assert words in said
        assert (await stack.call("release", "1"))[0] == 0
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 2
        assert stack.flags()[uid] == {"\\Seen"}
        assert (await stack.call("release", "1"))[0] == 1


@pytest.mark.parametrize("trouble", ["forbidden", "login_page"])
async def test_the_installations_fault_lets_mail_wait_and_tells_the_operator(tmp_path, trouble):
    async with Stack(tmp_path, alerts={"mail_to": ["operator@acme.example"]}) as stack:
        stack.sandbox.faults.add(fault(trouble, "*", "/api", count=1000))
        uid = stack.deliver(mail(message_id="a@c.example"))
        assert await stack.once() == 75
        assert (await stack.journey()).message.state is State.DEFERRED
        assert stack.flags()[uid] == frozenset()
        assert "alert" in stack.log
        assert [one.rcpt_tos for one in stack.smtp.messages] == [("operator@acme.example",)]
        status, said = await stack.call("check")
        assert status == 1
        assert "alert halo" in said


async def test_a_refused_id_of_the_configuration_is_the_installations_fault(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect, ticket={"tickettype_id": 77}) as stack:
        stack.deliver(mail(message_id="a@c.example"))
        if await stack.once() == 0 and dialect == "observed":
            return  # this server takes any ticket type: then there is nothing to mend
        assert (await stack.journey()).message.state is State.DEFERRED
        status, said = await stack.call("check", "--json")
        assert status == 1
        assert any(
            "tickettype_id" in one["said"] + one["what"] + one["cure"] for one in json.loads(said) if not one["well"]
        )


async def test_names_stand_for_ids_in_the_configuration(tmp_path, dialect):
    names = {"status": "in progress", "priority": "High", "tickettype": "Service Request", "client": "Acme"}
    async with Stack(tmp_path, dialect=dialect, ticket=names) as stack:
        acme = stack.sandbox.add_client("Acme")
        status, said = await stack.call("check", "--json")
        assert status == 0, said
        stack.deliver(mail(subject="Printer"))
        assert await stack.once() == 0
        fields = stack.sandbox.tickets[0].fields
        found = [fields[f"{name}_id"] for name in ("status", "priority", "tickettype", "client")]
        assert found == [2, 2, 2, acme.id]


async def test_the_acknowledgement_says_what_the_priority_promises(tmp_path, dialect):
    promised = {"priority": "High", "say_response_time": True}
    rule = [{"name": "fire", "subject": ["fire*"], "priority_id": 1}]
    async with Stack(tmp_path, dialect=dialect, ticket=promised, rule=rule) as stack:
        stack.deliver(mail(subject="Printer"))
        assert await stack.once() == 0
        assert b"We answer within 1 hour." in stack.smtp.messages[0].octets
        stack.deliver(mail(subject="Fire", text="It burns.\n"))
        assert await stack.once() == 0
        assert b"We answer within 15 minutes." in stack.smtp.messages[1].octets  # of the priority that a rule chose


async def test_a_name_that_nobody_knows_lets_mail_wait_and_lists_those_there_are(tmp_path):
    async with Stack(tmp_path, ticket={"status": "Nwe"}) as stack:
        status, said = await stack.call("check")
        assert status == 1
        assert "New" in said
        assert await stack.once() == 75  # told at the start, before a mail meets it
        assert "there are: 1 New" in stack.log
        stack.deliver(mail(subject="Printer"))
        assert await stack.once() == 75
        assert stack.sandbox.tickets == []
        assert "there are: 1 New" in (await stack.call("explain", "1"))[1]


async def test_mail_is_kept_while_halo_is_down(tmp_path):
    async with Stack(tmp_path) as stack:
        await stack.halo_down()
        process = await stack.start("run")
        uid = stack.deliver(mail(message_id="a@c.example"))
        await until(lambda: "kept" in stack.log)
        assert stack.flags() == {uid: frozenset()}
        await stack.halo_up()
        await until(lambda: stack.flags() == {uid: {"\\Seen"}}, 30)
        assert len(stack.sandbox.tickets) == 1
        assert await stack.stop(process) == 0


async def test_nothing_is_marked_before_its_outcome_is_settled(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.sandbox.faults.add(fault("unavailable", "POST", "/api/Tickets", count=1000))
        uids = [stack.deliver(mail(message_id=f"{n}@c.example")) for n in range(5)]
        process = await stack.start("run")
        await until(lambda: len(stack.sandbox.faults.struck) >= 5)
        assert stack.flags() == dict.fromkeys(uids, frozenset())
        stack.sandbox.faults.clear()
        await until(lambda: stack.flags() == dict.fromkeys(uids, frozenset({"\\Seen"})), 60)
        assert await stack.stop(process) == 0


@pytest.mark.parametrize(
    ("when_done", "inbox", "archive"),
    [
        ("nothing", {frozenset()}, 0),
        ("seen", {frozenset({"\\Seen"})}, 0),
        ("delete", set(), 0),
        ("move:Archive/Tickets", set(), 1),
    ],
)
async def test_the_original_is_treated_as_configured(tmp_path, when_done, inbox, archive):
    async with Stack(tmp_path, mailbox={"when_done": when_done}) as stack:
        stack.deliver(mail(message_id="a@c.example"))
        assert await stack.once() == 0
        assert set(stack.flags().values()) == inbox
        if archive:
            assert len(stack.dovecot.messages(USER, "Archive/Tickets")) == archive


@pytest.mark.parametrize(("first_contact", "tickets"), [("new", 0), ("unseen", 1), ("all", 2), ("2026-02-15", 1)])
async def test_first_contact_takes_what_it_says(tmp_path, first_contact, tickets):
    from datetime import UTC, datetime

    async with Stack(tmp_path, mailbox={"first_contact": first_contact}) as stack:
        stack.dovecot.append(
            USER, mail(message_id="old@c.example"), flags=["\\Seen"], internal_date=datetime(2026, 2, 1, tzinfo=UTC)
        )
        stack.dovecot.append(USER, mail(message_id="young@c.example"), internal_date=datetime(2026, 3, 1, tzinfo=UTC))
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == tickets
        stack.deliver(mail(message_id="later@c.example"))
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == tickets + 1


async def test_automatic_mail_is_never_acknowledged(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.deliver(
            mail(subject="Backup failed", message_id="a@c.example", headers={"Auto-Submitted": "auto-generated"})
        )
        stack.deliver(
            mail(subject="Weekly", message_id="b@c.example", headers={"List-Id": "<l.c.example>", "Precedence": "list"})
        )
        stack.deliver(mail(message_id="c@c.example", sender="noreply@c.example"))
        stack.deliver(mail(message_id="d@c.example", headers={"X-Auto-Response-Suppress": "All"}))
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 4
        assert stack.smtp.messages == []
        _, said = await stack.call("explain", "1")
        assert "no: automatic_auto_generated" in said


async def test_at_most_three_acknowledgements_an_hour_go_to_one_address(tmp_path):
    async with Stack(tmp_path) as stack:
        for n in range(6):
            stack.deliver(mail(subject=f"Request {n}", message_id=f"{n}@c.example"))
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 6
        assert len(stack.smtp.messages) == 3


async def test_an_acknowledgement_in_doubt_is_never_sent_again(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.smtp.drop = "after_data"
        stack.deliver(mail(message_id="a@c.example"))
        assert await stack.once() == 0
        stack.smtp.drop = None
        assert await stack.once() == 0
        assert len(stack.smtp.messages) <= 1
        receipt = {one.name: one.receipt for one in (await stack.journey()).steps}["acknowledgement"]
        assert receipt.how == "unknown"


async def test_a_mail_server_that_is_down_delays_only_the_acknowledgement(tmp_path):
    async with Stack(tmp_path) as stack:
        await stack.smtp.stop()
        process = await stack.start("run")
        uid = stack.deliver(mail(message_id="a@c.example"))
        await until(lambda: "deferred" in stack.log)
        assert (len(stack.sandbox.tickets), stack.flags()) == (1, {uid: frozenset()})
        await stack.smtp.start()
        await until(lambda: stack.flags() == {uid: {"\\Seen"}}, 30)
        assert (len(stack.smtp.messages), len(stack.sandbox.tickets)) == (1, 1)
        assert await stack.stop(process) == 0


async def test_sigterm_ends_the_step_in_hand_and_exits_with_0(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.sandbox.faults.add(fault("slow", "POST", "/api/Tickets", delay=1.0))
        stack.deliver(mail(message_id="a@c.example", attachments={"a.bin": PDF}))
        process = await stack.start("run")
        await until(
            lambda: any(one.method == "POST" and "tickets" in one.path.lower() for one in stack.sandbox.requests)
        )
        assert await stack.stop(process) == 0
        assert len(stack.sandbox.tickets) == 1
        step = (await stack.journey()).steps[0]
        assert step.receipt.how == "answered"  # the step in hand was waited for
        assert (await stack.journey()).message.state is State.DEFERRED
        assert await stack.once() == 0
        assert (len(stack.sandbox.tickets), len(stack.sandbox.attachments), len(stack.smtp.messages)) == (1, 1, 1)


async def test_a_second_signal_ends_at_once_and_loses_nothing(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.sandbox.faults.add(fault("slow_after_write", "POST", "/api/Tickets", delay=3.0))
        stack.deliver(mail(message_id="a@c.example"))
        process = await stack.start("run")
        await until(lambda: stack.sandbox.tickets)
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 2.5)
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 1


async def test_a_second_daemon_on_the_same_ledger_is_refused(tmp_path):
    async with Stack(tmp_path) as stack:
        process = await stack.start("run")
        await until(lambda: "started" in stack.log)
        assert (await stack.call("run"))[0] == 69
        assert "another halo-mailgate run" in stack.log
        assert await stack.stop(process) == 0


async def test_a_mail_server_outage_ends_by_itself(tmp_path):
    async with Stack(tmp_path) as stack:
        process = await stack.start("run")
        await until(lambda: "first contact" in stack.log)
        stack.dovecot.stop()
        await until(lambda: "mailbox down" in stack.log)
        stack.dovecot.start()
        stack.deliver(mail(message_id="a@c.example"))
        await until(lambda: stack.sandbox.tickets, 30)
        assert await stack.stop(process) == 0


async def test_a_rebuilt_folder_loses_nothing_and_doubles_nothing(tmp_path):
    async with Stack(tmp_path, mailbox={"folder": "Tickets"}) as stack:
        octets = mail(message_id="a@c.example")
        stack.dovecot.append(USER, octets, folder="Tickets")
        assert await stack.once() == 0
        stack.dovecot.remove_folder(USER, "Tickets")
        stack.dovecot.append(USER, octets, folder="Tickets")
        stack.dovecot.append(USER, mail(message_id="b@c.example"), folder="Tickets")
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 2


async def test_a_deleted_ticket_is_replaced_by_a_new_one(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect) as stack:
        stack.deliver(mail(message_id="a@c.example"))
        assert await stack.once() == 0
        stack.sandbox.delete_ticket(stack.sandbox.tickets[0].id)
        stack.deliver(mail(message_id="b@c.example", in_reply_to="a@c.example"))
        assert await stack.once() == 0
        assert [one.deleted for one in stack.sandbox.tickets] == [True, False]


async def test_the_dialect_is_found_by_reading_remembered_and_said(tmp_path, dialect):
    async with Stack(tmp_path, dialect=dialect) as stack:
        stack.deliver(mail(message_id="a@c.example"))
        assert await stack.once() == 0
        assert f"dialect={dialect}" in stack.log.replace(" ", "").replace("'", "")
        stack.deliver(mail(message_id="b@c.example"))
        assert await stack.once() == 0
        probes = [one for one in stack.sandbox.requests if one.path.lower().endswith("/outcome")]
        assert [one.method for one in probes] == ["GET"]


async def test_explain_tells_the_whole_way(tmp_path):
    async with Stack(tmp_path) as stack:
        stack.deliver(mail(message_id="a@c.example", attachments={"a.bin": PDF}))
        assert await stack.once() == 0
        ticket = stack.sandbox.tickets[0].id
        reference = (await stack.journey()).steps[0].marker
        said = {}
        for name in ("1", reference.lower(), "<a@c.example>", f"ticket:{ticket}", f"[ID:{ticket:07}]"):
            status, said[name] = await stack.call("explain", name)
            assert status == 0, name
        assert len(set(said.values())) == 1
        for words in (
            "new_request",
            "decides",
            f"{ticket} at Halo",
            reference,
            "attachment-1",
            "acknowledge",
            "sent",
            "disposed",
        ):
            assert words in said["1"], words
        assert (await stack.call("explain", "nothing@such"))[0] == 1
        status, as_json = await stack.call("explain", "1", "--json")
        assert json.loads(as_json)[0]["message"]["ticket"] == ticket


async def test_reading_commands_work_while_the_daemon_runs(tmp_path):
    async with Stack(tmp_path) as stack:
        process = await stack.start("run")
        stack.deliver(mail(message_id="a@c.example"))
        await until(lambda: stack.smtp.messages)
        status, said = await stack.call("messages", "--json", "--state", "done", "--state", "active")
        assert status == 0
        assert json.loads(said)["messages"][0]["reason"] == "new_request"
        assert (await stack.call("messages", "--state", "lost"))[0] == 64
        assert (await stack.call("check"))[0] == 0
        assert await stack.stop(process) == 0


async def test_neither_mail_nor_secrets_are_in_the_log(tmp_path):
    async with Stack(tmp_path, top={"log_level": "debug"}) as stack:
        stack.sandbox.faults.add(fault("answer_lost", "POST", "/api/Tickets"))
        stack.deliver(mail(message_id="a@c.example", text="a very private sentence\n"))
        assert await stack.once() == 0
        for word in ("private sentence", "zebras", "anna", "sandbox-secret", "correct horse", "a@c.example"):
            assert word not in stack.log, word


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\0" * 100,
        b"\r\n\r\n",
        b"From: ",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" * 3,
        b"\xff\xfe" * 5000,
    ],
)
async def test_no_octets_stop_the_others(tmp_path, octets):
    async with Stack(tmp_path) as stack:
        if octets:
            stack.deliver(octets)
        stack.deliver(mail(message_id="a@c.example"))
        assert await stack.once() == 0
        assert any(one.fields["summary"].startswith("The printer") for one in stack.sandbox.tickets)


async def test_bad_configuration_is_refused_with_status_78(tmp_path):
    async with Stack(tmp_path, mailbox={"poll_intervall": "5s", "port": "many"}) as stack:
        assert (await stack.call("run"))[0] == 78
        assert "poll_interval" in stack.log
        assert "correct horse" not in stack.log


async def test_systemd_is_told_of_ready_watchdog_and_stopping(tmp_path):
    async with Stack(tmp_path) as stack:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
            door.bind(str(tmp_path / "notify"))
            door.setblocking(False)
            told: list[str] = []

            def heard(word):
                with contextlib.suppress(BlockingIOError):
                    while True:
                        told.append(door.recv(4096).decode())
                return word in " ".join(told)

            process = await stack.start("run", NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="300000")
            await until(lambda: heard("READY=1"))
            await until(lambda: heard("WATCHDOG=1"))
            assert await stack.stop(process) == 0
            assert heard("STOPPING=1")


async def test_a_scanner_that_reuses_its_message_id_sends_two_mails(tmp_path):
    async with Stack(tmp_path) as stack:
        for scan in (b"first page", b"second page"):
            stack.deliver(mail(message_id="scan@c.example", text="\n", attachments={"scan.pdf": scan}))
        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 2
        assert len(stack.sandbox.attachments) == 2


async def test_the_numbers_say_what_halo_saw(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    async with Stack(tmp_path, metrics={"listen": f"127.0.0.1:{port}"}) as stack:
        process = await stack.start("run")
        stack.deliver(mail(message_id="a@c.example", attachments={"report.pdf": PDF}))
        await until(lambda: stack.smtp.messages)

        def numbers():
            text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode()
            return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))

        found = await asyncio.to_thread(numbers)
        sent = sum(float(found[f'halo_mailgate_halo_requests_total{{priority="{one}"}}']) for one in PRIORITIES)
        assert sent == float(found["halo_mailgate_halo_budget_used"]) == len(stack.sandbox.requests)
        assert float(found['halo_mailgate_mailbox_looked_at_seconds{mailbox="support"}']) > 1.7e9
        status, _ = await stack.call("run", "--once")  # the ledger is in use: refused before the port is
        assert status == 69
        assert await stack.stop(process) == 0
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", port))
            taken.listen()
            assert await stack.once() == 78
        assert f"[metrics] listen = 127.0.0.1:{port} cannot be used" in stack.log


async def test_other_references_in_subjects_are_written_and_read(tmp_path):
    kinds = ["Ticket #{id}", "[ID:{id}]"]
    async with Stack(tmp_path, matching={"subject_references": kinds}) as stack:
        stack.deliver(mail(message_id="a@c.example", subject="Zebras [ID:7] in Ticket #8"))
        assert await stack.once() == 0
        (ticket,) = stack.sandbox.tickets
        subject = message_from_bytes(stack.smtp.messages[0].octets, policy=default)["Subject"]
        assert subject == f"Ticket #{ticket.id:07} Re: Zebras in"
        for number, said in enumerate((f"AW: ticket #{ticket.id}", f"RE: [id:{ticket.id:07}] Zebras")):
            stack.deliver(mail(message_id=f"b{number}@c.example", subject=said))
        assert await stack.once() == 0
        assert (len(stack.sandbox.tickets), len(stack.entries(ticket.id))) == (1, 2)
    (tmp_path / "2").mkdir()
    async with Stack(
        tmp_path / "2", matching={"subject_references": ["{id}", "x{id}{id}", "a" * 70 + "{id}"]}
    ) as stack:
        status, _ = await stack.call("check")
        assert status == 78
        assert stack.log.count("Cure: write what stands round the number") == 3
