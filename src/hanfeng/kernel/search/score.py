"""How well a passage answers: BM25 without the part that weighs rare words, for all words are in every passage ranked.

The same arithmetic over the same plain forms ranks on every database.
"""

from __future__ import annotations

from .words import Word

SATURATION = 1.2
LENGTH = 0.75
USUAL = 160.0  # characters of a usual passage
IN_TITLE = 4.0
WHOLE_TITLE, BEGINS_TITLE = 4.0, 1.5


def score(title: str, body: str, words: tuple[Word, ...]) -> float:
    """The worth of a passage. A word in the title counts four times, a title that is or begins with the word more."""
    head, text = f" {title} ", f" {body} "
    held = SATURATION * (1 - LENGTH + LENGTH * (len(title) + len(body)) / USUAL)
    total = 0.0
    for word in words:
        often = IN_TITLE * min(head.count(word.needle), 2) + text.count(word.needle)
        total += often * (SATURATION + 1) / (often + held)
        if title == word.bare:
            total += WHOLE_TITLE
        elif title.startswith(word.bare):
            total += BEGINS_TITLE
    return total
