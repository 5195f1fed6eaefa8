"""How a verdict, a light or a deadline is shown: a tone, an icon and words together, so that colour never speaks alone."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Shown:
    """`tone` is one of ok, done, even, watch, late, info (a colour pair of the style sheet); `icon` a name of the sprite."""

    tone: str
    icon: str
    title: Any


TONES = frozenset({"ok", "done", "even", "watch", "late", "info"})

SHOWN: dict[str, Shown] = {
    # where an indicator stands while its plan runs
    "early": Shown("done", "check", _("Reached early")),
    "ahead": Shown("ok", "up", _("Ahead of plan")),
    "on": Shown("even", "flag", _("On plan")),
    "behind": Shown("late", "alert", _("Behind plan")),
    "unjudged": Shown("info", "scale", _("Cannot be judged yet")),
    # how a target ended
    "exceeded": Shown("done", "star", _("Exceeded")),
    "met": Shown("ok", "check", _("Reached")),
    "nearly": Shown("watch", "half", _("Nearly reached")),
    "missed": Shown("late", "cross", _("Not reached")),
    "not_out": Shown("info", "clock", _("Not published yet")),
    "unknown": Shown("info", "question", _("Cannot be judged")),
    # the lights of a task
    "green": Shown("ok", "flag", _("On schedule")),
    "yellow": Shown("watch", "clock", _("At risk")),
    "red": Shown("late", "alert", _("Late")),
    "blue": Shown("done", "check", _("Completed")),
    "grey": Shown("info", "clock", _("Not started")),
    # how a limit stands
    "pending": Shown("info", "clock", pgettext_lazy("limit", "Within the limit")),
    "near": Shown("watch", "clock", pgettext_lazy("limit", "Due soon")),
    "over": Shown("late", "alert", pgettext_lazy("limit", "Overdue")),
    "done-late": Shown("watch", "check", pgettext_lazy("limit", "Finished late")),
    # anything else; these usually bring their own words
    "ok": Shown("ok", "check", _("In order")),
    "done": Shown("done", "check", _("Done")),
    "even": Shown("even", "flag", _("As planned")),
    "watch": Shown("watch", "clock", _("Needs attention")),
    "late": Shown("late", "alert", _("Late")),
    "info": Shown("info", "dot", _("For information")),
}


def shown(kind: object) -> Shown:
    """How a value is shown, if it does not say so itself; one that is not in the table is told as not known, never left out."""
    if isinstance(kind, Shown):
        return kind
    return SHOWN.get(str(kind or ""), SHOWN["unknown"])
