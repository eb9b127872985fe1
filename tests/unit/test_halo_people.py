"""Who is behind an address, and what it costs to know."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest
from fakes.halo_settings import Watch, halo_settings

from gateway.errors import Transient
from gateway.halo.api import HaloApi
from gateway.halo.dialect import DialectChoice
from gateway.halo.people import AGE, MOST_PAGES, PAGE, Requesters

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


async def remember(_):
    """The dialect is given."""


def user(number, address=None, client_id=2, **more):
    return {"id": number, "emailaddress": address or f"p{number}@acme.example", "client_id": client_id, **more}


def paged(users, query):
    """As observed: an envelope, a hundred on a page."""
    first = (int(query.get("page_no", 1)) - 1) * PAGE
    return {"record_count": len(users), "users": users[first : first + PAGE]}


def bare(users, query):
    """A list without an envelope, in pages."""
    return paged(users, query)["users"]


def cut_off(users, query):
    """No pages: the first fifty, whatever is asked."""
    return users[:50]


def everybody(users, query):
    """No pages: all, whatever is asked."""
    return users


class Tenant:
    """A server with users that shows them its own way."""

    def __init__(self, users, shape=paged, patience=60.0):
        self.users, self.shape, self.questions, self.watch = list(users), shape, [], Watch()
        settings = halo_settings("https://halo.example")
        api = HaloApi(settings, clock=lambda: NOW, transport=httpx.MockTransport(self.answer))
        self.people = Requesters(api, DialectChoice(api, "observed", None, remember), self.watch, patience=patience)
        self.go = asyncio.Event()
        self.go.set()

    async def answer(self, request):
        if request.url.path.endswith("/token"):
            return httpx.Response(200, json={"access_token": "t"})
        query = dict(request.url.params)
        self.questions.append(query)
        if self.users is None:
            return httpx.Response(404)
        if "search" in query:
            found = [one for one in self.users if query["search"].lower() in str(one).lower()]
            return httpx.Response(200, json={"record_count": len(found), "users": found})
        await self.go.wait()
        if isinstance(self.users, str):
            return httpx.Response(200, json=self.users)
        return httpx.Response(200, json=self.shape(self.users, query))


@pytest.mark.parametrize("shape", [paged, bare, everybody])
@pytest.mark.parametrize("count", [1, 99, 100, 101, 250])
async def test_a_directory_is_read_once_and_then_knows_everybody(shape, count):
    tenant = Tenant((user(number) for number in range(1, count + 1)), shape)
    for number in range(1, count + 1):
        found = await tenant.people.find(f"P{number}@acme.example")
        assert (found.user_id, found.address) == (number, f"P{number}@acme.example")
    if (shape, count) != (everybody, 100):  # a hundred without pages might be the first of more
        assert len(tenant.questions) <= count // PAGE + 2


async def test_a_directory_that_may_be_cut_off_is_not_believed():
    users = [user(1, "split@acme.example"), *(user(number) for number in range(2, 60))]
    tenant = Tenant([*users, user(99, "split@acme.example", client_id=3)], cut_off)
    assert await tenant.people.find("split@acme.example") is None
    assert (await tenant.people.find("p59@acme.example")).user_id == 59


async def test_a_directory_that_is_too_large_is_only_asked():
    tenant = Tenant(user(number) for number in range(1, PAGE * MOST_PAGES + 2))
    for number in (7, 8, 7, 8):
        assert (await tenant.people.find(f"p{number}@acme.example")).user_id == number
    assert len(tenant.questions) == 3


async def test_somebody_new_is_asked_for_and_nobody_is_for_a_minute():
    tenant = Tenant([user(1)])
    assert (await tenant.people.find("p1@acme.example")).user_id == 1
    assert await tenant.people.find("p2@acme.example") is None
    tenant.users.append(user(2))
    assert await tenant.people.find("p2@acme.example") is None
    tenant.watch.now += 61
    assert (await tenant.people.find("p2@acme.example")).user_id == 2
    assert len(tenant.questions) == 3


async def test_an_old_directory_is_read_again_when_asking_has_cost_as_much():
    tenant = Tenant(user(number) for number in range(1, 251))
    await tenant.people.find("p1@acme.example")
    assert len(tenant.questions) == 3
    tenant.watch.now += AGE + 1
    for number in (1, 2, 3):
        await tenant.people.find(f"p{number}@acme.example")
    assert [("search" in query) for query in tenant.questions[3:]] == [True] * 3
    await tenant.people.find("p4@acme.example")
    assert len(tenant.questions) == 9
    for number in range(5, 200):
        await tenant.people.find(f"p{number}@acme.example")
    assert len(tenant.questions) == 9


async def test_one_who_moved_is_known_anew_after_a_refusal():
    tenant = Tenant([user(1)])
    assert (await tenant.people.find("p1@acme.example")).client_id == 2
    tenant.users[0] = user(1, client_id=5)
    assert (await tenant.people.find("p1@acme.example")).client_id == 2
    tenant.people.forget("P1@acme.example")
    assert (await tenant.people.find("p1@acme.example")).client_id == 5


async def test_the_oldest_of_several_of_one_client_and_nobody_of_two():
    tenant = Tenant(
        [
            user(9, "both@acme.example"),
            user(4, email2="Both@acme.example"),
            user(5, "split@acme.example"),
            user(6, "split@acme.example", client_id=3),
            user(7, "gone@acme.example", inactive=True),
        ]
    )
    assert (await tenant.people.find("both@acme.example")).user_id == 4
    for nobody in ("split@acme.example", "gone@acme.example", "", "acme", "%@acme.example"):
        assert await tenant.people.find(nobody) is None


async def test_a_server_without_users_is_asked_once_a_minute():
    tenant = Tenant([])
    tenant.users = None
    for address in ("a@acme.example", "b@acme.example"):
        assert await tenant.people.find(address) is None
    assert len(tenant.questions) == 1
    tenant.users = [user(1)]
    tenant.watch.now += 61
    assert (await tenant.people.find("p1@acme.example")).user_id == 1


async def test_a_slow_directory_keeps_nobody_waiting():
    tenant = Tenant([user(1), user(2)], patience=0.01)
    tenant.go.clear()
    assert (await tenant.people.find("p1@acme.example")).user_id == 1
    asked = len(tenant.questions)
    tenant.go.set()
    await asyncio.sleep(0.05)
    assert (await tenant.people.find("p2@acme.example")).user_id == 2
    assert len(tenant.questions) == asked  # the directory has been read meanwhile
    await tenant.people.close()


async def test_what_stands_in_the_way_of_the_directory_is_told_and_it_is_read_again():
    tenant = Tenant([user(1)])
    users, tenant.users = tenant.users, "not a list"
    with pytest.raises(Transient):
        await tenant.people.find("p1@acme.example")
    tenant.users = users
    assert (await tenant.people.find("p1@acme.example")).user_id == 1


async def test_closing_gives_up_reading():
    tenant = Tenant([user(1)], patience=0.01)
    tenant.go.clear()
    await tenant.people.read()
    await tenant.people.close()
