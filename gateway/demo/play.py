"""One demo from start to end: feed the samples, watch the ledger, sum up.

Promises: the exit status is 0 when every sample was settled within the time given, 1 with the reason when not, 130 when
it was interrupted. The daemon's log goes to a file in the demo's folder, which stays for `explain`. Fails with the
ledger's errors.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from pathlib import Path
from shutil import which
from tempfile import mkdtemp

from rich.console import Console
from rich.markup import escape

from gateway.app import compose
from gateway.demo.outcome import Outcome, outcome
from gateway.demo.samples import SAMPLES, Answered, Sample
from gateway.demo.screen import Row, Screen
from gateway.demo.stage import ADDRESS, CLIENT_ID, CLIENT_SECRET, Stage, on_stage
from gateway.observe import logs
from storage import private
from storage.ledger import Ledger, open_ledger
from storage.model import Disposal, Message
from storage.reading import Journey
from storage.states import AT_REST, State

PATIENCE = 60.0
"""Seconds until a demo that does not come to rest is given up."""

ROUND = 0.15
"""Seconds between two looks; one mail is posted in each, so that people can follow."""

WELL, NOT_WELL, INTERRUPTED = 0, 1, 130


async def demo(serve: bool = False, console: Console | None = None, *, patience: float = PATIENCE) -> int:  # noqa: FBT001, FBT002
    """Play the demo; returns the exit status. With `serve` it then goes on until SIGINT or SIGTERM."""
    console = console or Console(highlight=False)
    folder = Path(mkdtemp(prefix="halo-mailgate-demo-"))
    with _logged(folder / "daemon.log"):
        async with on_stage(folder) as stage, compose(stage.settings) as supervisor:
            daemon = asyncio.create_task(supervisor.run(), name="daemon")
            ledger = await open_ledger(stage.settings.state)
            try:
                return await Play(stage, ledger, daemon, console).all(serve=serve, patience=patience)
            finally:
                supervisor.stop()
                await ledger.close()
                await daemon


class Play:
    """One demo in hand."""

    def __init__(self, stage: Stage, ledger: Ledger, daemon: asyncio.Task[None], console: Console) -> None:
        self._stage = stage
        self._ledger = ledger
        self._daemon = daemon
        self._console = console
        self._uids: dict[int, int] = {}  # of what was posted, by the sample's number

    async def all(self, *, serve: bool, patience: float) -> int:
        """From the first sample to the exit status."""
        say = self._console.print
        say("The real daemon, between a mail server and a HaloPSA sandbox inside this process:\n")
        with Screen(self._console) as screen:
            complaint = await self._samples(screen, patience)
        if complaint:
            say(f"\n[bold red]Not well:[/bold red] {escape(complaint)}.", soft_wrap=True)
            say(f"Its log: {escape(str(self._stage.folder / 'daemon.log'))}", soft_wrap=True)
            return NOT_WELL
        if self._daemon.done():
            say("\nInterrupted.")
            return INTERRUPTED
        await self._sum_up()
        if serve:
            await self._serve()
        else:
            say(f"\nAll of it is kept in {escape(str(self._stage.folder))}; delete it when you like.", soft_wrap=True)
        return WELL

    async def _samples(self, screen: Screen, patience: float) -> str:
        """Post and watch until all are at rest; returns what is wrong, "" if nothing is."""
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        while True:
            await self._post_one()
            journeys = await self._journeys()
            screen.show([Row(one.number, one.what, self._outcome(one, journeys)) for one in SAMPLES])
            if len(journeys) == len(SAMPLES) and all(_at_rest(one.message) for one in journeys.values()):
                bad = [str(number) for number, one in journeys.items() if one.message.state is not State.DONE]
                return f"set aside: mail {', '.join(bad)}" if bad else ""
            if self._daemon.done():
                return "" if self._daemon.exception() is None else "the daemon ended by itself"
            if loop.time() > end:
                left = [
                    str(one.number)
                    for one in SAMPLES
                    if one.number not in journeys or not _at_rest(journeys[one.number].message)
                ]
                return f"{patience:g} seconds have passed, and these mails have not come to rest: {', '.join(left)}"
            await asyncio.wait({self._daemon}, timeout=ROUND)

    async def _post_one(self) -> None:
        """The next sample that may be posted: an answer only after what it answers was sent."""
        for sample in SAMPLES:
            if sample.number in self._uids:
                continue
            answered = self._acknowledgement(sample.answers)
            if sample.answers is None or answered is not None:
                self._uids[sample.number] = await self._stage.imap.append(sample.octets(datetime.now(UTC), answered))
                return

    def _acknowledgement(self, number: int | None) -> Answered | None:
        """What was sent in answer to a sample, as the mail server took it."""
        request = next((one for one in SAMPLES if one.number == number), None)
        if request is None:
            return None
        mine = _headers(request.octets(datetime.now(UTC)))["Message-ID"]
        for mail in self._stage.smtp.kept:
            sent = _headers(mail.octets)
            if sent.get("In-Reply-To", "").strip() == mine:
                return Answered(sent.get("Message-ID", "").strip(" <>"), sent.get("Subject", ""))
        return None

    async def _journeys(self) -> dict[int, Journey]:
        """What the ledger knows of the samples, by their numbers."""
        kept = {one.key.uid: one.id for one in await self._ledger.reading.page(limit=len(SAMPLES))}
        found = {
            number: await self._ledger.reading.journey(kept[uid]) for number, uid in self._uids.items() if uid in kept
        }
        return {number: journey for number, journey in found.items() if journey is not None}

    def _outcome(self, sample: Sample, journeys: Mapping[int, Journey]) -> Outcome:
        if sample.number in journeys:
            return outcome(journeys[sample.number])
        return Outcome("in folder" if sample.number in self._uids else "to come")

    async def _sum_up(self) -> None:
        stage = self._stage
        written = [one for one in stage.sandbox.actions if not one.opening]
        flags = await stage.imap.flags()
        read = sum("\\Seen" in flags[uid] for uid in self._uids.values())
        say = self._console.print
        halo = (
            f"{_count(len(stage.sandbox.tickets), 'ticket')}, {_count(len(written), 'action')} and "
            f"{_count(len(stage.sandbox.attachments), 'attachment')}"
        )
        say(
            f"\nHaloPSA holds [bold]{halo}[/bold]. The mail server took "
            f"[bold]{_count(len(stage.smtp.kept), 'acknowledgement')}[/bold]. "
            f"Marked as read after their outcome was settled: {read} of {len(self._uids)} mails."
        )
        first = (await self._journeys())[SAMPLES[0].number].message
        say("\nThe whole way of the first, and everything about its ticket:")
        for name in (str(first.id), f"ticket:{first.ticket}"):
            say(f"  {escape(_command())} explain {name} --config {escape(str(stage.config))}", soft_wrap=True)

    async def _serve(self) -> None:
        """Tell how to send a mail in, then a line for each that came to rest, until the daemon ends."""
        stage, say = self._stage, self._console.print
        mail = f"From: you@linden-bakery.example\\nTo: {ADDRESS}\\nSubject: Hello\\n\\nIt works."
        send = f'sendmail("you@linden-bakery.example", "{ADDRESS}", "{mail}")'
        for line in (
            "",
            "Everything keeps running until Ctrl-C:",
            f"  IMAP     {stage.imap.host}:{stage.imap.port}, user {stage.imap.user}, password {stage.imap.password}",
            f"  SMTP     {stage.smtp.host}:{stage.smtp.port}, delivers mail for {ADDRESS} and keeps all other mail",
            f"  HaloPSA  {stage.settings.halo.url}, client_id {CLIENT_ID}, client_secret {CLIENT_SECRET}",
            f"           what it holds: {stage.settings.halo.url}/_sandbox/",
            f"  folder   {stage.folder}, with the ledger, the settings and the daemon's log",
            "",
            "Send a mail in from another terminal:",
            f"""  python3 -c 'import smtplib; smtplib.SMTP("{stage.smtp.host}", {stage.smtp.port}).{send}'""",
            "",
        ):
            say(line, markup=False, soft_wrap=True)
        told = {one.id for one in await self._ledger.reading.page()}
        while not self._daemon.done():
            for message in reversed(await self._ledger.reading.page()):
                if message.id not in told and _at_rest(message):
                    told.add(message.id)
                    await self._tell(message)
            await asyncio.wait({self._daemon}, timeout=ROUND)

    async def _tell(self, message: Message) -> None:
        journey = await self._ledger.reading.journey(message.id)
        if journey is not None:
            shown = outcome(journey)
            attached = f"; files: {shown.attachments}" if shown.attachments else ""
            words = f"message {message.id}: {shown.state}; {shown.became}{attached}"
            words = f"{words}; acknowledgement: {shown.acknowledgement}" if shown.acknowledgement else words
            self._console.print(words, markup=False, soft_wrap=True)


def _at_rest(message: Message) -> bool:
    """Settled or set aside, and the original treated if it is to be."""
    return message.state in AT_REST and not (message.state is State.DONE and message.disposal is Disposal.PENDING)


def _headers(octets: bytes) -> dict[str, str]:
    """The header section, unfolded."""
    return {name: "".join(str(value).splitlines()) for name, value in BytesHeaderParser().parsebytes(octets).items()}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _command() -> str:
    """How the command was called, so that it can be called again."""
    called = Path(sys.argv[0])
    if called.name != "halo-mailgate":
        return f"{sys.executable} -m gateway"
    found = which("halo-mailgate")
    return "halo-mailgate" if found is not None and Path(found).resolve() == called.resolve() else str(called)


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    """Everything that is logged goes to this file: the terminal belongs to the table."""
    with private.opened(path) as stream:
        logs.configure("text", "info", stream=stream)
        try:
            yield
        finally:
            logging.getLogger().handlers.clear()
