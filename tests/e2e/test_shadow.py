"""Shadow mode beside real servers: all is decided and told, and nothing anywhere is as much as touched."""

from __future__ import annotations

import copy
import imaplib
import json

from fakes.dovecot import PASSWORD
from fakes.maildir_box import MaildirBox
from fakes.messages import USER, mail
from fakes.stack import Stack

from gateway.shadow import FIRST
from storage.purpose import shadow_of

RULE = [{"name": "spam", "header": {"X-Spam": "yes*"}, "quarantine": True}]


def held(stack):
    """Everything that HaloPSA has, and the folder with its flags."""
    sandbox = stack.sandbox
    everything = (sandbox.tickets, sandbox.actions, sandbox.attachments, sandbox.users)
    return copy.deepcopy(everything), stack.flags(), recent(stack)


def recent(stack):
    """How many mails no session was told of before: EXAMINE takes none of them away."""
    looks = imaplib.IMAP4(stack.dovecot.host, stack.dovecot.port, timeout=10)
    looks.login(USER, PASSWORD)
    looks.select("INBOX", readonly=True)
    (count,) = looks.response("RECENT")[1]
    looks.logout()
    return int(count)


def deliver(stack, real):
    """A new mail with a file, a reply to it, a reply to a real ticket, a vacation notice, a stranger, and spam."""
    anna, tag = {"sender": "anna@gmail.com"}, f"[ID:{real.id:07}]"
    away = {"headers": {"Auto-Submitted": "auto-replied (vacation)"}, "text": "I am away.\n"}
    stack.deliver(mail(message_id="new@x", attachments={"a.pdf": b"%PDF"}, **anna))
    stack.deliver(mail(message_id="reply@x", in_reply_to="new@x", text="And smoke.\n", **anna))
    stack.deliver(mail(message_id="real@x", sender="rose@red.example", subject=f"Re: {tag} x", text="It is real.\n"))
    stack.deliver(mail(message_id="away@x", in_reply_to="new@x", **away, **anna))
    stack.deliver(mail(message_id="eve@x", sender="eve@web.de", subject=f"Re: {tag} x", text="Let me in.\n"))
    stack.deliver(mail(message_id="spam@x", sender="s@web.de", subject="win", headers={"X-Spam": "yes"}))


async def test_everything_is_decided_and_nothing_touched_and_the_real_run_knows_nothing_of_it(tmp_path):
    alerts = {"mail_to": ["operator@acme.example"]}
    changes = {"when_done": "delete", "answers": ["refused"]}
    async with Stack(tmp_path, rule=RULE, mailbox=changes, alerts=alerts, people={"create_users": True}) as stack:
        red = stack.sandbox.add_client("Red", "red.example")
        rose = stack.sandbox.add_user("Rose", "rose@red.example", red.id)
        real = stack.sandbox.add_ticket(summary="x", details="y", client_id=red.id, user_id=rose.id)
        deliver(stack, real)
        before = held(stack)
        assert before[2] == 6
        assert (await stack.call("run", "--shadow", "--once"))[0] == 0
        assert "nothing is touched" in stack.log
        stack.deliver(mail(message_id="late@x", in_reply_to="reply@x", sender="anna@gmail.com", text="Still.\n"))
        before[1][7] = frozenset()  # came since
        assert (await stack.call("run", "--shadow", "--once"))[0] == 0  # after a restart
        assert held(stack) == (*before[:2], 7)
        posts = {seen.path for seen in stack.sandbox.requests if seen.method != "GET"}
        assert posts == {"/auth/token"}
        assert stack.smtp.commands == []
        assert not (tmp_path / "ledger.db").exists()

        status, out = await stack.call("messages", "--shadow", "--json")
        told = {one["id"]: one for one in json.loads(out)["messages"]}
        assert status == 0
        assert {number: (one["state"], one["ticket"]) for number, one in told.items()} == {
            1: ("done", FIRST), 2: ("done", FIRST), 3: ("done", real.id), 4: ("done", FIRST),
            5: ("done", FIRST + 1), 6: ("quarantined", None), 7: ("done", FIRST),
        }  # fmt: skip
        assert [told[number]["reason"] for number in (1, 2, 3, 5)] == [
            "new_request", "reply_by_message_id", "reply_by_subject", "stranger_with_number",
        ]  # fmt: skip
        status, out = await stack.call("explain", "1", "--shadow", COLUMNS="200")
        assert f"shadow: would have been opened, as {FIRST}" in out
        assert "shadow: would have been uploaded" in out
        assert "shadow: would have been sent" in out
        assert "nothing of this was done" in out
        status, out = await stack.call("explain", "3", "--shadow", "--json")
        (step,) = json.loads(out)[0]["steps"]
        assert (step["name"], step["receipt"]["how"]) == ("action", "shadow")
        status, out = await stack.call("quarantine", "list", "--shadow", "--json")
        assert [one["id"] for one in json.loads(out)["messages"]] == [6]
        status, out = await stack.call("quarantine", "show", "6", "--shadow")
        assert (status, "quarantine release" in out) == (0, False)
        assert "ledger" in (await stack.call("check", "--shadow"))[1]
        assert (await stack.call("messages"))[0] == 69

        assert await stack.once() == 0
        assert len(stack.sandbox.tickets) == 3  # the one of before, Anna's, and the stranger's
        assert [len(stack.entries(one.id)) for one in stack.sandbox.tickets] == [1, 3, 1]
        assert len(stack.sandbox.attachments) == 1
        assert [one.rcpt_tos[0] for one in stack.smtp.messages].count("anna@gmail.com") == 1
        assert set(stack.flags()) == {6}  # what was set aside stays
        for number in range(1, 8):
            shadow, done = told[number], (await stack.journey(number)).message
            assert (shadow["state"], shadow["reason"], shadow["cause"]) == (done.state, done.reason, done.cause)


async def test_neither_is_started_on_the_other_ones_ledger(tmp_path):
    async with Stack(tmp_path) as stack:
        assert (await stack.call("run", "--shadow", "--once"))[0] == 0
        real, stack.state = stack.state, shadow_of(stack.state)
        stack.write_config()
        assert await stack.once() == 69
        assert "is a shadow's" in stack.log
        (tmp_path / "ledger-shadow.db").unlink()
        assert await stack.once() == 0
        stack.state = real
        stack.write_config()
        assert (await stack.call("run", "--shadow", "--once"))[0] == 69
        assert "is no shadow's" in stack.log


async def test_the_budgets_count_and_an_outage_is_waited_for(tmp_path):
    async with Stack(tmp_path, budgets={"per_address": 1}) as stack:
        for number in range(2):
            stack.deliver(mail(message_id=f"{number}@x", subject=f"s{number}", text=f"{number}\n"))
        await stack.halo_down()
        assert (await stack.call("run", "--shadow", "--once"))[0] == 75
        await stack.halo_up()
        assert (await stack.call("run", "--shadow", "--once"))[0] == 0
        told = [(await stack.call("explain", number, "--shadow"))[1] for number in ("1", "2")]
        assert sum("[budgets] per_address is reached" in " ".join(one.split()) for one in told) == 1
        assert stack.smtp.commands == []


async def test_a_maildir_keeps_its_numbers_for_the_real_run(tmp_path):
    with MaildirBox() as box:
        box.append("user0@acme.example", mail(message_id="a@x"))
        path = box.path("user0@acme.example")
        maildir = {"source": "maildir", "maildir": str(path)}
        async with Stack(tmp_path, mailbox=maildir) as stack:
            files = sorted(str(one) for one in path.glob("*/*"))
            assert (await stack.call("run", "--shadow", "--once"))[0] == 0
            assert sorted(str(one) for one in path.glob("*/*")) == files
            assert not (path / "halo-mailgate-uids").exists()
            box.append("user0@acme.example", mail(message_id="b@x"))
            assert await stack.once() == 0
            assert len(stack.sandbox.tickets) == 2
