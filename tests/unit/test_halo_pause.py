from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import Transient
from gateway.halo.pause import Pause, http_date, retry_after

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class Watch:
    now = 1000.0

    def __call__(self):
        return self.now


def test_rests_double_to_five_minutes_and_start_again_after_a_success():
    watch = Watch()
    pause = Pause(watch)
    rests = []
    for _ in range(6):
        pause.check()
        rests.append(pause.begin(None, sent_at=watch.now).total_seconds())
        with pytest.raises(Transient) as raised:
            pause.check()
        assert raised.value.retry_after.total_seconds() == rests[-1]
        watch.now += rests[-1]
    assert rests == [30, 60, 120, 240, 300, 300]
    pause.end()
    assert pause.begin(None, sent_at=watch.now) == timedelta(seconds=30)


def test_answers_to_requests_of_before_make_no_rest_longer():
    watch = Watch()
    pause = Pause(watch)
    sent_at = watch.now
    watch.now += 1
    assert [pause.begin(None, sent_at=sent_at).total_seconds() for _ in range(4)] == [30] * 4


def test_the_server_is_obeyed_within_reason():
    watch = Watch()
    pause = Pause(watch)
    assert pause.begin(timedelta(seconds=7), sent_at=watch.now) == timedelta(seconds=7)
    assert pause.begin(timedelta(0), sent_at=watch.now) == timedelta(seconds=7)
    assert pause.begin(timedelta(days=400), sent_at=watch.now) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        ("2", 2),
        (" 120 ", 120),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("9" * 60, 3600),
        ("9" * 6000, None),
        ("-3", None),
        ("soon", None),
        ("²", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_in_both_forms(field, seconds):
    assert retry_after(field, NOW) == (None if seconds is None else timedelta(seconds=seconds))


def test_a_date_without_a_zone_is_utc():
    assert http_date("Sun, 01 Mar 2026 12:00:00 -0000") == NOW
    assert http_date("Sun, 99 Mar 99999999999999 12:00:00 GMT") is None
