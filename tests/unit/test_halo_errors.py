import ssl
from datetime import timedelta

import httpx
import pytest

from gateway.errors import Ambiguous, Misconfigured, Permanent, Transient
from gateway.halo import errors

HTTPX = sorted(
    (
        value
        for name in httpx.__all__
        if isinstance(value := getattr(httpx, name), type) and issubclass(value, Exception)
    ),
    key=lambda kind: kind.__name__,
)
UNSENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError"}
SETTINGS = {"InvalidURL", "UnsupportedProtocol", "TooManyRedirects"}


def made(kind):
    request = httpx.Request("GET", "http://halo.example/api/Users?search=ada@acme.example")
    if kind is httpx.HTTPStatusError:
        return kind("quotes ada@acme.example", request=request, response=httpx.Response(500))
    try:
        return kind("quotes ada@acme.example")
    except TypeError:
        return kind()


@pytest.mark.parametrize("kind", HTTPX)
def test_every_exception_of_httpx_has_its_own_row(kind):
    assert kind in errors.EXCEPTIONS
    error = made(kind)
    read, write = errors.of_exception(error, write=False), errors.of_exception(error, write=True)
    if kind.__name__ in SETTINGS:
        assert type(read) is type(write) is Misconfigured
    else:
        assert type(read) is Transient
        assert type(write) is (Transient if kind.__name__ in UNSENT else Ambiguous)
    assert "ada" not in f"{read}{write}"


def test_what_nobody_foresaw_is_in_doubt():
    assert type(errors.of_exception(RuntimeError("?"), write=True)) is Ambiguous
    assert type(errors.of_exception(TimeoutError(), write=True)) is Ambiguous
    assert type(errors.of_exception(RuntimeError("?"), write=False)) is Transient


def test_a_certificate_that_is_not_trusted_is_the_installations_fault():
    error = httpx.ConnectError("tls")
    error.__cause__ = OSError("wrapped")
    error.__cause__.__context__ = ssl.SSLCertVerificationError("unknown authority")
    trouble = errors.of_exception(error, write=True)
    assert type(trouble) is Misconfigured
    assert "ca_file" in trouble.words


def expected(status_code, *, write):
    if status_code in {401, 403, 407} or status_code // 100 == 3:
        return Misconfigured
    if status_code in {425, 429, 503}:
        return Transient
    if status_code // 100 == 4 and status_code != 408:
        return Permanent
    return Ambiguous if write else Transient


@pytest.mark.parametrize("write", [False, True])
def test_every_status_code_has_a_fate(write):
    for status_code in range(100, 1000):
        trouble = errors.of_status(status_code, "words", write=write)
        assert isinstance(trouble, expected(status_code, write=write)), status_code
        assert trouble.cause
        assert "words" in trouble.words


def test_retry_after_is_handed_on():
    asked = timedelta(seconds=7)
    assert errors.of_status(429, "", write=True, retry_after=asked).retry_after == asked
