"""The room of notices: its pages are everybody's own; the quiet hours are a parameter."""

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.base.parameter import Confidence, Parameter
from hanfeng.kernel.pack import Pack

from .telling import QUIET

pack = Pack(
    name="notify",
    title=_("Notices"),
    owner=_("plan office"),
    serves=(),
    face=None,
    icon="bell",
    parameters=(
        (
            Parameter(
                QUIET,
                ["21:00", "07:30"],
                "local time",
                "",
                confidence=Confidence.OURS,
                note="What is not urgent leaves the house after these hours. Each district sets its own.",
            ),
            "静默时段",
            "Quiet hours",
        ),
    ),
)
