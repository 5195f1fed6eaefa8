"""Browser files that come inside Python packages, written where `collectstatic` finds them. Needs no Django."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path

NAMES = "window.vegaEmbed = vegaEmbed; window.vega = vega; window.vegaLite = vegaLite;"


def folder(home: Path) -> Path:
    """Where the made files lie: `HOME/assets`, one of STATICFILES_DIRS."""
    return home / "assets"


def build(home: Path) -> bool:
    """Write `vendor/vega.js` (Vega, Vega-Lite, Vega-Embed) unless this vl-convert did so already; True when written.

    The function around it keeps the one-letter names at the top of the bundle out of the page's global scope.
    """
    target = folder(home) / "vendor" / "vega.js"
    stamp = folder(home) / ".vega-version"
    made_by = version("vl-convert-python")
    if target.exists() and stamp.exists() and stamp.read_text() == made_by:
        return False
    import vl_convert

    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{os.getpid()}")
    draft.write_text(f"(()=>{{{vl_convert.javascript_bundle(NAMES)}}})();\n", encoding="utf-8")
    draft.replace(target)
    stamp.write_text(made_by)
    return True
