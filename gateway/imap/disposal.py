"""What `when_done` says, done to settled mails: marked as seen, deleted or moved, and nothing else in any folder.

Promises: only the UIDs given are touched; a plain EXPUNGE, which would also remove what people have flagged, is never
sent; repeating after a crash is harmless, and a UID that has vanished is no error. Fails: like `session`; Misconfigured
if the target folder cannot be made. Knows nothing of why a mail is settled.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from gateway.errors import Misconfigured
from gateway.imap.errors import clean, says_later
from gateway.imap.names import uid_set
from gateway.imap.session import Answer, Session

GROUP = 100  # UIDs of one command

SEEN = r"\Seen"
DELETED = r"\Deleted"


def move_target(how: str) -> str | None:
    """The folder of "move:FOLDER", or None for another way."""
    return how.removeprefix("move:") if how.startswith("move:") else None


async def dispose(session: Session, uids: Sequence[int], how: str, *, keyword: str | None = None) -> None:
    """As `MailSource.dispose` promises, in the folder that is selected. ValueError: `how` is no way to dispose.

    `keyword` is set first, on mails that stay in some folder.
    """
    target = move_target(how)
    if target is None and how not in {"nothing", "seen", "delete"}:
        raise ValueError("no such way to dispose of mail")
    for start in range(0, len(uids), GROUP):
        group = uids[start : start + GROUP]
        if keyword and how != "delete":
            await _flag(session, group, keyword)
        if target is not None:
            await _move(session, group, target)
        elif how == "seen":
            await _flag(session, group, SEEN)
        elif how == "delete":
            await _flag(session, group, DELETED)
            await _expunge(session, group)


async def _flag(session: Session, uids: Sequence[int], flag: str) -> None:
    await _surviving(session, uids, lambda left: session.uid_store(left, flag))


async def _expunge(session: Session, uids: Sequence[int]) -> None:
    """Without UIDPLUS the flag is all: the folder's owner removes what is flagged."""
    if "UIDPLUS" in session.capabilities:
        await _surviving(session, uids, session.uid_expunge)


async def _move(session: Session, uids: Sequence[int], target: str) -> None:
    if "MOVE" in session.capabilities:
        await _surviving(session, uids, lambda left: _transfer(session, "MOVE", left, target))
        return
    # What is flagged already was copied before a crash: one copy is enough.
    todo = await session.uid_search("UID", uid_set(uids), "UNDELETED")
    if todo:
        await _surviving(session, todo, lambda left: _transfer(session, "COPY", left, target))
        await _flag(session, todo, DELETED)
    await _expunge(session, uids)


async def _transfer(session: Session, verb: Literal["MOVE", "COPY"], uids: Sequence[int], target: str) -> Answer:
    """Move or copy; a folder that is missing is made first."""
    answer = await session.uid_transfer(verb, uids, target)
    if answer.ok or answer.code not in {"TRYCREATE", "NONEXISTENT", ""} or await session.exists(target):
        return answer
    made = await session.create(target)
    if not made.ok and made.code != "ALREADYEXISTS":
        session.abort()
        if says_later(made.text):
            raise made.trouble()
        raise Misconfigured(
            "folder_not_made", f'folder "{target}" cannot be made ({clean(made.text)}): correct when_done'
        )
    return await session.uid_transfer(verb, uids, target)


async def _surviving(session: Session, uids: Sequence[int], do: Callable[[Sequence[int]], Awaitable[Answer]]) -> None:
    """Do it to `uids`; if that is refused because some have vanished, to those that are left (RFC 2180 §4)."""
    answer = await do(uids)
    if answer.ok:
        return
    await session.noop()
    left = await session.uid_search("UID", uid_set(uids))
    if left and len(left) < len(set(uids)):
        answer = await do(left)
    if left:
        session.expect(answer)
