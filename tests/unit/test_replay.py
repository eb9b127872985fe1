"""Replay: what was decided is decided again, mail by mail, and only what the configuration changed is otherwise."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.messages import mail
from fakes.trunk import ADDRESS, Halo, desk_with

from config.policy import Policy, Rule
from config.settings import Mailbox, Settings
from gateway.model import Agent, Requester, TicketView
from gateway.plan import Defaults
from gateway.replay import Outcome, Range, Replay
from storage.model import Kept, Key

ANNA = {"sender": "anna@gmail.com"}
EVE = {"sender": "eve@web.de"}
MINUTE = timedelta(minutes=1)
AWAY = {"headers": {"Auto-Submitted": "auto-replied (vacation)"}, "text": "I am away.\n"}
TRUSTING = Policy(authentication_servers=("mx.acme.example",))


def settings(tmp_path, **changes):
    names = [{"name": "support", "address": ADDRESS}, {"name": "support1", "address": "other@acme.example"}]
    return Settings(
        state=f"sqlite:///{tmp_path / 'ledger.db'}",
        halo={"url": "http://127.0.0.1:9", "client_id": "x", "client_secret": "x"},
        mailbox=tuple(Mailbox.model_validate({"source": "ingest", **one}) for one in names),
        **changes,
    )


class Story:
    """Mail in the order that it comes, each worked on before the next."""

    def __init__(self, made, halo, tmp_path):
        self.made, self.halo, self.path = made, halo, tmp_path

    async def comes(self, *octets, account="support"):
        for one in octets:
            self.made.clock.move(MINUTE)
            await self.made.deliver(one, account=account)
            await self.made.work()

    async def replayed(self, *, halo=None, wanted=None, offline=False, **changes):
        """All that would be decided differently: message and kind."""
        found = await self.looked(halo=halo, wanted=wanted, offline=offline, **changes)
        return {one.message.id: one.difference.kind for one in found if one.outcome is Outcome.DIFFERENT}

    async def looked(self, *, halo=None, wanted=None, offline=False, **changes):
        chosen = settings(self.path, **changes)
        directory = None if offline else halo or self.halo
        again = Replay(chosen, self.made.ledger, directory, Defaults(1, 1, 1, 3))
        return [one async for one in again.over(wanted or Range())]


@asynccontextmanager
async def story(tmp_path, halo=None, **changes):
    halo = halo or Halo()
    async with desk_with(tmp_path, halo, **changes) as made:
        yield Story(made, halo, tmp_path)


async def reasons(told):
    return [one.message.reason for one in await told.looked()]


@pytest.fixture(params=[False, True], ids=["asked", "offline"])
def offline(request):
    return request.param


async def test_a_conversation_is_decided_as_it_was(tmp_path, offline):
    async with story(tmp_path) as told:
        await told.comes(
            mail(message_id="a@x", **ANNA),
            mail(message_id="b@x", in_reply_to="a@x", text="And smoke.\n", **ANNA),
            mail(message_id="a@x", **ANNA),
            mail(message_id="c@x", in_reply_to="b@x", references="<a@x> <b@x>", **AWAY, **ANNA),
            mail(message_id="d@x", in_reply_to="a@x", text="Let me in.\n", **EVE),
            mail(subject="No name", text="x\n", **ANNA),
        )
        await told.comes(mail(message_id="a@x", **ANNA), account="support1")
        assert (await reasons(told))[:3] == ["new_request", "reply_by_message_id", "same_again"]
        assert [one.message.ticket for one in await told.looked()][:2] == [40, 40]
        assert await told.replayed(offline=offline) == {}


async def test_a_reply_that_was_faster_than_what_it_answers(tmp_path, offline):
    async with story(tmp_path) as told:
        await told.comes(
            mail(message_id="b@x", in_reply_to="a@x", text="And smoke.\n", **ANNA),
            mail(message_id="a@x", **ANNA),
            mail(message_id="c@x", in_reply_to="zero@x", references="<zero@x> <b@x>", text="Well?\n", **ANNA),
            mail(message_id="zero@x", text="Long ago.\n", **ANNA),
        )
        assert await reasons(told) == ["new_request", "reply_by_mention", "reply_by_message_id", "reply_by_mention"]
        assert await told.replayed(offline=offline) == {}


async def test_a_reply_that_had_to_wait_until_what_it_answers_had_its_ticket(tmp_path, offline):
    async with story(tmp_path) as told:
        made = told.made
        await made.deliver(mail(message_id="b@x", in_reply_to="a@x", text="And smoke.\n", **ANNA))
        claim = await made.ledger.work.claim("x", made.clock())
        await made.ledger.work.defer(claim, made.clock() + MINUTE / 2, "x", "", made.clock())
        await made.deliver(mail(message_id="a@x", **ANNA), account="support1")
        await made.work()
        made.clock.move(MINUTE)
        await made.work()
        assert await reasons(told) == ["reply_by_message_id", "new_request"]
        assert await told.replayed(offline=offline) == {}


async def test_a_stranger_who_was_let_in_is_a_stranger_still(tmp_path, offline):
    halo = Halo(tickets={7: TicketView(7, "x", addresses=frozenset({"anna@gmail.com"}))})
    async with story(tmp_path, halo, policy=Policy(stranger_number="append")) as told:
        await told.comes(
            mail(message_id="a@x", subject="[ID:0000007] x", **EVE),
            mail(message_id="b@x", subject="[ID:0000007] x", text="I too.\n", **ANNA),
            mail(message_id="c@x", subject="[ID:0000007] x", text="Again.\n", **EVE),
        )
        halo.wrote[7] = frozenset({"eve@web.de", "anna@gmail.com"})  # as HaloPSA tells by now
        assert await told.replayed(offline=offline, policy=Policy(stranger_number="append")) == {}
        changed = await told.replayed(offline=offline, policy=Policy(stranger_number="quarantine"))
        assert changed == {1: "AddCorrespondence → Quarantine", 3: "AddCorrespondence → Quarantine"}
        hidden = await told.looked(offline=offline, policy=Policy(stranger_number="hidden"))
        assert hidden[0].difference.kind == "for agents only"
        assert hidden[0].difference.because.startswith("reply: decides: AddCorrespondence, stranger_with_number")


async def test_only_what_a_rule_takes_is_otherwise(tmp_path, offline):
    async with story(tmp_path) as told:
        await told.comes(
            mail(message_id="a@x", subject="Invoice 7", **ANNA),
            mail(message_id="b@x", subject="Re: Invoice 7", in_reply_to="a@x", text="And?\n", **ANNA),
            mail(message_id="c@x", subject="hello", **EVE),
            mail(message_id="d@x", subject="win", text="money\n", **EVE),
        )
        rules = (
            Rule(name="invoices", subject=["*invoice*"], tickettype_id=2, acknowledge=False),
            Rule(name="win", subject=["win"], quarantine=True),
        )
        found = await told.looked(offline=offline, rule=rules)
        told_of = {one.message.id: one.difference for one in found if one.difference is not None}
        assert {number: one.kind for number, one in told_of.items()} == {
            1: "not answered", 4: "OpenTicket → Quarantine",
        }  # fmt: skip
        assert [one.name for one in told_of[1].changes] == ["answer", "tickettype_id"]
        assert told_of[1].words == "OpenTicket, new_request; answer opened → none; tickettype_id 1 → 2"
        assert told_of[1].because == "configured rule: taken by invoices"
        assert told_of[4].words == "OpenTicket, new_request → Quarantine, rule; answer opened → none"
        assert told_of[4].because == "configured rule: decides: Quarantine, rule"


async def test_a_ticket_is_as_open_as_it_was(tmp_path, offline):
    halo = Halo()
    async with story(tmp_path, halo) as told:
        await told.comes(mail(message_id="a@x", **ANNA), mail(message_id="b@x", in_reply_to="a@x", text="1\n", **ANNA))
        halo.tickets[40] = replace(halo.tickets[40], closed=True, closed_at=told.made.clock())
        await told.comes(
            mail(message_id="c@x", in_reply_to="a@x", text="Thanks!\n", **ANNA),
            mail(message_id="d@x", in_reply_to="a@x", text="It is back.\n", **ANNA),
            mail(message_id="e@x", in_reply_to="a@x", text="Do you hear?\n", **ANNA),
        )
        assert await reasons(told) == [
            "new_request", "reply_by_message_id", "thanks_on_closed_ticket", "reopened_reply_by_message_id",
            "reply_by_message_id",
        ]  # fmt: skip
        assert await told.replayed(offline=offline) == {}
        later = told.made.clock() + timedelta(days=9)
        halo.tickets[40] = replace(halo.tickets[40], closed=True, closed_at=later)
        assert await told.replayed(offline=offline) == {}
        changed = await told.replayed(offline=offline, policy=Policy(closed="new"))
        assert changed == {4: "AddCorrespondence → OpenTicket"}


async def test_one_that_was_set_aside_and_let_go_later(tmp_path, offline):
    loop = {"headers": {f"X-{n}": "x" for n in range(2)}}
    async with story(tmp_path) as told:
        rule = Rule(name="a", header={"X-1": "x"}, quarantine=True)
        object.__setattr__(told.made.desk.gatherer.habits, "rules", (rule,))
        await told.comes(
            mail(message_id="a@x", **loop, **ANNA), mail(message_id="b@x", in_reply_to="a@x", text="And?\n", **ANNA)
        )
        told.made.clock.move(MINUTE)
        await told.made.ledger.work.release(1, told.made.clock())
        await told.made.work()
        assert await reasons(told) == ["reply_by_message_id", "new_request"]
        assert [one.message.ticket for one in await told.looked()] == [40, 40]
        assert await told.replayed(offline=offline, rule=(rule,)) == {}


async def test_the_answer_to_a_ticket_that_was_gone(tmp_path, offline):
    halo = Halo()
    async with story(tmp_path, halo) as told:
        await told.comes(mail(message_id="a@x", **ANNA))
        del halo.tickets[40]
        await told.comes(
            mail(message_id="b@x", in_reply_to="a@x", text="1\n", **ANNA),
            mail(message_id="c@x", in_reply_to="b@x", references="<a@x> <b@x>", text="2\n", **ANNA),
        )
        assert await reasons(told) == ["new_request", "ticket_gone", "reply_by_message_id"]
        assert await told.replayed(offline=offline) == {}


async def test_a_ticket_that_was_merged_since(tmp_path):
    halo = Halo()
    async with story(tmp_path, halo) as told:
        await told.comes(mail(message_id="a@x", **ANNA), mail(message_id="b@x", in_reply_to="a@x", text="1\n", **ANNA))
        halo.tickets[99] = TicketView(99, addresses=frozenset({"anna@gmail.com"}))
        halo.tickets[40] = replace(halo.tickets[40], merged_into=99)
        await told.comes(mail(message_id="c@x", in_reply_to="b@x", text="2\n", **ANNA))
        assert [one.message.ticket for one in await told.looked()] == [40, 40, 99]
        assert await told.replayed() == {}
        del halo.tickets[40], halo.tickets[99]
        assert await told.replayed() == dict.fromkeys((2, 3), "AddCorrespondence → OpenTicket")


@pytest.mark.parametrize("named", [{"message_id": "a@x"}, {}])
async def test_one_that_was_moved_back(tmp_path, named, offline):
    halo, octets = Halo(), mail(**named, **ANNA)
    async with story(tmp_path, halo) as told:
        await told.comes(octets)
        del halo.tickets[40]
        for _ in range(2):
            told.made.clock.move(MINUTE)
            cursor = await told.made.ledger.intake.cursor("support", "INBOX")
            uid = cursor.last_uid + 1
            date = (await told.made.message(1)).internal_date
            again = Kept(Key("support", "INBOX", 7, uid), octets, len(octets), date)
            await told.made.ledger.intake.keep([again], [uid], "support", "INBOX", cursor, told.made.clock())
            await told.made.work()
        assert await reasons(told) == ["new_request", "ticket_gone" if named else "new_request", "same_again"]
        assert await told.replayed(offline=offline) == {}


async def test_what_came_to_be_known_later_was_not_known_then(tmp_path, offline):
    async with story(tmp_path) as told:
        same = {"text": "The very same words, every time.\n"}
        for number in range(4):
            await told.comes(mail(message_id=f"{number}@x", subject=f"s{number}", **same, **ANNA))
        now = told.made.clock() + MINUTE
        await told.made.ledger.people.bury(["anna@gmail.com"], 4, now, ticket=40)
        assert (await told.made.ledger.people.past(None, None, "anna@gmail.com", now, said=MINUTE, dead=MINUTE))[1]
        assert await told.replayed(offline=offline) == {}


async def test_offline_people_are_what_they_were(tmp_path):
    good = {"headers": {"Authentication-Results": "mx.acme.example; dmarc=pass header.from=acme.example"}}
    halo = Halo(
        tickets={7: TicketView(7, "x", client_id=5)},
        people={
            "rose@red.example": Requester("rose@red.example", "Rose", 5, 50, 500),
            "blue@blue.example": Requester("blue@blue.example", "Blue", 6, 60, 600),
        },
        agents={"grace@acme.example": Agent(4, "Grace")},
    )
    async with story(tmp_path, halo, policy=TRUSTING) as told:
        await told.comes(
            mail(message_id="a@x", sender="rose@red.example", subject="[ID:0000007] x"),
            mail(message_id="b@x", sender="blue@blue.example", subject="[ID:0000007] x", text="2\n"),
            mail(message_id="c@x", sender="grace@acme.example", subject="[ID:0000007] x", text="3\n", **good),
            mail(message_id="d@x", sender="rose@red.example", subject="new", text="4\n"),
        )
        assert await reasons(told) == ["reply_by_subject", "other_client", "agent", "new_request"]
        halo.calls.clear()
        assert await told.replayed(offline=True, policy=TRUSTING) == {}
        assert halo.calls == []
        assert await told.replayed(policy=TRUSTING) == {}


async def test_what_cannot_be_compared_is_counted_apart_and_pages_follow_one_another(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.replay.PAGE", 2)
    async with story(tmp_path) as told:
        for number in range(5):
            await told.comes(mail(message_id=f"{number}@x", text=f"{number}\n", **ANNA))
        await told.made.deliver(mail(message_id="new@x", **EVE))
        async with told.made.ledger.database.write() as connection:
            await connection.exec_driver_sql("DELETE FROM octets WHERE message = 2")
            await connection.exec_driver_sql("UPDATE messages SET gone_at = 1 WHERE id = 2")
            await connection.exec_driver_sql("UPDATE messages SET plan = '{\"version\": 99}' WHERE id = 3")
        outcomes = [one.outcome for one in await told.looked()]
        same = Outcome.SAME
        assert outcomes == [same, Outcome.GONE, Outcome.UNREADABLE, same, same, Outcome.UNDECIDED]
        numbers = [one.message.id for one in await told.looked(wanted=Range(only=(4, 2)))]
        assert numbers == [2, 4]
        since = (await told.made.message(4)).received_at
        assert [one.message.id for one in await told.looked(wanted=Range(since=since))] == [4, 5, 6]
        assert [one.message.id for one in await told.looked(wanted=Range(until=since))] == [1, 2, 3]
        assert await told.looked(wanted=Range(mailbox="support1")) == []


async def test_nothing_in_the_ledger_changes(tmp_path):
    async with story(tmp_path) as told:
        await told.comes(mail(message_id="a@x", **ANNA), mail(message_id="b@x", in_reply_to="a@x", text="1\n", **ANNA))

        async def dump():
            digest = hashlib.sha256()
            async with told.made.ledger.database.read() as connection:
                for table in ("messages", "conversations", "thread_ids", "steps", "participants", "texts", "meta"):
                    rows = (await connection.exec_driver_sql(f"SELECT * FROM {table}")).all()
                    digest.update(repr(rows).encode())
            return digest.hexdigest()

        before = await dump()
        await told.replayed(policy=Policy(stranger_number="append"))
        assert await dump() == before
