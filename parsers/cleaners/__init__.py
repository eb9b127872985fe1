"""What is new in a reply: cleaners, each `Body -> Body`, in order.

Promises: linear, idempotent; a body with text never becomes empty, a forward is never trimmed, and what is cut stays in
`quoted_text` and `signature` beside what remains. A cleaner is one file and one line here. Fails: never.
Knows nothing of HTML: `html_quotes.py` is asked for that by whoever has the markup.
"""

from __future__ import annotations

from parsers.cleaners.quotes import cut_quotes
from parsers.cleaners.signatures import cut_signature
from parsers.limits import DEFAULT, Limits
from parsers.model import Body

CLEANERS = (cut_quotes, cut_signature)


def clean(body: Body, limits: Limits = DEFAULT) -> Body:
    """The body with `reply_text`, `signature` and `quoted_text` told apart. `reply_text` is the text to begin with."""
    for cleaner in CLEANERS:
        body = cleaner(body, limits)
    return body
