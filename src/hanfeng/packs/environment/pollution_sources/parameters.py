"""The parameters of the pack, declared in `parameters.toml`."""

from __future__ import annotations

from hanfeng.kernel.api import values_on
from hanfeng.kernel.pure import declared_parameters

PARAMETERS = declared_parameters(__package__ or "")


def rules() -> dict[str, float]:
    """The parameters that hold today by their short names; as declared where nobody entered a usable number."""
    held, told = values_on(PARAMETERS), {}
    for declared, _zh, _en in PARAMETERS:
        kept = held[declared.name]
        usable = isinstance(kept, int | float) and not isinstance(kept, bool) and kept > 0
        told[declared.name.partition(".")[2]] = float(kept if usable else declared.value)
    return told
