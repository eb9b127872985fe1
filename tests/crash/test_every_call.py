"""Killed at every outside call in turn, and started again: one ticket or action, each attachment once, one answer.

The story: one mail that opens a ticket, with two attachments and an acknowledgement; a reply to it with one; a mail
that opens a closed ticket again; a stranger's, which becomes a ticket of its own with a note that links it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("dialect", ["observed", "documented"])
def test_killed_at_every_outside_call(dialect, tmp_path):
    """The work is done by a process of its own, since it forks: it must have no threads and no loop of pytest's."""
    paths = [str(HERE), str(HERE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, str(HERE / "story.py"), dialect, str(tmp_path)],
        capture_output=True, text=True, env=environment, timeout=1180,
    )  # fmt: skip
    print(done.stdout[-3000:])
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "0 wrong" in done.stdout
