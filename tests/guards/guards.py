"""What keeps the promise, guard by guard: take one out, and the test that is named with it must fail.

python -m guards.guards [NAME …]     in `tests`; or `make guards`. Each guard is taken out of a copy of the sources.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("gateway", "parsers", "storage", "config")


@dataclass(frozen=True)
class Guard:
    """`there` stands once in `file`, and with `gone` in its place the guard is out; `test` is then to fail."""

    name: str
    file: str
    there: str
    gone: str
    test: str


GUARDS = (
    Guard(
        "marker look-up",
        "gateway/perform.py",
        "            found = await self._look(job, step, record)\n",
        "            found = None\n",
        "tests/unit/test_trunk_perform.py::test_a_write_that_lands_late_is_found",
    ),
    Guard(
        "fence",
        "storage/rows.py",
        "        row.fence != fence or row.state",
        "        row.state",
        "tests/contract/test_ledger.py::test_a_dead_hosts_lease_runs_out_and_its_fences_are_void",
    ),
    Guard(
        "lease",
        "storage/rows.py",
        "(hosts.c.id == host) & (hosts.c.until > database_time(connection))",
        "(hosts.c.id == host)",
        "tests/contract/test_hosts.py::test_a_lease_runs_out_by_the_databases_clock",
    ),
    Guard(
        "lease before a write",
        "gateway/halo/api.py",
        "            if not self._may_write():\n",
        "            if False:\n",
        "tests/unit/test_cluster.py::test_a_host_whose_lease_is_over_sends_no_write_to_its_end",
    ),
    Guard(
        "a lost lease is not taken up again",
        "gateway/cluster.py",
        " and claimer() in {None, self._ledger.database.host}",
        "",
        "tests/unit/test_cluster.py::test_a_member_that_wakes_after_its_lease_comes_back_as_another",
    ),
    Guard(
        "settle before dispose",
        "storage/disposal.py",
        "            & (messages.c.state == State.DONE)\n            & (messages.c.account == account)\n",
        "            & (messages.c.account == account)\n",
        "tests/contract/test_ledger.py::test_settled_mail_is_disposed_of_and_nothing_else",
    ),
    Guard(
        "intent commit",
        "storage/steps.py",
        '"intent_at": at, "floor": floor',
        '"intent_at": None, "floor": floor',
        "tests/unit/test_trunk_perform.py::test_nothing_is_sent_again_before_the_window_and_a_second_miss",
    ),
    Guard(
        "ambiguity window",
        "gateway/perform.py",
        "if waited >= self.window and",
        "if waited >= timedelta() and",
        "tests/unit/test_trunk_perform.py::test_nothing_is_sent_again_before_the_window_and_a_second_miss",
    ),
    Guard(
        "second miss",
        "gateway/perform.py",
        "record.misses >= 1",
        "record.misses >= 0",
        "tests/unit/test_trunk_perform.py::test_after_a_long_sleep_it_is_still_looked_for_twice",
    ),
    Guard(
        "seconds of this machine alone",
        "gateway/lapse.py",
        " and boot == self.boot else",
        " else",
        "tests/unit/test_cluster.py::test_time_of_another_start_counts_for_nothing",
    ),
    Guard(
        "acknowledgement at most once",
        "gateway/perform.py",
        '        if record.intent_at is not None:\n            return Receipt(None, "unknown"',
        '        if record.receipt is not None:\n            return Receipt(None, "unknown"',
        "tests/unit/test_trunk_perform.py::test_an_acknowledgement_whose_process_died_in_data_is_never_sent_again",
    ),
    Guard(
        "one mailbox, one host",
        "storage/hosts.py",
        "    if row.host != host or (",
        "    if (",
        "tests/contract/test_hosts.py::test_mail_of_another_hosts_mailbox_is_not_kept",
    ),
    Guard(
        "look-alikes defused",
        "gateway/halo/trailer.py",
        "    plain = defuse_text(text.plain).rstrip()\n",
        "    plain = text.plain.rstrip()\n",
        "tests/unit/test_halo_trailer.py::test_where_a_server_cuts_ours_off_no_other_takes_its_place",
    ),
    Guard(
        "of two alike one in doubt",
        "storage/steps.py",
        "            if thing is not None and await _in_hand(connection, thing, me):\n",
        "            if False:\n",
        "tests/contract/test_ledger.py::test_of_two_effects_that_look_alike_one_waits",
    ),
    Guard(
        "joining in the order of arrival",
        "storage/threads.py",
        "            return (await connection.execute(query)).first() is not None\n\n    async def look_up",
        "            return False\n\n    async def look_up",
        "tests/contract/test_hosts.py::test_who_claimed_later_joins_later",
    ),
    Guard(
        "UIDVALIDITY before disposal",
        "storage/disposal.py",
        "            & (messages.c.uidvalidity == uidvalidity)\n        )\n        query",
        "        )\n        query",
        "tests/contract/test_ledger.py::test_settled_mail_is_disposed_of_and_nothing_else",
    ),
)


def holds(guard: Guard) -> str:
    """What is wrong: nothing if the named test passes with the guard and fails without it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for package in PACKAGES:
            shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
        if (status := _run(copy, guard.test)) != 0:
            return f"{guard.test} fails with the guard in place ({status})"
        source = copy / guard.file
        text = source.read_text(encoding="utf-8")
        source.write_text(text.replace(guard.there, guard.gone), encoding="utf-8")
        status = _run(copy, guard.test)
        return "" if status == 1 else f"{guard.test} does not notice that it is gone ({status})"


def _run(sources: Path, test: str) -> int:
    environment = {**os.environ, "PYTHONPATH": str(sources), "PYTHONSAFEPATH": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", test]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False).returncode


def main(names: list[str]) -> int:
    wrong = 0
    for guard in GUARDS:
        if names and guard.name not in names:
            continue
        problem = holds(guard)
        wrong += bool(problem)
        said = problem or f"{guard.test.rpartition('::')[2]} fails without it"
        print(f"{guard.name}: {said}", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
