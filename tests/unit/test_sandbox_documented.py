from datetime import UTC, datetime, timedelta

import pytest
from fakes.sandbox_client import connected

from gateway.sandbox import Sandbox

TICKET = {
    "summary": "Printer on fire",
    "details": "<p>It burns</p>",
    "client_id": 1,
    "status_id": 1,
    "priority_id": 3,
    "tickettype_id": 1,
}
START = datetime(2025, 3, 1, 12, tzinfo=UTC)


async def test_create_answers_wrapped_and_short():
    sandbox = Sandbox("documented", now=lambda: START)
    async with connected(sandbox) as http:
        answer = await http.post("/api/Tickets", json=[TICKET])
        assert answer.status_code == 200
        assert answer.json() == {
            "tickets": [
                {
                    "id": 1001,
                    "summary": "Printer on fire",
                    "client_id": 1,
                    "client_name": "Unknown",
                    "status_id": 1,
                    "status_name": "New",
                    "priority_id": 3,
                    "priority_name": "Medium",
                    "datecreated": "2025-03-01T12:00:00.000Z",
                }
            ]
        }
    (ticket,) = sandbox.tickets
    assert ticket.fields["details"] == "<p>It burns</p>"
    assert not sandbox.actions
    assert not sandbox.unknown_fields


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"client_id": None}, "client_id required: every ticket needs a client"),
        ({"summary": ""}, "summary required: every ticket needs a summary"),
        ({"status_id": None}, "status_id required: ask /api/Status"),
        ({"status_id": 7}, "status_id invalid: ask /api/Status"),
        ({"priority_id": 9}, "priority_id invalid: ask /api/Priority"),
        ({"tickettype_id": 99}, "tickettype_id invalid: ask /api/TicketType"),
        ({"client_id": 99}, "client_id invalid: every ticket needs a client"),
        ({"user_id": 99}, "user_id invalid: no such record"),
        ({"status_id": "1"}, "invalid field value: status_id must be of kind int"),
        ({"dateoccurred": "yesterday"}, "invalid field value: dateoccurred must be of kind date"),
        ({"summary": "x" * 256}, "summary invalid: at most 255 characters"),
        ({"status_id": 8}, "resolution required: say how the ticket was resolved"),
    ],
)
async def test_a_refusal_names_the_field_and_nothing_is_stored(changes, message):
    sandbox = Sandbox("documented")
    async with connected(sandbox) as http:
        answer = await http.post("/api/Tickets", json=[TICKET, TICKET | changes])
        assert (answer.status_code, answer.json()) == (400, {"message": message})
    assert not sandbox.tickets


async def test_a_body_is_an_array_of_objects():
    async with connected(Sandbox("documented")) as http:
        for body in (TICKET, [], ["x"], "x"):
            assert (await http.post("/api/Tickets", json=body)).status_code == 400
        json = {"Content-Type": "application/json"}
        assert (await http.post("/api/Tickets", content=b"[{", headers=json)).status_code == 400
        assert (await http.post("/api/Tickets", content=b"[" * 100_000, headers=json)).status_code == 400
        assert (await http.post("/api/Tickets", content=b"[]", headers={"Content-Type": "x/y"})).status_code == 415


async def test_update_changes_the_fields_named_and_resolving_needs_words():
    sandbox = Sandbox("documented")
    async with connected(sandbox) as http:
        number = (await http.post("/api/Tickets", json=[TICKET])).json()["tickets"][0]["id"]
        await http.post("/api/Tickets", json=[{"id": number, "status_id": 2, "agent_id": 5}])
        shown = (await http.get(f"/api/Tickets/{number}")).json()
        assert (shown["status_id"], shown["agent_id"], shown["summary"]) == (2, 5, "Printer on fire")
        assert shown["dateresponded"] is not None
        assert (await http.post("/api/Tickets", json=[{"id": number, "status_id": 8}])).status_code == 400
        done = await http.post("/api/Tickets", json=[{"id": number, "status_id": 8, "resolution": "water"}])
        assert done.json()["tickets"][0]["status_name"] == "Resolved"
        assert (await http.get(f"/api/Tickets/{number}")).json()["dateresolved"] is not None
        closed = await http.post("/api/Tickets", json=[{"id": number, "status_id": 9}])
        assert closed.status_code == 200
        assert (await http.get(f"/api/Tickets/{number}")).json()["dateclosed"] is not None
        missing = await http.post("/api/Tickets", json=[{"id": 7, "status_id": 2}])
        assert (missing.status_code, missing.json()) == (404, {"message": "ticket not found"})


async def test_read_one_with_details_and_actions():
    async with connected(Sandbox("documented")) as http:
        await http.post("/api/Tickets", json=[TICKET])
        await http.post("/api/Actions", json=[{"ticket_id": 1001, "note": "<p>hi</p>", "actiontype_id": 1}])
        assert "details" not in (await http.get("/api/Tickets/1001")).json()
        both = {"includedetails": "true", "includeactions": "true"}
        shown = (await http.get("/api/Tickets/1001", params=both)).json()
        assert shown["details"] == "<p>It burns</p>"
        assert [action["note"] for action in shown["actions"]] == ["<p>hi</p>"]


async def test_search_filters_pages_and_orders():
    sandbox = Sandbox("documented")
    other = sandbox.add_client("Acme")
    for day in range(1, 8):
        client = other.id if day % 2 else 1
        sandbox.add_ticket(summary=f"day {day}", client_id=client, dateoccurred=f"2025-03-0{day}T10:00:00Z")
    sandbox.change_ticket(1001, status_id=9, resolution="done")
    sandbox.delete_ticket(1007)

    async with connected(sandbox) as http:

        async def ids(**params):
            found = (await http.get("/api/Tickets", params=params)).json()
            return [row["id"] - 1000 for row in found["tickets"]]

        assert await ids() == [6, 5, 4, 3, 2, 1]
        assert await ids(open_only="true") == [6, 5, 4, 3, 2]
        assert await ids(client_id=other.id) == [5, 3, 1]
        assert await ids(status_id=9) == [1]
        assert await ids(search="DAY 4") == [4]
        assert await ids(dateoccurred_start="2025-03-02", dateoccurred_end="2025-03-04") == [4, 3, 2]
        assert await ids(page_no=2, page_size=2) == [4, 3]
        assert await ids(order="summary", orderdesc="false", page_size=3) == [1, 2, 3]
        assert await ids(order="dateoccurred", orderdesc="true", page_size=2) == [6, 5]
        assert await ids(page_no=9, page_size=2) == []
        assert (await http.get("/api/Tickets", params={"client_id": "x"})).status_code == 400
        assert (await http.get("/api/Tickets", params={"page_no": 2})).json()["record_count"] == 6
        row = (await http.get("/api/Tickets", params={"page_size": 1})).json()["tickets"][0]
        assert row["dateoccurred"] == "2025-03-06T10:00:00.000Z"
        assert "details" not in row
        assert (await http.get("/api/Tickets/1007")).status_code == 404
    assert not sandbox.unknown_fields


async def test_the_sla_clocks():
    at = [START]
    sandbox = Sandbox("documented", now=lambda: at[0], token_lifetime=timedelta(days=1))
    sandbox.add_ticket(summary="urgent", priority_id=1)
    sandbox.add_ticket(summary="waits", priority_id=1, status_id=5)
    sandbox.add_ticket(summary="quickly done", priority_id=1)
    sandbox.change_ticket(1003, status_id=9)
    sandbox.add_ticket(summary="has time", priority_id=1, deadlinedate="2025-03-09")

    async with connected(sandbox) as http:

        async def states():
            rows = (await http.get("/api/Tickets", params={"order": "id"})).json()["tickets"]
            return [(row["slaresponsestate"], row["slaresolutionstate"]) for row in rows]

        assert await states() == [(1, 1), (3, 2), (3, 3), (1, 1)]
        at[0] += timedelta(minutes=30)
        assert await states() == [(4, 1), (3, 2), (3, 3), (4, 1)]
        at[0] += timedelta(minutes=31)
        assert await states() == [(4, 4), (3, 2), (3, 3), (4, 1)]


async def test_actions_by_type_with_time_entries():
    sandbox = Sandbox("documented")
    sandbox.add_ticket(summary="x")
    async with connected(sandbox) as http:
        email = {"ticket_id": 1001, "note": "<p>a</p>", "actiontype_id": 1, "hiddenfromuser": False, "emailto": "a@b.c"}
        entry = {"ticket_id": 1001, "note": "work", "actiontype_id": 0, "timetaken": 30, "charge": True, "agent_id": 4}
        first = await http.post("/api/Actions", json=[email])
        assert [action["id"] for action in first.json()["actions"]] == [1]
        second = await http.post("/api/Actions", json=[entry])
        assert [action["id"] for action in second.json()["actions"]] == [2]
        log = (await http.get("/api/Actions", params={"ticket_id": 1001})).json()
        assert [action["note"] for action in log["actions"]] == ["<p>a</p>", "work"]
        assert (await http.get("/api/Tickets/1001")).json()["chargeabletime"] == 0.5
        for body in ({**email, "actiontype_id": 5}, {"note": "x"}):
            assert (await http.post("/api/Actions", json=[body])).status_code == 400
        assert (await http.post("/api/Actions", json=[{**email, "ticket_id": 7}])).status_code == 404
        assert (await http.get("/api/Actions", params={"ticket_id": 7})).status_code == 404
        assert (await http.get("/api/Actions")).status_code == 400


async def test_attachments_are_multipart():
    sandbox = Sandbox("documented")
    sandbox.add_ticket(summary="x")
    octets = bytes(range(256)) * 8000
    async with connected(sandbox) as http:
        form = {"ticket_id": "1001", "isimage": "false", "filename": "Bericht é.pdf"}
        sent = await http.post("/api/Attachment", data=form, files={"file": ("a.pdf", octets, "application/pdf")})
        assert sent.status_code == 200
        (row,) = (await http.get("/api/Attachment", params={"ticket_id": 1001})).json()["attachments"]
        assert row.pop("datecreated").endswith("Z")
        assert row == {
            "id": 5001,
            "filename": "Bericht é.pdf",
            "contenttype": "application/pdf",
            "filesize": len(octets),
        }
        gone = await http.post("/api/Attachment", data={"ticket_id": "7"}, files={"file": ("a", b"x")})
        assert gone.status_code == 404
        assert (await http.post("/api/Attachment", data=form)).status_code == 415
        assert (await http.post("/api/Attachment", files={"ticket_id": (None, "1001")})).status_code == 400
        assert (await http.post("/api/Attachment", files={"file": ("a", b"x")})).status_code == 400
        assert (await http.post("/api/Attachment", json=[{"ticket_id": 1001}])).status_code == 415
    assert sandbox.attachments[0].octets == octets
    assert sandbox.attachments[0].filename == "Bericht é.pdf"


async def test_picklists_are_bare_and_there_is_no_outcome():
    async with connected(Sandbox("documented")) as http:
        statuses = (await http.get("/api/Status")).json()
        assert {row["id"]: row["name"] for row in statuses}[5] == "Waiting on Client"
        assert [row["id"] for row in (await http.get("/api/Priority")).json()] == [1, 2, 3, 4]
        assert (await http.get("/api/TicketType")).json()[0]["name"] == "Incident"
        missing = await http.get("/api/Outcome")
        assert missing.status_code == 404
        assert "message" in missing.json()


async def test_unknown_names_are_noted():
    sandbox = Sandbox("documented")
    async with connected(sandbox) as http:
        await http.post("/api/Tickets", json=[TICKET | {"details_html": "x"}])
        await http.get("/api/Tickets", params={"pageinate": "true"})
    assert sandbox.unknown_fields == {("POST /Tickets", "details_html"), ("GET /Tickets", "pageinate")}
