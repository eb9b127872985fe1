"""A private, real Dovecot on free loopback ports: users of its own, mail in a temporary folder, gone afterwards.

    with Dovecot("support@acme.example", "second@acme.example") as server:
        server.append("support@acme.example", b"Subject: hello\r\n\r\nhi\r\n")
        source = ImapSource(server.mailbox("support@acme.example"))

`port` speaks plain IMAP and STARTTLS, `tls_port` TLS; `ca_file` is what to trust for both ("localhost" and 127.0.0.1).
`stop()` kills it hard, `start()` brings it back on the same ports with the mail it had. Works as root and as anybody.
Folder names are written as the server writes them (modified UTF-7). What it holds is judged with the standard library's
imaplib, not with the code under test.
"""

from __future__ import annotations

import base64
import contextlib
import grp
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from config.settings import Mailbox

PASSWORD = "correct horse"

CONFIG = """\
base_dir = {root}/run
state_dir = {root}/run
log_path = {root}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{root}/cert.pem
ssl_key = <{root}/key.pem
disable_plaintext_auth = {secure_only}
auth_mechanisms = plain login
auth_failure_delay = 0
auth_username_chars =
mail_max_userip_connections = 200
mail_fsync = never
mail_location = maildir:~/Maildir
first_valid_uid = 1
{users}
namespace inbox {{
  inbox = yes
  separator = {separator}
}}
passdb {{
  driver = passwd-file
  args = username_format=%u {root}/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
{extra}
"""


class Dovecot:
    """`passwords` are for users whose password is not `PASSWORD`; `extra` is more of Dovecot's configuration.

    `capability` replaces what it announces after login (what it can do stays): a server without MOVE or UIDPLUS.
    """

    def __init__(
        self,
        *users: str,
        passwords: dict[str, str] | None = None,
        capability: str | None = None,
        separator: str = "/",
        secure_only: bool = False,
        extra: str = "",
    ) -> None:
        self.host = "127.0.0.1"
        self.port, self.tls_port = _free_ports(2)
        self.passwords = dict.fromkeys(users, PASSWORD) | (passwords or {})
        self._separator = separator
        self._secure_only = secure_only
        self._extra = extra + (f"\nimap_capability = {capability}\n" if capability else "")
        self._process: subprocess.Popen[bytes] | None = None
        self._judges: dict[str, imaplib.IMAP4] = {}

    def __enter__(self) -> Self:
        self.root = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.ca_file = self.root / "cert.pem"
        try:
            self._prepare()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    # The server

    def start(self) -> None:
        """Up and answering when this returns."""
        shutil.rmtree(self.root / "run", ignore_errors=True)  # sockets and locks of a server that was killed
        with (self.root / "console").open("ab") as console:
            self._process = subprocess.Popen(
                [_find("dovecot"), "-F", "-c", self.root / "dovecot.conf"],
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        deadline = time.monotonic() + 10
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"Dovecot does not start: {self.log}")
            time.sleep(0.01)

    def stop(self) -> None:
        """Killed with all its children, connections and all."""
        for judge in self._judges.values():
            judge.sock.close()
            judge.file.close()
        self._judges.clear()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    @property
    def log(self) -> str:
        """Everything it has said so far."""
        files = (self.root / "console", self.root / "log")
        return "".join(file.read_text(errors="replace") for file in files if file.exists())

    # Its mail

    def mailbox(self, user: str, **changes: object) -> Mailbox:
        """Settings for this user's INBOX over plain IMAP; `changes` are fields of `Mailbox`."""
        fields = {
            "name": "support",
            "address": "support@acme.example",
            "host": self.host,
            "port": self.port,
            "security": "none",
            "username": user,
            "password": self.passwords[user],
            "timeout": "10s",
        }
        return Mailbox.model_validate(fields | changes)

    def append(
        self,
        user: str,
        octets: bytes,
        folder: str = "INBOX",
        flags: Sequence[str] = (),
        internal_date: datetime | None = None,
    ) -> int:
        """Deliver one mail, octet by octet as given; its UID. A folder that is missing is made."""
        date = imaplib.Time2Internaldate(internal_date or datetime.now(UTC))
        judge = self._judge(user)
        arguments = _quote(folder), f"({' '.join(flags)})", date, octets
        status, said = _append(judge, *arguments)
        if status == "NO":
            _done(judge.create(_quote(folder)))
            status, said = _append(judge, *arguments)
        assert status == "OK", said
        return int(said[0].split(b"]")[0].split()[-1])  # [APPENDUID uidvalidity uid]

    def messages(self, user: str, folder: str = "INBOX") -> list[tuple[int, frozenset[str]]]:
        """UID and flags (without Recent) of everything in a folder."""
        with self._looking(user, folder) as judge:
            rows = _done(judge.uid("FETCH", "1:*", "(UID FLAGS)"))
        found = []
        for row in rows:
            if row and b"UID " in row:  # rows without it tell of flags that somebody else just changed
                words = row.replace(b"(", b" ").replace(b")", b" ").split()
                flags = {flag.decode() for flag in imaplib.ParseFlags(row)} - {"\\Recent"}
                found.append((int(words[words.index(b"UID") + 1]), frozenset(flags)))
        return found

    def octets(self, user: str, uid: int, folder: str = "INBOX") -> bytes:
        """One mail as the server holds it."""
        with self._looking(user, folder) as judge:
            return _done(judge.uid("FETCH", str(uid), "BODY.PEEK[]"))[0][1]

    def folders(self, user: str, *, subscribed: bool = False) -> set[str]:
        """Names as the server writes them (modified UTF-7)."""
        judge = self._judge(user)
        rows = _done(judge.lsub() if subscribed else judge.list())
        names = [row.decode().split(f' "{self._separator}" ', 1)[1] for row in rows if row]
        return {name[1:-1].replace('\\"', '"') if name.startswith('"') else name for name in names}

    def flag(self, user: str, uid: int, *flags: str, folder: str = "INBOX") -> None:
        """Add flags to a mail."""
        with self._looking(user, folder, write=True) as judge:
            _done(judge.uid("STORE", str(uid), "+FLAGS", f"({' '.join(flags)})"))

    def expunge(self, user: str, *uids: int, folder: str = "INBOX") -> None:
        """Remove mails, as a person would behind our back."""
        with self._looking(user, folder, write=True) as judge:
            for uid in uids:
                _done(judge.uid("STORE", str(uid), "+FLAGS", "(\\Deleted)"))
            _done(judge.uid("EXPUNGE", ",".join(map(str, uids))))

    def make_folder(self, user: str, folder: str) -> None:
        """Create a folder."""
        _done(self._judge(user).create(_quote(folder)))

    def remove_folder(self, user: str, folder: str) -> None:
        """Delete a folder and its mail; made again it has a new UIDVALIDITY."""
        _done(self._judge(user).delete(_quote(folder)))

    # Inside

    def _prepare(self) -> None:
        self.root.chmod(0o755)  # the mail process is another user when we are root
        if os.geteuid() == 0:  # Dovecot refuses to read mail as root
            owner = pwd.getpwnam("nobody")
            uid, gid, users = owner.pw_uid, owner.pw_gid, ""
        else:
            uid, gid = os.geteuid(), os.getegid()
            name, group = pwd.getpwuid(uid).pw_name, grp.getgrgid(gid).gr_name
            users = f"default_internal_user = {name}\ndefault_login_user = {name}\ndefault_internal_group = {group}"
        mail = self.root / "mail"
        mail.mkdir()
        os.chown(mail, uid, gid)
        hidden = {user: base64.b64encode(word.encode()).decode() for user, word in self.passwords.items()}
        (self.root / "users").write_text("".join(f"{user}:{{PLAIN.b64}}{word}\n" for user, word in hidden.items()))
        (self.root / "dovecot.conf").write_text(
            CONFIG.format(
                root=self.root,
                port=self.port,
                tls_port=self.tls_port,
                uid=uid,
                gid=gid,
                users=users,
                separator=self._separator,
                secure_only="yes" if self._secure_only else "no",
                extra=self._extra,
            )
        )
        make_certificate(self.root / "cert.pem", self.root / "key.pem")

    def _answers(self) -> bool:
        try:
            with socket.create_connection((self.host, self.port), timeout=5) as probe:
                return probe.recv(4) == b"* OK"
        except OSError:
            return False

    def _judge(self, user: str) -> imaplib.IMAP4:
        if user not in self._judges:
            judge = imaplib.IMAP4(self.host, self.port, timeout=10)
            self._judges[user] = judge
            if self._secure_only:
                import ssl

                judge.starttls(ssl.create_default_context(cafile=self.ca_file))
            judge._encoding = "utf-8"
            _done(judge.authenticate("PLAIN", lambda _: f"\0{user}\0{self.passwords[user]}".encode()))
        return self._judges[user]

    @contextlib.contextmanager
    def _looking(self, user: str, folder: str, *, write: bool = False) -> Iterator[imaplib.IMAP4]:
        judge = self._judge(user)
        _done(judge.select(_quote(folder), readonly=not write))
        try:
            yield judge
        finally:
            judge.unselect()


def make_certificate(cert: Path, key: Path, *, name: str = "localhost", address: str = "127.0.0.1") -> None:
    """A self-signed certificate, its own authority."""
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", f"/CN={name}"),
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", key, "-out", cert),
            *("-addext", f"subjectAltName=DNS:{name},IP:{address}"),
        ],
        check=True,
        capture_output=True,
    )


def _append(judge: imaplib.IMAP4, folder: str, flags: str, date: str, octets: bytes) -> tuple[str, list[bytes]]:
    # Not IMAP4.append: it turns every LF into CRLF.
    judge.literal = octets
    try:
        return judge._simple_command("APPEND", folder, flags, date)
    finally:
        judge.literal = None


def _done(answer: tuple[str, list]) -> list:
    assert answer[0] == "OK", answer
    return answer[1]


def _quote(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _find(command: str) -> str:
    found = shutil.which(command, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise RuntimeError(f"{command} is not installed: apt-get install dovecot-imapd")
    return found


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
