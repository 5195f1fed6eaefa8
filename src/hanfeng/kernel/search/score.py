"""How well a passage answers: BM25 without the part that weighs rare words, for all words are in every passage ranked.

The same arithmetic over the same plain forms ranks on every database.
"""

from __future__ import annotations

from collections.abc import Callable

from .words import Word

SATURATION = 1.2
LENGTH = 0.75
USUAL = 160.0  # characters of a usual passage
IN_TITLE = 4.0
WHOLE_TITLE, BEGINS_TITLE = 4.0, 1.5


def scorer(words: tuple[Word, ...]) -> Callable[[str, str], float]:
    """What tells the worth of a passage from its title and body.

    A word in the title counts four times, a title that is or begins with the word more.
    """
    asked = [(w.needle, w.bare) for w in words]
    bare = all(needle == word for needle, word in asked)  # else a word ends at a blank, also at either end of the text
    least, each, most = SATURATION * (1 - LENGTH), SATURATION * LENGTH / USUAL, SATURATION + 1

    def score(title: str, body: str) -> float:
        held = least + each * (len(title) + len(body))
        head, text = (title, body) if bare else (f" {title} ", f" {body} ")
        total = 0.0
        for needle, word in asked:
            often: float = text.count(needle)
            if word in title:
                often += IN_TITLE * min(head.count(needle), 2)
                if title == word:
                    total += WHOLE_TITLE
                elif title.startswith(word):
                    total += BEGINS_TITLE
            total += often * most / (often + held)
        return total

    return score
