"""Kill the daemon at call 1, 2, 3, … of one story, each time on a fresh ledger and folder; judge what the servers hold.

python tests/crash/story.py observed /tmp/folder          prints each wrong outcome, and a count at the end
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

import killer
from fakes.dovecot import PASSWORD, Dovecot
from fakes.messages import USER, mail

BIG = bytes(range(256)) * 40


class Helpers:
    """Sandbox and SMTP server as processes of their own: they live on while the daemon dies."""

    def __init__(self, dialect: str, folder: Path) -> None:
        self._folder = folder
        self._processes = [
            self._start(
                [
                    sys.executable,
                    "-m",
                    "gateway.sandbox",
                    "--dialect",
                    dialect,
                    "--port-file",
                    str(folder / "halo.port"),
                ]
            ),
            self._start(
                [
                    sys.executable,
                    str(Path(__file__).with_name("sink.py")),
                    str(folder / "smtp.port"),
                    str(folder / "mails"),
                ]
            ),
        ]
        self.halo, self.smtp = self._port("halo"), self._port("smtp")

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=(self._folder / "helpers.log").open("ab"))

    def _port(self, name: str) -> int:
        for _ in range(400):
            path = self._folder / f"{name}.port"
            if path.exists():
                return int(path.read_text())
            time.sleep(0.05)
        raise RuntimeError((self._folder / "helpers.log").read_text())

    def state(self) -> dict:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.halo}/_sandbox/state") as answer:
            return json.load(answer)

    def add_ticket(self, summary: str, address: str) -> int:
        """A closed ticket of this requester; its number."""
        resolved = {"resolution": "done", "closure_note": "done"}
        fields = {"summary": summary, "client_id": 1, "status_id": 9, "reportedby": address, **resolved}
        body = json.dumps([fields]).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.halo}/_sandbox/tickets", body)
        with urllib.request.urlopen(request):
            pass
        return next(one["id"] for one in self.state()["tickets"] if one["fields"]["summary"] == summary)

    def mails(self) -> list[str]:
        return sorted(path.read_text(errors="replace") for path in (self._folder / "mails").glob("*.eml"))

    def stop(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait()


def main(dialect: str, folder: Path) -> int:
    (folder / "mails").mkdir(exist_ok=True)
    helpers = Helpers(dialect, folder)
    wrong = 0
    try:
        with Dovecot(USER) as dovecot:
            calls = run(0, None, dovecot, helpers, folder)
            names = (folder / "calls").read_text().splitlines()
            print(
                len(names),
                "outside calls:",
                dict(Counter(name.rpartition("/")[0] or name for name in names)),
            )
            assert calls == [], calls
            for at in range(1, len(names) + 1):
                problems = run(at, at, dovecot, helpers, folder)
                if problems:
                    wrong += 1
                    print(f"call {at} ({names[at - 1]}): {'; '.join(problems)}")
    finally:
        helpers.stop()
    print(f"killed at {len(names)} calls, {wrong} wrong")
    return 1 if wrong else 0


def run(number: int, at: int | None, dovecot: Dovecot, helpers: Helpers, folder: Path) -> list[str]:
    """One story with one death; what is wrong with its end."""
    place = folder / f"run{number}"
    place.mkdir()
    inbox = f"Story{number}"
    first, second = f"first{number}@c.example", f"second{number}@c.example"
    sender = f"anna{number}@c.example"
    names = [f"a{number}.bin", f"b{number}.bin"]
    dovecot.append(
        USER,
        mail(subject=f"Story {number}", sender=sender, message_id=first, attachments=dict.fromkeys(names, BIG)),
        folder=inbox,
    )
    reply = mail(
        subject=f"Re: Story {number}",
        sender=sender,
        message_id=second,
        in_reply_to=first,
        attachments={names[0]: BIG},
        text=f"answer {number}\n",
    )
    dovecot.append(USER, reply, folder=inbox)
    closed = helpers.add_ticket(f"Old {number}", f"bob{number}@gmail.com")
    dovecot.append(
        USER,
        mail(subject=f"[ID:{closed:07}] Old", sender=f"bob{number}@gmail.com", message_id=f"third{number}@c.example",
             text=f"burns again {number}\n"),
        folder=inbox,
    )  # fmt: skip
    dovecot.append(
        USER,
        mail(subject=f"[ID:{closed:07}] Stranger {number}", sender=f"eve{number}@web.de",
             message_id=f"fourth{number}@c.example", text=f"let me in {number}\n"),
        folder=inbox,
    )  # fmt: skip
    config = place / "gateway.toml"
    config.write_text(
        f"""state = "sqlite:///{place}/ledger.db"
[halo]
url = "http://127.0.0.1:{helpers.halo}"
client_id = "gateway"
client_secret = "sandbox-secret"
ambiguity_window = "50ms"
[smtp]
host = "127.0.0.1"
port = {helpers.smtp}
[[mailbox]]
name = "support"
address = "{USER}"
host = "127.0.0.1"
port = {dovecot.port}
security = "none"
username = "{USER}"
password = "{PASSWORD}"
folder = "{inbox}"
first_contact = "all"
"""
    )
    problems = []
    status = killer.once(config, at, folder / "calls")
    if at is not None:
        if status not in {-9, 0}:  # 0: this time the order of calls was another, and the end came first
            problems.append(f"exit status {status} of the killed run")
        status = killer.once(config, None, place / "calls")
    if status != 0:
        problems.append(f"exit status {status} after the restart")
    return problems + judge(number, names, helpers, dovecot, inbox)


def judge(number: int, names: list[str], helpers: Helpers, dovecot: Dovecot, inbox: str) -> list[str]:
    """What HaloPSA, the mail server and the folder hold against what they should."""
    problems = []
    state = helpers.state()
    tickets = [one for one in state["tickets"] if one["fields"]["summary"] == f"Story {number}"]
    if len(tickets) != 1:
        problems.append(f"{len(tickets)} tickets")
    ids = {one["id"] for one in tickets}
    actions = [
        one
        for one in state["actions"]
        if one["ticket_id"] in ids and f"answer {number}" in json.dumps(one["fields"]) and not one.get("opening")
    ]
    if len(actions) != 1:
        problems.append(f"{len(actions)} actions")
    held = sorted(one["filename"] for one in state["attachments"] if one["ticket_id"] in ids)
    if held != sorted([*names, names[0]]):
        problems.append(f"attachments {held}")
    old = [one for one in state["tickets"] if one["fields"]["summary"] == f"Old {number}"]
    if [one["fields"]["status_id"] for one in old] != [1]:
        problems.append("not opened again")
    if (found := _entries(state, {one["id"] for one in old}, f"burns again {number}")) != 1:
        problems.append(f"{found} actions on the closed ticket")
    strangers = [one for one in state["tickets"] if f"Stranger {number}" in one["fields"]["summary"].split("] ")[-1:]]
    if len(strangers) != 1:
        problems.append(f"{len(strangers)} tickets of the stranger")
    if (found := _entries(state, {one["id"] for one in strangers}, "was not added to it")) != 1:
        problems.append(f"{found} notes that link the stranger's ticket")
    answers = [one for one in helpers.mails() if f"Story {number}\n" in one.replace("\r\n", "\n")]
    if len(answers) > 1:
        problems.append(f"{len(answers)} acknowledgements")
    flags = [set(found) for _, found in dovecot.messages(USER, inbox)]
    if flags != [{"\\Seen"}] * 4:
        problems.append(f"flags {flags}")
    return problems


def _entries(state: dict, tickets: set[int], words: str) -> int:
    """How many entries of these tickets have the words, the server's own left out."""
    return sum(
        one["ticket_id"] in tickets and words in json.dumps(one["fields"]) and not one.get("opening")
        for one in state["actions"]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
