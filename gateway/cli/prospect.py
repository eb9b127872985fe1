"""`halo-mailgate explain --file`: every rule's verdict on a mail, and the plan, dry."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli.common import EX_UNAVAILABLE, EX_USAGE, fail, go, settings
from gateway.cli.files import EX_NOINPUT, read_mail
from gateway.cli.out import print_json, say
from gateway.visible import printable

if TYPE_CHECKING:
    from gateway.whatif import Prospect

LONG = frozenset({"details", "note", "octets"})
"""Fields of steps that are mail text: shown by their length."""


def explain_file(path: Path, config: Path | None, mailbox: str | None, *, offline: bool, json: bool) -> None:
    """Print what would become of the mail in a file."""
    from gateway.errors import Trouble
    from gateway.whatif import prospect

    try:
        octets, _ = read_mail(path)
    except OSError as error:
        fail(f"{path}: {error.strerror or error}", EX_NOINPUT)
    chosen = settings(config, need_secrets=not offline)
    names = [one.name for one in chosen.mailbox]
    if mailbox is not None and mailbox not in names:
        fail(f"there is no mailbox {mailbox!r}; there are {', '.join(names)}", EX_USAGE)

    async def work() -> Prospect:
        try:
            return await prospect(chosen, octets, mailbox, offline=offline)
        except Trouble as trouble:
            said = trouble.words or trouble.cause
            fail(f"HaloPSA could not be asked: {said}; --offline does without it", EX_UNAVAILABLE)

    found = go(work)
    if json:
        print_json(as_json(found))
    else:
        _show(found)


def as_json(found: Prospect) -> dict[str, object]:
    """A prospect as programs read it; texts of mail stay out."""
    facts = found.facts
    return {
        "mailbox": found.mailbox,
        "message_id": found.mail.message_id,
        "evidence": [asdict(one) for one in facts.evidence],
        "ticket": facts.ticket.id if facts.ticket else None,
        "standing": facts.standing if facts.ticket else None,
        "authenticity": facts.authenticity,
        "requester": asdict(facts.requester) if facts.requester else None,
        "automation": asdict(found.mail.automation),
        "rules_taken": list(facts.routing.taken),
        "decision": {"kind": type(found.decision).__name__, **asdict(found.decision)},
        "verdicts": [{"rule": one.rule, "said": one.said} for one in found.verdicts],
        "steps": [{"kind": type(one).__name__, **_brief(asdict(one))} for one in found.plan.steps],
    }


def _show(found: Prospect) -> None:
    say(f"as if it came in by mailbox {found.mailbox}; nothing is done")
    automation = found.mail.automation
    say(f"  written by   {automation.kind}{f': {automation.reason}' if automation.reason else ''}")
    say("  rules")
    wide = max(len(one.rule) for one in found.verdicts)
    for one in found.verdicts:
        say(f"    {one.rule:<{wide}}  {printable(one.said)}")
    acknowledge = getattr(found.decision, "acknowledge", None)
    if acknowledge is not None:
        why = getattr(found.decision, "acknowledge_reason", "")
        say(f"    {'acknowledge?':<{wide}}  {'yes' if acknowledge else 'no'}: {why}")
    say("  plan")
    for step in found.plan.steps:
        brief = ", ".join(f"{name} {printable(str(value))}" for name, value in _brief(asdict(step)).items())
        say(f"    {step.name:<16}{type(step).__name__}: {brief}")
    if not found.plan.steps:
        say("    nothing to do")


def _brief(step: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty, and texts by their length."""
    short: dict[str, Any] = {}
    for name, value in step.items():
        if value in (None, "", (), [], False) or name == "name":
            continue
        if name in LONG and isinstance(value, dict):
            short[name] = f"{len(value.get('plain', ''))} characters"
        elif name in {"requester", "to"} and isinstance(value, dict):
            client = f", client {value['client_id']}" if value.get("client_id") else ""
            user = f" (user {value['user_id']}{client})" if value.get("user_id") else client and f" ({client[2:]})"
            short[name] = f"{value['address']}{user}"
        else:
            short[name] = value
    return short
