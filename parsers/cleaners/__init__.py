"""What is new in a reply: cleaners, each `Body -> Body`, in order, until none finds anything more.

Promises: linear, idempotent; a body with text never becomes empty, a forward is never trimmed, and what is cut stays in
`quoted_text` and `signature` beside what remains. A cleaner is one file and one line here. Fails: never.
Knows nothing of HTML: `html_quotes.py` is asked for that by whoever has the markup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from parsers.cleaners.banners import cut_banner
from parsers.cleaners.marker import REPLY_MARKER, cut_at_marker
from parsers.cleaners.notices import cut_notices
from parsers.cleaners.quotes import cut_quotes
from parsers.cleaners.signatures import cut_signature
from parsers.limits import DEFAULT, Limits
from parsers.model import Body

__all__ = ["CLEANERS", "REPLY_MARKER", "SIGN_OFFS", "clean"]

LINE = 50  # characters whose reading costs as much as beginning a line
Cleaner = Callable[[Body, Limits], Body]
CLEANERS: tuple[Cleaner, ...] = (cut_banner, cut_quotes, cut_at_marker, cut_notices, cut_signature)
SIGN_OFFS: tuple[Cleaner, ...] = (cut_banner, cut_notices, cut_signature)  # of a text that is read whole


def clean(body: Body, limits: Limits = DEFAULT, cleaners: Sequence[Cleaner] = CLEANERS) -> Body:
    """The body with `reply_text`, `signature` and `quoted_text` told apart. `reply_text` is the text to begin with.

    One cut lays the next one bare (a signature below a quotation), so the cleaners begin again while they find
    something, as long as `limits.cleaned` lasts.
    """
    work = limits.cleaned
    while True:
        before, work = body, work - len(body.reply_text) - LINE * body.reply_text.count("\n")
        for cleaner in cleaners:
            body = cleaner(body, limits)
        if body.reply_text == before.reply_text or work <= 0:
            return body
