"""The device flow (RFC 8628): a person consents in any browser, and we get a refresh token.

Promises: asked as often as the server allows and no longer than its code is good. Fails: Misconfigured when the person
says no or the code expires; Transient for trouble on the way. Knows nothing of how the code is shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from gateway.errors import Misconfigured, Transient
from gateway.oauth import errors, grants
from gateway.oauth.tokens import Token, Tokens
from gateway.ports import Clock

LONGEST = 1800.0  # seconds that a code is waited for, whatever the server says
SLOWER = 5.0  # seconds more between two questions when asked to slow down (RFC 8628 §3.5)


@dataclass(frozen=True, slots=True)
class Device:
    """What the person is told, and what we ask with. Times in seconds."""

    uri: str
    user_code: str
    device_code: str = field(repr=False)
    interval: float
    expires: float


async def begin(tokens: Tokens) -> Device:
    """Ask for a code."""
    status, document = await tokens.ask(grants.device_form(tokens.oauth), tokens.oauth.device_at)
    said = [document.get(key) for key in ("verification_uri", "user_code", "device_code")]
    if status != 200 or not all(isinstance(one, str) and one.isprintable() for one in said):
        raise errors.of_answer(502 if status == 200 else status, document, tokens.where)
    uri, user_code, device_code = (str(one) for one in said)
    return Device(
        uri, user_code, device_code, _number(document.get("interval"), 5), _number(document.get("expires_in"), 900)
    )


async def wait(
    tokens: Tokens, device: Device, clock: Clock, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> Token:
    """Until the person has consented; the refresh token is kept."""
    interval, left = device.interval, min(device.expires, LONGEST)
    while left > 0:
        await sleep(interval)
        left -= max(interval, 0.1)
        form = grants.device_token_form(tokens.oauth, device.device_code, clock())
        status, document = await tokens.ask(form, tokens.oauth.token_at)
        match document.get("error"):
            case "authorization_pending":
                continue
            case "slow_down":
                interval += SLOWER
                continue
        token = tokens.read(status, document)
        if not token.refresh:
            said = "no refresh token came with the consent: add offline_access to the scope"
            raise Misconfigured("no_refresh_token", f"{tokens.where}: {said}")
        await tokens.keep(token.refresh)
        return token
    raise Transient("code_expired", f"{tokens.where}: nobody consented in time: begin again")


def _number(said: object, otherwise: float) -> float:
    return float(said) if isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= 86_400 else otherwise
