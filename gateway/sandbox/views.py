"""What the server shows of what it holds: stored values to JSON, in either dialect. Pure but for reading the store.

Promises: only names that the dialect has; dates end in Z as documented and carry no zone as observed, where 1900-01-01
stands for no date. Switches and markers are kept in the store but shown only where the real server shows them.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.sandbox.instance import Instance
from gateway.sandbox.model import Action, Client, StoredAttachment, Ticket, User
from gateway.sandbox.picklists import PRIORITIES, SLA_STATES, STATUSES, TICKET_TYPES
from gateway.sandbox.sla import sla

_TICKET = (
    "summary client_id site_id user_id status_id priority_id tickettype_id agent_id reportedby sla_id contract_id "
)
_CATEGORIES = "category_1 category_2 category_3 category_4 "
_DOCUMENTED_TICKET = _TICKET + _CATEGORIES + "team_id opportunityid resolution"
_OBSERVED_TICKET = _TICKET + _CATEGORIES + "team inactive merged_into_id parent_id impact urgency"
_OBSERVED_SINGLE = (
    "user_email emailtolist emailcclist emaildisplayname third_party_id third_party_id_string "
    "client_reference supplier_reference email_message_id mailboxid source customfields closure_note "
    "userdef1 userdef2 userdef3 userdef4 userdef5"
)
_DOCUMENTED_ACTION = "note outcome actiontype_id hiddenfromuser emailto timetaken charge agent_id"
_OBSERVED_ACTION = (
    "outcome outcome_id who who_type who_agentid note hiddenfromuser important emailfrom emailto emailcc emailsubject "
    "emaildirection emailbody dateemailed actionby_user_id actionby_agent_id timetaken new_status email_message_id "
    "internet_message_id actioninternetmessageid"
)
_NO_DATE = datetime(1900, 1, 1, tzinfo=UTC)


def shown_time(instance: Instance, at: datetime | None) -> str | None:
    """A time as the dialect writes it."""
    if instance.observed:
        return (at or _NO_DATE).astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
    return None if at is None else at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _pick(instance: Instance, fields: Mapping[str, Any], names: str) -> dict[str, Any]:
    values = {name: fields[name] for name in names.split() if name in fields}
    return {
        name: shown_time(instance, value) if isinstance(value, datetime) else value for name, value in values.items()
    }


def ticket_created(instance: Instance, ticket: Ticket) -> dict[str, Any]:
    """The short form in which the documented server answers a POST."""
    whole = ticket_row(instance, ticket)
    names = "id summary client_id client_name status_id status_name priority_id priority_name datecreated"
    return {name: whole.get(name) for name in names.split()}


def ticket_row(instance: Instance, ticket: Ticket, *, details: bool = False) -> dict[str, Any]:
    """A ticket as lists show it."""
    fields = ticket.fields
    clocks = sla(ticket, instance.now())
    client = instance.store.clients.get(fields.get("client_id") or 0)
    user = instance.store.users.get(fields.get("user_id") or 0)
    row = {
        "id": ticket.id,
        **_pick(instance, fields, _OBSERVED_TICKET if instance.observed else _DOCUMENTED_TICKET),
        "client_name": client.name if client else "",
        "user_name": user.name if user else fields.get("user_name") or "",
        "dateoccurred": shown_time(instance, fields.get("dateoccurred")),
        "datecreated": shown_time(instance, ticket.created),
        "dateclosed": shown_time(instance, fields.get("dateclosed")),
        "deadlinedate": shown_time(instance, fields.get("deadlinedate")),
    }
    if instance.observed:
        row |= {
            "hasbeenclosed": bool(fields.get("hasbeenclosed")),
            "onhold": clocks.paused,
            "respondbydate": shown_time(instance, clocks.respond_by),
            "fixbydate": shown_time(instance, clocks.resolve_by),
            "slaresponsestate": SLA_STATES[clocks.response],
            "last_update": shown_time(instance, fields.get("last_update")),
            "attachment_count": len(instance.store.attachments_of(ticket.id)),
        }
    else:
        spent = _time_spent(instance, ticket)
        row |= {
            "status_name": STATUSES.get(fields.get("status_id") or 0),
            "priority_name": _priority_name(fields.get("priority_id")),
            "tickettype_name": TICKET_TYPES.get(fields.get("tickettype_id") or 0),
            "dateresponded": shown_time(instance, fields.get("dateresponded")),
            "dateresolved": shown_time(instance, fields.get("dateresolved")),
            "slaresponsestate": clocks.response,
            "slaresolutionstate": clocks.resolution,
            "slahold": clocks.paused,
            "chargeabletime": spent[True],
            "nonchargeabletime": spent[False],
        }
    if details:
        row["details"] = fields.get("details") or ""
        if instance.observed:
            row["details_html"] = fields.get("details_html") or ""
    return row


def ticket_single(instance: Instance, ticket: Ticket, *, details: bool) -> dict[str, Any]:
    """A ticket as GET by its id shows it."""
    row = ticket_row(instance, ticket, details=details)
    if instance.observed:
        row |= _pick(instance, ticket.fields, _OBSERVED_SINGLE)
        # The column is NVARCHAR(100); a longer Message-ID does not survive.
        row["internet_message_id"] = (ticket.fields.get("internet_message_id") or "")[:100]
    return row


def _priority_name(number: int | None) -> str | None:
    priority = PRIORITIES.get(number or 0)
    return priority.name if priority else None


def _time_spent(instance: Instance, ticket: Ticket) -> dict[bool, float]:
    """Hours by whether they are charged; time entries are posted in minutes."""
    spent = {True: 0.0, False: 0.0}
    for action in instance.store.actions[ticket.id]:
        minutes = timedelta(minutes=action.fields.get("timetaken") or 0)
        spent[bool(action.fields.get("charge"))] += minutes / timedelta(hours=1)
    return spent


def action_row(instance: Instance, action: Action, *, html: bool = False, email_html: bool = False) -> dict[str, Any]:
    """An entry of a ticket's log. As observed the HTML forms are shown on request only."""
    row = {"id": action.id, "ticket_id": action.ticket_id, "datetime": shown_time(instance, action.created)}
    if not instance.observed:
        return row | _pick(instance, action.fields, _DOCUMENTED_ACTION)
    row |= _pick(instance, action.fields, _OBSERVED_ACTION)
    row["attachment_count"] = len(instance.store.attachments_of(action.ticket_id, action.id))
    row["actiondatecreated"] = shown_time(instance, action.created)
    if html:
        row["note_html"] = action.fields.get("note_html") or ""
    if email_html:
        row["emailbody_html"] = action.fields.get("emailbody_html") or ""
    return row


_KEY = secrets.token_bytes(16)


def picture_token(held: StoredAttachment) -> str:
    """What lets a picture be read without a login."""
    return hmac.new(_KEY, b"%d" % held.id, "sha256").hexdigest()[:32]


def attachment_row(instance: Instance, held: StoredAttachment, base: str = "") -> dict[str, Any]:
    """An attachment as lists show it; the name of its media type differs between the dialects.

    `base`: the server's own address, for links; as observed only.
    """
    row = {
        "id": held.id,
        "filename": held.filename,
        "filesize": len(held.octets),
        "datecreated": shown_time(instance, held.created),
    }
    if not instance.observed:
        return row | {"contenttype": held.content_type}
    if base:
        row["download_url"] = f"{base}api/Attachment/{held.id}"
    if base and held.fields.get("isimage") and instance.habits.picture_links:
        row["link"] = f"{base}api/Attachment/image?token={picture_token(held)}"
    return row | {
        "content_type": held.content_type,
        "ticket_id": held.ticket_id,
        "action_id": held.action_id or 0,
        "isimage": bool(held.fields.get("isimage")),
        "showforusers": bool(held.fields.get("showforusers")),
        "note": held.fields.get("note") or "",
    }


def user_row(instance: Instance, user: User) -> dict[str, Any]:
    """A user. As observed `site_id` is a decimal here, and refused as one everywhere else."""
    client = instance.store.clients.get(user.client_id)
    return {
        "id": user.id,
        "name": user.name,
        "emailaddress": user.emailaddress,
        "email2": user.email2,
        "email3": user.email3,
        "client_id": user.client_id,
        "client_name": client.name if client else "",
        "site_id": float(user.site_id) if instance.observed else user.site_id,
        "site_id_int": user.site_id,
        "inactive": user.inactive,
    }


def client_row(client: Client) -> dict[str, Any]:
    """A customer organisation."""
    return {"id": client.id, "name": client.name, "main_site_id": client.site_id, "domain": client.domain}


def site_row(client: Client) -> dict[str, Any]:
    """The one site of a customer organisation."""
    names = {"name": "Main", "client_id": client.id, "client_name": client.name}
    return {"id": client.site_id, **names, "emaildomain": client.emaildomain}
