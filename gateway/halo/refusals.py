"""What HaloPSA refuses, one exception for each documented row, with the field, the value and the cure.

    FieldRequired   400: a field is missing              Unauthorized   401: the login is not believed
    FieldInvalid    400: a field's value is refused      Forbidden      403: a permission is missing
    Refused         400: anything else                   NotFound       404: no such record
                                                         RateLimited    429: too many requests

Each is one of the four kinds of `gateway.errors`, so that who knows those has to know nothing here. Promises: `field`
is in our (documented) names; `value` is a number or a truth, never a text: texts may be a mail's. Source: the table of
errors in the documentation; the forms of bodies that were observed. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.errors import Misconfigured, Permanent, Transient

CURES: Final[Mapping[str, str]] = {
    "client_id": "every ticket needs a client: `halo-mailgate picklist client` lists them",
    "tickettype_id": "ask /api/TicketType: `halo-mailgate picklist tickettype` lists them",
    "status_id": "ask /api/Status: `halo-mailgate picklist status` lists them",
    "new_status": "ask /api/Status: `halo-mailgate picklist status` lists them",
    "priority_id": "ask /api/Priority: `halo-mailgate picklist priority` lists them",
    "user_id": "ask /api/Users: `halo-mailgate picklist user` lists them",
    "site_id": "ask /api/Site: `halo-mailgate picklist site` lists them",
    "agent_id": "ask /api/Agent: `halo-mailgate picklist agent` lists them",
    "team_id": "ask /api/Team: `halo-mailgate picklist team` lists them",
    "outcome_id": "ask /api/Outcome: `halo-mailgate picklist outcome` lists them",
    "outcome": "ask /api/Outcome: `halo-mailgate picklist outcome` lists them",
    "actiontype_id": "0 note, 1 mail, 2 call, 3 visit, 4 change of status",
    "summary": "every ticket needs a summary of at most 255 characters",
    "resolution": "say how the ticket was resolved",
    "ticket_id": "check that the ticket exists",
    "dateoccurred": "a date is written 2026-03-01T09:30:00Z",
    "deadlinedate": "a date is written 2026-03-01T09:30:00Z",
    "category_1": "ask /api/Category: `halo-mailgate picklist category` lists them",
    "category_2": "ask /api/Category: `halo-mailgate picklist category` lists them",
    "category_3": "ask /api/Category: `halo-mailgate picklist category` lists them",
    "category_4": "ask /api/Category: `halo-mailgate picklist category` lists them",
}
PICKLISTS: Final[Mapping[str, str]] = {
    "client_id": "client",
    "tickettype_id": "tickettype",
    "status_id": "status",
    "new_status": "status",
    "priority_id": "priority",
    "user_id": "user",
    "site_id": "site",
    "agent_id": "agent",
    "team_id": "team",
    "outcome": "outcome",
    "outcome_id": "outcome",
}
"""The list that a field's ids are from."""
_LONGEST_FIRST: Final = sorted(CURES, key=len, reverse=True)
_ASKS: Final = ("required", "mandatory", "pleaseenter", "pleaseselect", "mustbeentered", "mustbeselected", "mustenter")


class Refused(Permanent):
    """400: what was sent is refused. `field` and `value` are empty where the answer names none."""

    field: str = ""
    value: object = None
    cure: str = ""


class FieldRequired(Refused):
    """400: a field is missing, as the API or the ticket type wants it."""


class FieldInvalid(Refused):
    """400: the value of a field is refused."""


class NotFound(Permanent):
    """404: no such record, or one that was deleted."""

    field: str = ""
    value: object = None
    cure: str = "check that it exists"


class Unauthorized(Misconfigured):
    """401: a fresh token is refused too."""

    cure: str = "check [halo] client_id, client_secret, tenant and url"


class Forbidden(Misconfigured):
    """403: the API application or its agent lacks a permission."""

    cure: str = "give the API application and its agent the permission for this in HaloPSA"


class RateLimited(Transient):
    """429: too many requests. `retry_after` says when to come again."""

    cure: str = "wait; or give this host fewer requests ([halo] requests)"


def about(trouble: Permanent, element: Mapping[str, object]) -> Permanent:
    """The same refusal, with the field of `element` that it is about. `trouble.words` no longer quote any mail."""
    if isinstance(trouble, NotFound):
        name = next((name for name in ("ticket_id", "id") if name in element), "")
        return _told(NotFound(trouble.cause, trouble.words), "ticket", element[name]) if name else trouble
    if trouble.cause != "refused":
        return trouble
    heard = letters(trouble.words)
    field = next((name for name in _LONGEST_FIRST if letters(name) in heard), "")
    if not field:
        return trouble
    asks = element.get(field) in (None, "") or any(word in heard for word in _ASKS)
    kind = FieldRequired if asks else FieldInvalid
    return _told(kind(trouble.cause, trouble.words), field, element.get(field))


def asks_for_more(words: str) -> bool:
    """Whether a refusal says that something is missing, rather than wrong."""
    heard = letters(words)
    return any(word in heard for word in _ASKS)


def letters(text: str) -> str:
    """Without case and separators: `client_id`, `ClientId` and "Client ID" are one name."""
    return "".join(filter(str.isalnum, text.lower()))


def _told(told: Refused | NotFound, field: str, value: object) -> Permanent:
    told.field = field
    told.value = value if isinstance(value, int | float) else None
    told.cure = CURES.get(field, told.cure)
    shown = field if told.value is None else f"{field} = {told.value}"
    told.words = f"{told.words}; {shown}: {told.cure}"
    told.args = (f"{told.cause}: {told.words}",)
    return told
