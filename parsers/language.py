"""The language that a sender writes in, of those that an acknowledgement can be written in.

Promises: deterministic, linear, and looks at a bounded part of the text; None where the words do not tell. A word that
several languages have counts for each of them by its share. Knows nothing of acknowledgements.
"""

from __future__ import annotations

from collections import defaultdict

from parsers.words.common import COMMON

LOOKED_AT = 3_000  # characters
LONGEST_WORD = 30
STRIPPED = ".,;:!?\"()[]<>*_\u201e\u201c\u201d\u00ab\u00bb\u2026-\u2013\u2014'\u2019\u00bf\u00a1"
ENOUGH = 1.5  # points that the best language needs
CLEARLY = 1.3  # and how much better than the next it must be
HINT = 1.0  # points of a Content-Language field: programs set it, whatever is written
LETTERS = {"ß": "de", "ł": "pl", "ż": "pl", "ę": "pl", "ą": "pl", "ś": "pl", "ñ": "es", "ã": "pt", "õ": "pt",
           "ø": "da", "æ": "da", "ò": "it", "ì": "it", "œ": "fr", "ê": "fr"}  # fmt: skip
LETTER = 0.5  # points of a word with a letter that one language has; five words at the most

LANGUAGES = tuple(COMMON)
WORDS: dict[str, tuple[str, ...]] = {}
for _language, _words in COMMON.items():
    for _word in set(_words.split()):
        WORDS[_word] = (*WORDS.get(_word, ()), _language)


def language_of(text: str, subject: str = "", hint: str = "") -> str | None:
    """The language of a text, such as "de". `hint`: a Content-Language field. A short text asks the subject too."""
    points = _points(text)
    if sum(points.values()) < 2 * ENOUGH:
        for language, more in _points(subject).items():
            points[language] += more
    hinted = hint.strip().lower()[:2]
    if hinted in COMMON and points:
        points[hinted] += HINT
    ranked = sorted(points.items(), key=lambda one: -one[1])
    if not ranked or ranked[0][1] < ENOUGH:
        return None
    if len(ranked) > 1 and ranked[0][1] < CLEARLY * ranked[1][1]:
        return None
    return ranked[0][0]


def _points(text: str) -> dict[str, float]:
    points: dict[str, float] = defaultdict(float)
    letters = 0
    for raw in text[:LOOKED_AT].lower().replace("\u2019", "'").split():
        word = raw.strip(STRIPPED)
        if not word or len(word) > LONGEST_WORD:
            continue
        has = WORDS.get(word, ())
        for language in has:
            points[language] += 1 / len(has)
        if not word.isascii() and letters < 5:
            for language in {LETTERS[one] for one in word if one in LETTERS}:
                points[language] += LETTER
                letters += 1
    return points
