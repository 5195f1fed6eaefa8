"""Door 2: every name a pack may use beside `kernel.pure`. What is not here, a pack does not import."""

from .alert.declare import Act, Alarm, EventKind
from .alert.declare import load as load_alarms
from .alert.engine import Kind as AlarmKind
from .alert.models import Alert, AlertRule, Incident, WarningMessage
from .desk.desk import Column, Desk, text_of
from .desk.figures import figure_card
from .disclosure.breakdown import Breakdown, breakdowns, edition_of, editions_of
from .disclosure.editions import CannotBeProtected
from .disclosure.editions import draft as draft_edition
from .disclosure.editions import release as release_edition
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
from .public import Public
from .record.files import attach
from .record.local import in_both, local
from .record.models import Batch, Event, Reader, Record, kind_of
from .record.outbox import Link
from .record.write import Outcome, Stale, erase, save, save_many, undo
from .roles import EVERYBODY, NOBODY, Role, holds, roles_of, sees, signed_in, visible
from .rule.calendar import calendar
from .rule.parameters import parameter, values_on
from .search.declare import Searched
from .sense.aggregates import Bucket, buckets
from .sense.client import Busy, Frame, Ingested, NotKept, NoWriter, Value, here, ingest
from .sense.declare import Property, Series, Station, Unit, declare, place
from .sense.live import Broken, Cut, Live, Scene, Usual, Voice, When, history, voices
from .sense.models import Datastream, FeatureOfInterest, Location, ObservedProperty, RawFrame, Sensor, Thing
from .sense.quality import Checks, Quality
from .sense.reads import Arrays, Gap, Latest, Observed, arrays, gaps, latest, series
from .sense.scope import KEEPER as DEVICE_KEEPER
from .sense.watch import Kept, Watch

__all__ = (
    "DEVICE_KEEPER",
    "EVERYBODY",
    "NOBODY",
    "Act",
    "Alarm",
    "AlarmKind",
    "Alert",
    "AlertRule",
    "Arrays",
    "Band",
    "Batch",
    "Breakdown",
    "Broken",
    "Bucket",
    "Busy",
    "CannotBeProtected",
    "Case",
    "Checks",
    "Choice",
    "Column",
    "Count",
    "Counted",
    "Cut",
    "Datastream",
    "Desk",
    "Dimension",
    "Event",
    "EventKind",
    "Fact",
    "FactKind",
    "FeatureOfInterest",
    "Flow",
    "Frame",
    "Gap",
    "Incident",
    "Indicator",
    "Ingested",
    "Kept",
    "Latest",
    "Layer",
    "Link",
    "Live",
    "Location",
    "Move",
    "NoWriter",
    "NotKept",
    "Notice",
    "Observed",
    "ObservedProperty",
    "Opened",
    "Outcome",
    "Pack",
    "Panel",
    "Part",
    "PersonalInNotice",
    "Property",
    "Public",
    "Quality",
    "Ratio",
    "RawFrame",
    "Reader",
    "Reading",
    "Record",
    "Role",
    "Scene",
    "Searched",
    "Sensor",
    "Series",
    "Sheet",
    "Stale",
    "Station",
    "Sum",
    "Thing",
    "Timer",
    "Told",
    "Unit",
    "Usual",
    "Value",
    "Voice",
    "WarningMessage",
    "Watch",
    "When",
    "arrays",
    "ask",
    "ask_all",
    "attach",
    "begin",
    "breakdowns",
    "buckets",
    "calendar",
    "catalogue",
    "choices",
    "count",
    "declare",
    "draft_edition",
    "edition_of",
    "editions_of",
    "erase",
    "figure_card",
    "find",
    "gaps",
    "go",
    "here",
    "history",
    "holds",
    "in_both",
    "indicator",
    "ingest",
    "kind_of",
    "latest",
    "load_alarms",
    "local",
    "open_rows",
    "parameter",
    "place",
    "release_edition",
    "roles_of",
    "save",
    "save_many",
    "sees",
    "series",
    "signed_in",
    "tell",
    "text_of",
    "undo",
    "values_on",
    "visible",
    "voices",
)
