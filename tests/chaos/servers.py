"""Dovecot and PostgreSQL with data that stay in a folder, on the ports of before: who goes on with a run finds them.

What an earlier run left behind when it was killed is ended first, and only that: it is known by its own files.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
import time
from pathlib import Path
from typing import Self

import psycopg
from fakes.dovecot import Dovecot
from fakes.postgres import Postgres, _binaries


class KeptDovecot(Dovecot):
    """`ports` are those of IMAP and of IMAP over TLS; None: any free ones."""

    def __init__(self, folder: Path, *users: str, ports: tuple[int, int] | None) -> None:
        super().__init__(*users)
        self.root = folder
        if ports is not None:
            self.port, self.tls_port = ports

    def __enter__(self) -> Self:
        self.ca_file = self.root / "cert.pem"
        if not (self.root / "dovecot.conf").exists():
            self.root.mkdir(exist_ok=True)
            self._prepare()
        self._end_orphan()
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _end_orphan(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            number = int((self.root / "run" / "master.pid").read_text())
            if str(self.root).encode() in Path(f"/proc/{number}/cmdline").read_bytes():
                os.killpg(number, signal.SIGKILL)
                time.sleep(0.2)


class KeptPostgres(Postgres):
    """One database, `ledger`. It may be restarted, and made to take no writes."""

    def __init__(self, folder: Path, port: int) -> None:
        super().__init__(folder)
        self._sockets, self._port = folder, port

    def __enter__(self) -> Self:
        self._bin = _binaries()
        data = self._sockets / "data"
        fresh = not data.exists()
        if fresh:
            self._sockets.mkdir(exist_ok=True)
            if os.geteuid() == 0:
                user = pwd.getpwnam("postgres")
                os.chown(self._sockets, user.pw_uid, user.pw_gid)
            self._run(
                "initdb", "-D", str(data), "-U", "tester", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"
            )
        elif (data / "postmaster.pid").exists():
            with contextlib.suppress(subprocess.CalledProcessError):  # its process may be gone already
                self._run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
        self.start()
        if fresh:
            with self._connected("postgres") as connection:
                connection.execute("CREATE DATABASE ledger")
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Up when this returns."""
        options = f"-c listen_addresses=127.0.0.1 -p {self._port} -k {self._sockets} -c fsync=off"
        log = self._sockets / "log"
        self._run("pg_ctl", "-D", str(self._sockets / "data"), "-o", options, "-w", "-l", str(log), "start")

    def stop(self) -> None:
        """Without a word to anybody: every connection breaks, and the next start recovers."""
        self._run("pg_ctl", "-D", str(self._sockets / "data"), "-m", "immediate", "stop")

    def read_only(self, *, on: bool) -> None:
        """Refuse writes to every connection, or take them again. Connections are cut, so that all learn of it."""
        with self._connected("postgres") as connection:
            connection.execute(f"ALTER DATABASE ledger SET default_transaction_read_only = {'on' if on else 'off'}")
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'ledger'")

    def url(self, port: int | None = None) -> str:
        """Of the ledger, at the server's own port or another."""
        return f"postgresql://tester@127.0.0.1:{port or self._port}/ledger"

    def _connected(self, name: str) -> psycopg.Connection:
        return psycopg.connect(self._url(name), autocommit=True, connect_timeout=5)
