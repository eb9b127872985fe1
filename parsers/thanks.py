"""Whether somebody only says thanks: no news, nothing to do.

Promises: linear, pure; unknown words make it a message of its own, so that a doubt is never taken for thanks. Fails:
never. Knows nothing of tickets.
"""

from __future__ import annotations

import re

from parsers.model import ParsedEmail
from parsers.words.thanks import BESIDE, THANKS

MOST_WORDS = 25
LONGEST = 400  # characters
SMILES = re.compile(r"(?<!\S)[:;]-?[)D](?!\S)|[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f\u200d\u2764]")
MARKS = str.maketrans(dict.fromkeys('.,;:!-\u2013\u2014()*\u3002\u3001\uff01"\u2026/&<>', " "))


def only_thanks(mail: ParsedEmail) -> bool:
    """Whether the new text is a few words of thanks, perhaps with a greeting and the sender's name, and no file."""
    said = mail.body.reply_text.strip()
    if not said or len(said) > LONGEST or any(not one.inline for one in mail.attachments):
        return False
    names = frozenset((mail.from_.name if mail.from_ else "").lower().translate(MARKS).split())
    spoken = SMILES.sub(" ", said.lower().replace("\u2019", "'")).translate(MARKS).split()
    if not 1 <= len(spoken) <= MOST_WORDS:
        return False
    return not THANKS.isdisjoint(spoken) and all(one in THANKS or one in BESIDE or one in names for one in spoken)
