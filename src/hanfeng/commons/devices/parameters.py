"""The bounds of a gateway, declared in `parameters.toml`."""

from __future__ import annotations

from dataclasses import dataclass, fields

from hanfeng.kernel.api import values_on
from hanfeng.kernel.pure import declared_parameters

PARAMETERS = declared_parameters(__package__ or "")
"""What the room declares: (parameter, Chinese title, English title)."""


@dataclass(frozen=True)
class Bounds:
    """What one gateway bears. Times are seconds; `waiting` is how many frames may wait for the writer.

    `overtime` and `again` are OverTime and ReCount of the standard; `result` is for how long a device may be busy with a command.
    """

    connections: int = 2000
    connections_each: int = 200
    idle_seconds: float = 900
    frame_seconds: float = 30
    introduce_seconds: float = 60
    bad_frames: int = 100
    order_hours: float = 24
    waiting: int = 5000
    overtime: float = 10
    again: int = 3
    result: float = 300
    parts_seconds: float = 300


def bounds() -> Bounds:
    """The bounds as the parameters hold today; those that are no numbers above zero are left as declared."""
    held = values_on(PARAMETERS)
    told = {field.name: held.get(f"devices.{field.name.replace('_', '-')}") for field in fields(Bounds)}
    usable = {
        name: value
        for name, value in told.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    }
    return Bounds(**usable)  # type: ignore[arg-type]
