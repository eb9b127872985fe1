"""The pages of the sandbox: what strangers wrote stays words, and files are handed out."""

import httpx
import pytest

from gateway.sandbox import Sandbox

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'"


@pytest.fixture(params=["documented", "observed"])
async def pages(request):
    sandbox = Sandbox(request.param)
    async with sandbox.serving() as url, httpx.AsyncClient(base_url=f"{url}/_sandbox") as http:
        yield sandbox, http


def ticket(sandbox, **fields):
    return sandbox.add_ticket(**({"summary": "x", "client_id": 1, "status_id": 1, "priority_id": 3} | fields))


async def test_the_list_filters_and_refreshes(pages):
    sandbox, http = pages
    assert "send a mail" in (await http.get("/", follow_redirects=True)).text
    ticket(sandbox, summary="Red lamp")
    ticket(sandbox, summary="Blue lamp", status_id=9)
    ticket(sandbox, summary="Printer")
    whole = await http.get("/tickets/")
    assert [name in whole.text for name in ("Red lamp", "Blue lamp", "Printer")] == [True, True, True]
    assert 'http-equiv="refresh"' in whole.text
    some = (await http.get("/tickets/", params={"text": "LAMP", "open": "1"})).text
    assert ["Red lamp" in some, "Blue lamp" in some, "Printer" in some] == [True, False, False]
    assert "1 of 3" in some
    assert "No ticket matches" in (await http.get("/tickets/", params={"text": "nothing"})).text


async def test_what_strangers_wrote_stays_words(pages):
    sandbox, http = pages
    made = ticket(sandbox, summary=EVIL, details=EVIL, details_html=EVIL, reportedby=EVIL)
    sandbox.add_action(made.id, note=EVIL, note_html=EVIL, outcome=EVIL)
    for path in ("/tickets/", f"/tickets/{made.id}", f"/tickets/?text={EVIL}"):
        answer = await http.get(path)
        assert answer.status_code == 200
        assert "<script" not in answer.text
        assert "<img" not in answer.text
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert 'sandbox="" title="details"' in (await http.get(f"/tickets/{made.id}")).text


async def test_a_file_is_handed_out_and_never_shown(pages):
    sandbox, http = pages
    made = ticket(sandbox)
    held = sandbox._instance.store.add_attachment(
        made.id, 'a "b"\n\u00e9.html', b"<script>1</script>", sandbox.now(), content_type="text/html", fields={}
    )
    answer = await http.get(f"/files/{held.id}")
    assert answer.content == b"<script>1</script>"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''a%20%22b%22%0A%C3%A9.html"
    assert answer.headers["content-type"] == "application/octet-stream"
    assert (await http.get("/files/4711")).status_code == 404
    assert (await http.get("/tickets/4711")).status_code == 404
