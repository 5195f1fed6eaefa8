"""Door 2: every name a pack may use beside `kernel.pure`. What is not here, a pack does not import."""

from .desk.desk import Column, Desk, text_of
from .disclosure.breakdown import Breakdown, breakdowns, edition_of, editions_of
from .disclosure.editions import CannotBeProtected
from .disclosure.editions import draft as draft_edition
from .exchange.declare import Part, Sheet
from .facts import Fact, FactKind, Told, ask, ask_all
from .flow.flow import Choice, Flow, Move, begin, choices, go
from .flow.models import Case
from .indicator.indicator import (
    Band,
    Count,
    Counted,
    Dimension,
    Indicator,
    Opened,
    Ratio,
    Sum,
    count,
    indicator,
    open_rows,
)
from .indicator.models import Layer, Reading
from .job.timers import Timer
from .notify.notice import Notice
from .notify.telling import PersonalInNotice, tell
from .pack import Pack, catalogue, find
from .panels import Panel
from .record.files import attach
from .record.local import local
from .record.models import Batch, Event, Reader, Record, kind_of
from .record.outbox import Link
from .record.write import Outcome, Stale, erase, save, save_many, undo
from .roles import EVERYBODY, NOBODY, Role, holds, roles_of, sees, signed_in, visible
from .rule.calendar import calendar
from .rule.parameters import parameter

__all__ = (
    "EVERYBODY",
    "NOBODY",
    "Band",
    "Batch",
    "Breakdown",
    "CannotBeProtected",
    "Case",
    "Choice",
    "Column",
    "Count",
    "Counted",
    "Desk",
    "Dimension",
    "Event",
    "Fact",
    "FactKind",
    "Flow",
    "Indicator",
    "Layer",
    "Link",
    "Move",
    "Notice",
    "Opened",
    "Outcome",
    "Pack",
    "Panel",
    "Part",
    "PersonalInNotice",
    "Ratio",
    "Reader",
    "Reading",
    "Record",
    "Role",
    "Sheet",
    "Stale",
    "Sum",
    "Timer",
    "Told",
    "ask",
    "ask_all",
    "attach",
    "begin",
    "breakdowns",
    "calendar",
    "catalogue",
    "choices",
    "count",
    "draft_edition",
    "edition_of",
    "editions_of",
    "erase",
    "find",
    "go",
    "holds",
    "indicator",
    "kind_of",
    "local",
    "open_rows",
    "parameter",
    "roles_of",
    "save",
    "save_many",
    "sees",
    "signed_in",
    "tell",
    "text_of",
    "undo",
    "visible",
)
