"""The parameters of the pack, declared in `parameters.toml`."""

from __future__ import annotations

from hanfeng.kernel.api import parameter
from hanfeng.kernel.pure import NoParameter, declared_parameters

PARAMETERS = declared_parameters(__package__ or "")
_VALUES = {declared.name: declared.value for declared, _zh, _en in PARAMETERS}


def rules() -> dict[str, float]:
    """The parameters that hold today by their short names; as declared where nobody entered a usable number."""
    told = {}
    for name, value in _VALUES.items():
        try:
            kept = parameter(name).value
        except NoParameter:
            kept = value
        usable = isinstance(kept, int | float) and not isinstance(kept, bool) and kept > 0
        told[name.partition(".")[2]] = float(kept if usable else value)
    return told
