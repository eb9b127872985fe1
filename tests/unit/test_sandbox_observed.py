import base64
import json
from datetime import UTC, datetime

import pytest
from fakes.sandbox_client import connected

from gateway.sandbox import Sandbox

START = datetime(2025, 3, 1, 12, 0, 0, 250000, tzinfo=UTC)


async def test_one_element_is_answered_bare_with_201_and_an_opening_entry():
    sandbox = Sandbox("observed", now=lambda: START)
    user = sandbox.add_user("Ann", "ann@acme.example", sandbox.add_client("Acme").id)
    ticket = {
        "summary": "Printer",
        "details": "plain",
        "details_html": "<p>html</p>",
        "user_id": user.id,
        "third_party_id_string": "KEY",
        "internet_message_id": "m" * 120,
        "sendack": False,
    }
    async with connected(sandbox) as http:
        answer = await http.post("/api/Tickets", json=[ticket])
        assert answer.status_code == 201
        created = answer.json()
        assert (created["id"], created["client_id"], created["site_id"], created["user_name"]) == (1001, 2, 102, "Ann")
        assert created["details_html"] == "<p>html</p>"
        assert (created["status_id"], created["priority_id"], created["tickettype_id"]) == (1, 3, 1)
        assert created["datecreated"] == "2025-03-01T12:00:00.250"
        assert created["dateclosed"].startswith("1900-01-01T00:00:00")
        log = (await http.get("/api/Actions", params={"ticket_id": 1001, "includehtmlnote": "true"})).json()
        assert log["record_count"] == 1
        (opening,) = log["actions"]
        assert (opening["id"], opening["note"], opening["note_html"]) == (1, "plain", "<p>html</p>")
        assert opening["who"] == "Ann"
        shown = (await http.get("/api/Tickets/1001")).json()
        assert shown["third_party_id_string"] == "KEY"
        assert len(shown["internet_message_id"]) == 100
        assert "details" not in shown
        assert (await http.get("/api/Tickets/1001?includedetails=true")).json()["details"] == "plain"
    assert sandbox.tickets[0].fields["sendack"] is False
    assert sandbox.actions[0].opening
    assert not sandbox.unknown_fields


async def test_several_elements_are_answered_by_the_last_unless_all_are_wanted():
    sandbox = Sandbox("observed")
    async with connected(sandbox) as http:
        two = [{"summary": "a"}, {"summary": "b"}]
        assert (await http.post("/api/Tickets", json=two)).json()["summary"] == "b"
        every = (await http.post("/api/Tickets?returnall=true", json=two)).json()
        assert [ticket["summary"] for ticket in every] == ["a", "b"]
    assert len(sandbox.tickets) == 4


@pytest.mark.parametrize(
    ("changes", "answer"),
    [
        ({"status_id": "abc"}, {"[0].status_id": "Could not convert string to integer: abc."}),
        ({"site_id": 95.0}, {"[0].site_id": "Could not convert float to integer: 95.0."}),
        ({"priority_id": True}, {"[0].priority_id": "Could not convert bool to integer: True."}),
        ({"dateoccurred": "soon"}, {"[0].dateoccurred": "Could not convert string to DateTime: soon."}),
        ({"sendack": "false"}, {"[0].sendack": "Could not convert string to boolean: false."}),
        ({"summary": ["x"]}, {"[0].summary": "Could not convert list to string"}),
        ({"summary": None}, {"ClassName": "System.Exception", "Message": "Please enter a Summary"}),
        ({"tickettype_id": 99}, {"Message": "The value of tickettype_id on element 0 is not valid"}),
        ({"client_id": 99}, {"Message": "The value of client_id on element 0 is not valid"}),
        ({"attachments": [{"filename": "a"}]}, {"Message": "data_base64 is missing"}),
    ],
)
async def test_refusals_have_the_observed_forms(changes, answer):
    sandbox = Sandbox("observed")
    async with connected(sandbox) as http:
        refused = await http.post("/api/Tickets", json=[{"summary": "x"} | changes])
        assert refused.status_code == 400
        for name, words in answer.items():
            said = refused.json()[name]
            assert (said[0] if name.startswith("[") else said).startswith(words)
    assert not sandbox.tickets


async def test_a_body_is_an_array():
    async with connected(Sandbox("observed")) as http:
        assert (await http.post("/api/Tickets", json={"summary": "x"})).status_code == 400
        patched = {"Content-Type": "application/json-patch+json"}
        assert (await http.post("/api/Tickets", content=b'[{"summary":"x"}]', headers=patched)).status_code == 201
        assert (await http.post("/api/Tickets", data={"a": "b"})).status_code == 415


async def test_closing_needs_no_resolution_and_shows():
    sandbox = Sandbox("observed", now=lambda: START)
    sandbox.add_ticket(summary="x")
    async with connected(sandbox) as http:
        closed = await http.post("/api/Tickets", json=[{"id": 1001, "status_id": 9}])
        assert closed.status_code == 201
        assert (closed.json()["hasbeenclosed"], closed.json()["dateclosed"]) == (True, "2025-03-01T12:00:00.250")
        assert (await http.get("/api/Tickets")).json() == {"record_count": 0, "tickets": None}
        reopened = (await http.post("/api/Tickets", json=[{"id": 1001, "status_id": 2}])).json()
        assert reopened["hasbeenclosed"] is True
        assert reopened["dateclosed"].startswith("1900")
        missing = await http.post("/api/Tickets", json=[{"id": 7, "summary": "y"}])
        assert (missing.status_code, missing.content) == (404, b"")


async def test_deleted_tickets_are_gone_until_recovered():
    sandbox = Sandbox("observed")
    sandbox.add_ticket(summary="x")
    async with connected(sandbox) as http:
        assert (await http.delete("/api/Tickets/1001", params={"reason": "spam"})).status_code == 200
        assert sandbox.tickets[0].deleted
        note = {"ticket_id": 1001, "outcome_id": 7, "note": "x"}
        data = {"ticket_id": 1001, "filename": "a", "data_base64": ""}
        answers = [
            await http.get("/api/Tickets/1001"),
            await http.delete("/api/Tickets/1001"),
            await http.post("/api/Tickets", json=[{"id": 1001, "summary": "y"}]),
            await http.post("/api/Actions", json=[note]),
            await http.post("/api/Attachment", json=[data]),
            await http.get("/api/Actions", params={"ticket_id": 1001}),
        ]
        assert {(answer.status_code, answer.content) for answer in answers} == {(404, b"")}
        assert (await http.get("/api/Tickets?open_only=false")).json()["record_count"] == 0
        assert (await http.get("/api/Tickets?deleted=true")).json()["record_count"] == 1
        again = await http.post("/api/Tickets", json=[{"id": 1001, "_recover": True, "_validate_updates": True}])
        assert again.status_code == 201
        assert (await http.get("/api/Tickets/1001")).status_code == 200


async def test_search_hides_closed_ignores_paging_and_unknown_parameters():
    sandbox = Sandbox("observed", now=lambda: START)
    client = sandbox.add_client("Acme")
    for number in range(1, 121):
        sandbox.add_ticket(summary=f"number {number}", details="secret", third_party_id_string=f"K{number}")
    sandbox.change_ticket(1120, status_id=9)
    sandbox.change_ticket(1119, client_id=client.id)

    async with connected(sandbox) as http:

        async def ids(**params):
            found = (await http.get("/api/Tickets", params=params)).json()
            return [row["id"] - 1000 for row in found["tickets"] or []]

        assert await ids() == list(range(119, 69, -1))
        assert await ids(page_no=2, page_size=3) == list(range(119, 69, -1))
        assert await ids(third_party_id_string="K5", count=2) == [119, 118]
        assert await ids(open_only="false", count=2) == [120, 119]
        assert await ids(includeclosed="true", count=1) == [120]
        assert await ids(closed_only="true") == [120]
        assert await ids(pageinate="true", page_no=2, page_size=3) == [116, 115, 114]
        assert len(await ids(pageinate="true", page_size=500)) == 100
        assert await ids(pageinate="true", page_no=9, page_size=100) == []
        assert await ids(PageInate="TRUE", Page_Size=1, order="id", orderdesc="true") == [119]
        assert await ids(count=2, order="id") == [1, 2]
        assert await ids(client_id=client.id) == [119]
        assert await ids(search_summary="NUMBER 11", count=2) == [119, 118]
        assert await ids(search="secret", count=1) == [119]
        assert await ids(ticketids="1003, 1005") == [5, 3]
        assert len(await ids(datesearch="dateoccured", startdate="2025-03-01", enddate="2025-03-01")) == 50
        assert await ids(startdate="2001-01-01", enddate="2001-01-02") == []
        assert await ids(ticketidonly="true", count=1) == [119]
        row = (await http.get("/api/Tickets?count=1")).json()["tickets"][0]
        assert "details" not in row
        assert "third_party_id_string" not in row
        refused = await http.get("/api/Tickets?count=many")
        assert (refused.status_code, refused.json()) == (400, {"count": ["The value 'many' is not valid."]})
    assert sandbox.unknown_fields == {("GET /Tickets", "third_party_id_string")}


async def test_actions_need_an_outcome_of_the_instance():
    sandbox = Sandbox("observed")
    sandbox.add_ticket(summary="x")
    async with connected(sandbox) as http:

        async def post(**fields):
            return await http.post("/api/Actions", json=[{"ticket_id": 1001, "note": "n", **fields}])

        none = await post()
        assert none.status_code == 400
        assert none.json()["ClassName"] == "System.Exception"
        assert none.json()["Message"] == "An Outcome must be entered for this Action"
        assert (await post(outcome="Nonsense")).json()["Message"] == "You do not have access to this Action"
        assert (await post(outcome_id=999)).status_code == 400
        wrong = (await post(outcome_id="abc")).json()
        assert wrong["[0].outcome_id"][0].startswith("Could not convert string to integer: abc. Path '[0].outcome_id'")
        assert len(sandbox.actions) == 1

        made = await post(outcome="email update", note_html="<p>n</p>", hiddenfromuser=False, emailfrom="a@b.example")
        assert made.status_code == 201
        assert (made.json()["id"], made.json()["ticket_id"], made.json()["outcome"]) == (2, 1001, "Email Update")
        assert made.json()["note_html"] == "<p>n</p>"
        assert (await post(outcome_id=7, hiddenfromuser=True)).json()["outcome"] == "Private Note"

        log = (await http.get("/api/Actions", params={"ticket_id": 1001})).json()
        assert [action["id"] for action in log["actions"]] == [3, 2, 1]
        assert "note_html" not in log["actions"][0]
        public = await http.get("/api/Actions", params={"ticket_id": 1001, "excludeprivate": "true", "count": 1})
        assert [action["id"] for action in public.json()["actions"]] == [2]
        assert (await http.get("/api/Actions/2?ticket_id=1001")).json()["note"] == "n"
        assert (await http.get("/api/Actions/9?ticket_id=1001")).status_code == 404
        assert (await http.get("/api/Actions")).status_code == 400
        assert (await http.get("/api/Tickets/1001/Actions")).status_code == 404
    assert sandbox.actions[1].fields["note_html"] == "<p>n</p>"
    assert sandbox.actions[1].fields["emailfrom"] == "a@b.example"
    assert not sandbox.unknown_fields


async def test_only_new_status_moves_a_ticket():
    sandbox = Sandbox("observed")
    sandbox.add_ticket(summary="x")
    async with connected(sandbox) as http:
        action = {"ticket_id": 1001, "outcome_id": 16, "note": "n"}
        await http.post("/api/Actions", json=[action | {"status_id": 9}])
        assert sandbox.tickets[0].fields["status_id"] == 1
        await http.post("/api/Actions", json=[action | {"new_status": 2}])
        assert sandbox.tickets[0].fields["status_id"] == 2
        assert (await http.post("/api/Actions", json=[action | {"new_status": 77}])).status_code == 400
        assert (await http.post("/api/Actions", json=[action | {"ticket_id": 9}])).status_code == 404
    assert sandbox.unknown_fields == {("POST /Actions", "status_id")}


async def test_attachments_are_json_with_base64():
    sandbox = Sandbox("observed", now=lambda: START)
    sandbox.add_ticket(summary="x")
    sandbox.add_ticket(summary="y")
    octets = bytes(range(256))
    async with connected(sandbox) as http:

        async def post(**fields):
            data = base64.b64encode(octets).decode()
            return await http.post("/api/Attachment", json=[{"filename": "ä.png", "data_base64": data, **fields}])

        made = await post(ticket_id=1001, action_id=1, isimage=True)
        assert made.status_code == 201
        assert (made.json()["id"], made.json()["filesize"]) == (5001, 256)
        assert (await post(ticket_id=1001)).status_code == 201
        listed = (await http.get("/api/Attachment", params={"ticket_id": 1001})).json()
        assert (listed["record_count"], listed["folders"]) == (2, [])
        first = listed["attachments"][0]
        assert (first["filename"], first["content_type"], first["action_id"]) == ("ä.png", "image/png", 1)
        assert first["datecreated"] == "2025-03-01T12:00:00.250"
        of_action = await http.get("/api/Attachment", params={"ticket_id": 1001, "action_id": 1})
        assert [row["id"] for row in of_action.json()["attachments"]] == [5001]
        assert (await http.get("/api/Attachment?ticket_id=1002")).json()["attachments"] == []
        assert (await http.get("/api/Attachment/5001")).content == octets
        assert (await http.get("/api/Attachment/9")).status_code == 404

        assert (await post()).status_code == 400
        assert (await post(ticket_id=7)).status_code == 404
        assert (await post(ticket_id=1001, action_id=9)).status_code == 404
        assert (await post(ticket_id=1001, data_base64="***")).status_code == 400
        assert (await post(ticket_id=1001, data_base64=None)).status_code == 400
        assert (await http.get("/api/Attachment?ticket_id=7")).status_code == 404
        multipart = await http.post("/api/Attachment", data={"ticket_id": "1001"}, files={"file": ("a", b"x")})
        assert multipart.status_code == 415
        inline = {"filename": "b.txt", "data_base64": base64.b64encode(b"b").decode()}
        action = {"ticket_id": 1002, "outcome_id": 16, "note": "n", "attachments": [inline]}
        assert (await http.post("/api/Actions", json=[action])).json()["attachment_count"] == 1
        assert (await http.post("/api/Tickets", json=[{"summary": "z", "attachments": [inline]}])).status_code == 201
    held = [(one.id, one.ticket_id, one.action_id, one.octets) for one in sandbox.attachments]
    assert held == [
        (5001, 1001, 1, octets),
        (5002, 1001, None, octets),
        (5003, 1002, 2, b"b"),
        (5004, 1003, None, b"b"),
    ]
    assert not sandbox.unknown_fields


async def test_configuration_lists_are_bare():
    async with connected(Sandbox("observed")) as http:
        outcomes = (await http.get("/api/Outcome")).json()
        names = {row["id"]: row["outcome"] for row in outcomes}
        assert names[7] == "Private Note"
        assert "Email Update" in names.values()
        more = await http.get("/api/Outcome?showsystemactions=true&showhidden=true")
        assert len(more.json()) > len(outcomes)
        priority = (await http.get("/api/Priority")).json()[2]
        assert (priority["priorityid"], priority["name"], len(priority["id"])) == (3, "Medium", 36)
        every = {row["id"] for row in (await http.get("/api/Status")).json()}
        assert every - {row["id"] for row in (await http.get("/api/Status?excludeclosed=true")).json()} == {9}
        assert (await http.get("/api/TicketType")).json()[0]["cancreate"] is True


async def test_users_are_found_fuzzily():
    sandbox = Sandbox("observed")
    acme = sandbox.add_client("Acme")
    sandbox.add_user("Ann", "ann@acme.example", acme.id)
    sandbox.add_user("Joann", "JoAnn@acme.example", acme.id, email2="jo@home.example")
    sandbox.add_user("Gone", "gone-ann@acme.example", acme.id, inactive=True)
    async with connected(sandbox) as http:

        async def names(**params):
            return [user["name"] for user in (await http.get("/api/Users", params=params)).json()["users"]]

        assert await names(search="ann@ACME.example") == ["Ann", "Joann"]
        assert await names(search="ann@acme.example", includeinactive="true") == ["Ann", "Joann", "Gone"]
        assert await names(search="jo@home.example", client_id=acme.id) == ["Joann"]
        assert await names(search="jo@home.example", client_id=1) == []
        exact = [{"filter_name": "emailaddress", "filter_type": 2, "filter_value": "ANN@acme.example"}]
        assert await names(advanced_search=json.dumps(exact)) == ["Ann"]
        assert (await http.get("/api/Users", params={"advanced_search": "x"})).status_code == 400
        user = (await http.get("/api/Users/301")).json()
        assert user["site_id"] == 102
        assert isinstance(user["site_id"], float)
        assert (await http.get("/api/Users/1")).status_code == 404
        clients = (await http.get("/api/Client?search=acm")).json()
        assert [client["name"] for client in clients["clients"]] == ["Acme"]
        made = await http.post("/api/Users", json=[{"name": "New", "emailaddress": "n@x.example", "site_id": 102}])
        assert (made.status_code, made.json()["client_id"]) == (201, acme.id)
        assert (await http.post("/api/Users", json=[{"name": "New"}])).status_code == 400
        assert (await http.post("/api/Users", json=[{"site_id": 102}])).status_code == 400
    assert sandbox.users[-1].emailaddress == "n@x.example"


async def test_names_that_the_server_does_not_know_are_kept_and_noted():
    sandbox = Sandbox("observed")
    async with connected(sandbox) as http:
        assert (await http.post("/api/Tickets", json=[{"summary": "x", "team_id": 3}])).status_code == 201
        row = (await http.get("/api/Tickets?includedetails=true")).json()["tickets"][0]
        assert row["details"] == ""
    assert sandbox.tickets[0].fields["team_id"] == 3
    assert sandbox.unknown_fields == {("POST /Tickets", "team_id"), ("GET /Tickets", "includedetails")}
