"""Look-ups against servers that order, page and filter as they like."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fakes.halo_settings import halo_settings

from gateway.errors import Ambiguous
from gateway.halo import lookup
from gateway.halo.api import HaloApi
from gateway.halo.trailer import render
from gateway.model import Requester
from gateway.receipts import Doubt, Receipt
from gateway.steps import CreateTicket, Text, UploadAttachment

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MARKER = "7K3XW9QZ2M"
WHO = Requester("ada@acme.example")
TICKET = CreateTicket("Printer", Text("", ""), WHO, 1, 1, 1, 3, NOW - timedelta(days=400))
UPLOAD = UploadAttachment(0, "image001.png", "image/png", 9, "", inline=True)
DOUBT = Doubt(MARKER, NOW, ticket_floor=100)


class Tenant:
    """Tickets by id, shown as told. `shown` gets the rows and the query of a list."""

    def __init__(self, tickets=(), shown=None, lists=None, date=None):
        self.rows = {row["id"]: row for row in tickets}
        self.shown = shown or paged
        self.lists = lists or {}
        self.date = date
        self.asked = []
        self.api = HaloApi(
            halo_settings("https://halo.example"),
            clock=lambda: NOW,
            transport=httpx.MockTransport(self.answer),
        )

    def answer(self, request):
        path, query = request.url.path, dict(request.url.params)
        self.asked.append((path, query))
        if path.endswith("/token"):
            return httpx.Response(200, json={"access_token": "t"})
        headers = {"date": self.date} if self.date else {}
        if path == "/api/Tickets":
            rows = [{key: value for key, value in row.items() if key != "details"} for row in self.rows.values()]
            return httpx.Response(200, json=self.shown(rows, query), headers=headers)
        if path in self.lists:
            return httpx.Response(200, json=self.lists[path], headers=headers)
        row = self.rows.get(int(path.rpartition("/")[2]))
        return httpx.Response(200, json=row) if row and not row.get("deleted") else httpx.Response(404)


def paged(rows, query):
    deleted = query.get("deleted") == "true"
    rows = sorted((row for row in rows if bool(row.get("deleted")) == deleted), key=lambda row: -row["id"])
    first = (int(query["page_no"]) - 1) * int(query["page_size"])
    return {"record_count": len(rows), "tickets": rows[first : first + int(query["page_size"])] or None}


def oldest_first(rows, query):
    first = (int(query["page_no"]) - 1) * int(query["page_size"])
    return sorted(rows, key=lambda row: row["id"])[first : first + int(query["page_size"])]


def many(first, last, **fields):
    return [{"id": key, **fields} for key in range(first, last + 1)]


def ours(key, **fields):
    return {"id": key, "summary": "Printer", "details": f"<p>x</p>{render(MARKER).html}", **fields}


async def found(tenant, doubt=DOUBT, step=TICKET):
    receipt = await lookup.created(tenant.api, step, doubt)
    return receipt.id if receipt is not None else None


async def test_a_server_that_orders_as_it_likes_is_read_to_its_end():
    tenant = Tenant([*many(1, 300), ours(301), *many(302, 330)], oldest_first)
    assert await found(tenant) == 301
    assert await found(tenant, Doubt("0123456789", NOW, ticket_floor=290)) is None


async def test_but_not_for_ever():
    with pytest.raises(Ambiguous) as raised:
        await found(Tenant(many(1, 1100), oldest_first), Doubt(MARKER, NOW, ticket_floor=1090))
    assert raised.value.cause == "cannot_decide"


async def test_a_server_without_pages_decides_only_what_it_shows():
    def newest(rows, count, *, counted):
        shown = sorted(rows, key=lambda row: -row["id"])[:count]
        return {"record_count": len(rows), "tickets": shown} if counted else shown

    for counted in (True, False):
        tenant = Tenant(many(1, 300), lambda rows, _, counted=counted: newest(rows, 50, counted=counted))
        assert await found(tenant, Doubt(MARKER, NOW, ticket_floor=280)) is None
        with pytest.raises(Ambiguous):
            await found(tenant, Doubt(MARKER, NOW, ticket_floor=200))
    everything = Tenant(many(1, 30), lambda rows, _: newest(rows, 50, counted=False))
    assert await found(everything, Doubt(MARKER, NOW, ticket_floor=0)) is None


async def test_the_field_for_markers_is_enough():
    tenant = Tenant([*many(99, 140), {"id": 141, "third_party_id_string": MARKER}])
    assert await found(tenant) == 141
    assert [path for path, _ in tenant.asked[1:]] == ["/api/Tickets"]


async def test_without_a_floor_age_ends_the_walk():
    old = many(1, 500, datecreated="2026-02-01T00:00:00")
    fresh = many(501, 600, datecreated="2026-03-01T11:59:00.1234567")
    tenant = Tenant([*old, *fresh, ours(601, datecreated="2026-03-01T12:00:01")])
    assert await found(tenant, Doubt(MARKER, NOW)) == 601
    assert await found(tenant, Doubt("0123456789", NOW)) is None
    assert not any(path.endswith("/500") for path, _ in tenant.asked)
    assert len([1 for path, _ in tenant.asked if path == "/api/Tickets"]) < 10


async def test_the_date_of_an_old_mail_does_not_hide_its_ticket():
    occurred = TICKET.date_occurred.isoformat()
    tenant = Tenant([*many(1, 5, dateoccurred="2020-01-01T00:00:00"), ours(6, dateoccurred=occurred)])
    assert await found(tenant, Doubt(MARKER, NOW)) == 6


async def test_a_deleted_ticket_is_known_by_a_search_that_can_be_trusted():
    def searching(rows, query):
        wanted = query.get("search_details")
        return paged([row for row in rows if wanted in {None, MARKER} and (not wanted or row["id"] == 150)], query)

    gone = [ours(150, deleted=True), {"id": 151, "summary": "Printer", "deleted": True}]
    assert await found(Tenant(gone, searching)) == 150
    assert await found(Tenant(gone[1:], searching)) is None
    with pytest.raises(Ambiguous) as raised:  # this one does not know the filter: it shows them all
        await found(Tenant(gone))
    assert raised.value.cause == "cannot_decide"
    assert await found(Tenant([{"id": 151, "summary": "Spam", "deleted": True}])) is None


async def test_a_list_of_actions_that_is_not_whole_decides_nothing():
    note = {"id": 1, "note": "x"}
    tenant = Tenant(lists={"/api/Actions": {"record_count": 9999, "actions": [note]}})
    with pytest.raises(Ambiguous):
        await lookup.action(tenant.api, 7, DOUBT)
    marked = {"id": 2, "note": "", "note_html": render(MARKER).html}
    tenant = Tenant(lists={"/api/Actions": [note, marked]})
    assert await lookup.action(tenant.api, 7, DOUBT) == Receipt(2, "found")


@pytest.mark.parametrize(
    ("change", "is_found"),
    [
        ({}, True),
        ({"datecreated": None}, True),
        ({"filesize": None}, True),
        ({"datecreated": "2026-03-01T11:59:30"}, True),  # intents bear HaloPSA's own time; a minute is a fast answer's
        ({"datecreated": "2026-03-01T11:58:30"}, False),
        ({"filesize": 8}, False),
        ({"filename": "image002.png"}, False),
        ({"id": 4}, False),
    ],
)
async def test_an_attachment_is_known_by_name_size_and_age(change, is_found):
    row = {"id": 5, "filename": "image001.png", "filesize": 9, "datecreated": "2026-03-01T12:00:00"} | change
    tenant = Tenant(lists={"/api/Attachment": {"attachments": [row]}})
    receipt = await lookup.upload(tenant.api, UPLOAD, 7, Doubt("", NOW, taken=frozenset({4})))
    assert (receipt == Receipt(5, "found")) is is_found


async def test_a_list_of_attachments_that_is_not_whole_decides_nothing():
    tenant = Tenant(lists={"/api/Attachment": {"record_count": 200, "attachments": [{"id": 1}]}})
    with pytest.raises(Ambiguous):
        await lookup.upload(tenant.api, UPLOAD, 7, DOUBT)
