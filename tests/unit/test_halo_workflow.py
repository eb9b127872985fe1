"""The ways through the statuses, and how an SLA stands: pure, and as documented."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.halo.records import action_record, attachment_record, ticket_record
from gateway.halo.sla import PROMISES, SlaPromise, SlaState, promise_of, state
from gateway.halo.workflow import Stage, judge, stage_of

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
S = Stage


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("New", S.NEW),
        ("in  PROGRESS", S.IN_PROGRESS),
        ("Waiting on Third Party", S.WAITING_ON_THIRD_PARTY),
        ("With User", S.WAITING_ON_CLIENT),
        ("Awaiting Parts", S.OTHER),
        ("", S.OTHER),
    ],
)
def test_what_a_status_means(name, stage):
    assert stage_of(name) == stage


@pytest.mark.parametrize(
    ("before", "after", "resolution", "assigned", "errors", "warnings"),
    [
        (S.NEW, S.IN_PROGRESS, "", True, 0, 0),
        (S.NEW, S.IN_PROGRESS, "", False, 0, 1),
        (S.IN_PROGRESS, S.PENDING, "", True, 0, 0),
        (S.PENDING, S.WAITING_ON_CLIENT, "", True, 0, 0),
        (S.WAITING_ON_CLIENT, S.RESOLVED, "done", True, 0, 0),
        (S.WAITING_ON_CLIENT, S.RESOLVED, "", True, 1, 0),
        (S.WAITING_ON_CLIENT, S.RESOLVED, " \n", True, 1, 0),
        (S.NEW, S.RESOLVED, "done", True, 0, 1),
        (S.NEW, S.CLOSED, "done", True, 0, 1),
        (S.NEW, S.CLOSED, "", True, 1, 1),
        (S.PENDING, S.CLOSED, "done", True, 0, 0),
        (S.RESOLVED, S.CLOSED, "done", True, 0, 0),
        (S.PENDING, S.IN_PROGRESS, "", True, 0, 1),
        (S.CLOSED, S.IN_PROGRESS, "", True, 0, 1),
        (S.CLOSED, S.CLOSED, "", True, 0, 0),
        (S.OTHER, S.RESOLVED, "done", True, 0, 0),
        (S.NEW, S.OTHER, "", True, 0, 0),
    ],
)
def test_only_the_table_forbids(before, after, resolution, assigned, errors, warnings):
    verdict = judge(before, after, resolution=resolution, assigned=assigned)
    assert (len(verdict.errors), len(verdict.warnings)) == (errors, warnings), verdict
    assert verdict.allowed == (errors == 0)


@pytest.mark.parametrize(
    ("deadline", "given", "wanted"),
    [
        (None, {}, SlaState.NO_DEADLINE),
        (NOW + 2 * HOUR, {}, SlaState.ON_TRACK),
        (NOW + HOUR, {}, SlaState.ON_TRACK),
        (NOW + HOUR - timedelta(seconds=1), {}, SlaState.AT_RISK),
        (NOW, {}, SlaState.AT_RISK),
        (NOW - timedelta(seconds=1), {}, SlaState.BREACHED),
        (NOW - HOUR, {"on_hold": True}, SlaState.PAUSED),
        (NOW - HOUR, {"closed": True, "done_at": NOW - 2 * HOUR}, SlaState.MET),
        (NOW - HOUR, {"closed": True, "done_at": NOW - HOUR}, SlaState.MET),
        (NOW - HOUR, {"closed": True, "done_at": NOW}, SlaState.BREACHED),
        (NOW - HOUR, {"closed": True, "done_at": NOW - 2 * HOUR, "on_hold": True}, SlaState.MET),
        (NOW + HOUR, {"closed": True}, SlaState.BREACHED),
    ],
)
def test_how_an_sla_stands(deadline, given, wanted):
    assert state(deadline, NOW, **{"closed": False, **given}) == wanted


@pytest.mark.parametrize(
    ("item", "promise"),
    [
        ({"name": "Critical"}, SlaPromise(timedelta(minutes=15), HOUR)),
        ({"name": " low "}, PROMISES["low"]),
        ({"name": "Low", "responsetime": 2, "fixtime": 6.5}, SlaPromise(2 * HOUR, 6.5 * HOUR)),
        ({"name": "Low", "responsetime": True, "fixtime": "x"}, PROMISES["low"]),
        ({"name": "Whenever"}, None),
        ({}, None),
    ],
)
def test_what_a_priority_promises(item, promise):
    assert promise_of(item) == promise


def test_a_ticket_of_either_dialect_is_read_and_the_rest_kept():
    documented = ticket_record(
        {"id": 7.0, "summary": "x", "details": "<p>d</p>", "slaresponsestate": 1, "slahold": True, "new_field": [1]}
    )
    observed = ticket_record(
        {
            "id": "7", "summary": "x", "details": "d", "details_html": "<p>d</p>", "slaresponsestate": "Running",
            "onhold": True, "dateclosed": "1900-01-01T00:00:00", "responsedate": "2026-03-02T10:00:00.0000000",
            "closure_note": "r", "client_id": -1,
        }
    )  # fmt: skip
    assert documented is not None
    assert observed is not None
    for one in (documented, observed):
        assert (one.id, one.summary, one.details, one.slaresponsestate, one.slahold) == (
            7, "x", "<p>d</p>", "Running", True,
        )  # fmt: skip
    assert documented.extra == {"new_field": [1]}
    assert (observed.dateclosed, observed.dateresponded, observed.resolution) == (None, NOW, "r")
    assert (observed.client_id, observed.extra["client_id"]) == (None, -1)


@pytest.mark.parametrize("row", [{}, {"id": 0}, {"id": None}, {"id": "x"}, {"id": [1]}, {"id": True}])
def test_without_an_id_there_is_no_record(row):
    assert ticket_record(row) is None
    assert action_record(row, 1, hours=True) is None
    assert attachment_record(row) is None


@pytest.mark.parametrize("junk", [None, True, [], {}, "\0", -1, 1e300, "9" * 5000])
def test_values_of_the_wrong_kind_are_kept_aside(junk):
    row = dict.fromkeys(("summary", "status_id", "dateclosed", "slahold", "chargeabletime", "slaresponsestate"), junk)
    found = ticket_record({"id": 1, **row})
    assert found is not None
    assert found.id == 1


def test_time_is_in_minutes():
    hours = action_record({"id": 1, "timetaken": 0.75}, 9, hours=True)
    minutes = action_record({"id": 1, "timetaken": 45}, 9, hours=False)
    assert hours is not None
    assert minutes is not None
    assert (hours.minutes, minutes.minutes, hours.ticket_id) == (45.0, 45.0, 9)
