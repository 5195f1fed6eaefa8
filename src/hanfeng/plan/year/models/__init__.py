"""The nouns of the year: ledger, rounds, coordination, adjustment."""

from .adjusting import Adjustment
from .ledger import LedgerTask, Milestone, Partner
from .meetings import Decision, Meeting, Supervision, Topic
from .rounds import Entry, Evidence, Round

__all__ = (
    "Adjustment",
    "Decision",
    "Entry",
    "Evidence",
    "LedgerTask",
    "Meeting",
    "Milestone",
    "Partner",
    "Round",
    "Supervision",
    "Topic",
)
