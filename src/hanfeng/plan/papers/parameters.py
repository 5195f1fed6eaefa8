"""The time limits of a paper as dated parameters, declared in `parameters.toml`; the ways of the papers read them by name."""

from __future__ import annotations

from hanfeng.kernel.flow.flow import dated_limits
from hanfeng.kernel.pure import declared_parameters

PARAMETERS = declared_parameters(__package__ or "")
"""What the papers declare: (parameter, Chinese title, English title)."""

LIMITS = dated_limits(PARAMETERS)
"""The limit that each of them sets, by its name."""
