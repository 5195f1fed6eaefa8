"""Relations and sizes of shapes, by GEOS. A site without the shapely package answers that it cannot."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from hanfeng.kernel.sense.archive import Lacking

from .grammar import Wrong

MOST = 100_000


def _shapely() -> Any:
    try:
        return import_module("shapely")
    except ImportError as absent:
        raise Lacking("This site answers no questions about shapes: the package shapely is not installed.") from absent


def _written(wkt: str) -> Any:
    shapely = _shapely()
    text = wkt.split(";", 1)[1] if wkt.upper().startswith("SRID=") else wkt
    try:
        return shapely.from_wkt(text)
    except (shapely.GEOSException, TypeError, ValueError) as bad:
        raise Wrong(f"{wkt[:60]!r} is not a shape; write it as POINT(108.4 31.2).") from bad


def _kept(value: Any) -> Any:
    """GeoJSON as a shape; None for what is none."""
    shapely = _shapely()
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = value.get("geometry")
    try:
        return shapely.from_geojson(json.dumps(value))
    except (shapely.GEOSException, TypeError, ValueError):
        return None


def relate(rows: Iterable[tuple[Any, Any]], name: str, wkt: str, turned: bool, pattern: str = "") -> list[Any]:
    """The keys of the shapes for which the relation holds; `turned`: the written shape stands first."""
    shapely = _shapely()
    shape = _written(wkt)
    work = {"geo.intersects": "intersects", "st_relate": "relate_pattern"}.get(name, name.removeprefix("st_"))
    found = []
    for key, value in rows:
        kept = _kept(value)
        if kept is None:
            continue
        pair = (shape, kept) if turned else (kept, shape)
        try:
            holds = getattr(shapely, work)(*pair, *((pattern,) if pattern else ()))
        except (shapely.GEOSException, ValueError) as bad:
            raise Wrong(f"{name} cannot be answered: {bad}") from bad
        if holds:
            found.append(key)
    return found


def measure(rows: Iterable[tuple[Any, Any]], name: str, wkt: str | None) -> dict[Any, float]:
    """Distances to the written shape, or lengths, in degrees, by key."""
    shapely = _shapely()
    shape = _written(wkt) if wkt is not None else None
    shapes = {key: kept for key, value in rows if (kept := _kept(value)) is not None}
    if name == "geo.length":
        return {key: float(shapely.length(kept)) for key, kept in shapes.items()}
    return {key: float(shapely.distance(kept, shape)) for key, kept in shapes.items()}
