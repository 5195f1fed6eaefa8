"""Published values for the tests of a plan."""

from __future__ import annotations

from hanfeng.kernel.indicator.models import Layer, Reading, Source
from hanfeng.kernel.record.write import save_many


def publish(measure, value, day, *, place="kaizhou", trust="official", kind="level", demo=False, **more):
    """A published value of the district, with a source of its own."""
    slug = f"{measure}-{day.isoformat()}-{place}-{trust}-{kind}"
    source = Source(slug=slug, title="Bulletin", publisher="Bureau", published=day.isoformat(), trust=trust)
    assert not save_many([source], None, title="source").errors
    reading = Reading(
        slug=slug, measure=measure, layer=Layer.CONFIRMED, kind=kind, period=str(day.year), as_of=day, place=place,
        low=value, high=value, source=source, unit="", demo=demo, **more,
    )  # fmt: skip
    assert not save_many([reading], None, title="reading").errors
    return reading
