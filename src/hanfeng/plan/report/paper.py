"""The report as a tagged PDF, set by Typst from our own template and the report's blocks as data."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hanfeng.kernel.pure import is_chinese
from hanfeng.plan.charts import draw
from hanfeng.plan.fonts import Fonts, fonts

from .blocks import Block, Grid, Heading, Items, Picture, Report, Text

STANDARD = "ua-1"
"""PDF/UA-1 (ISO 14289-1): readable with assistive technology; the compiler refuses a document that is not."""


def pdf_bytes(report: Report, as_of: date) -> bytes:
    """The document; the same report and fonts give the same bytes. Raises NoFont."""
    return bytes(_compile(report, as_of, "pdf", pdf_standards=[STANDARD]))


def page_images(report: Report, as_of: date) -> list[bytes]:
    """Each page as a PNG picture, to look at."""
    found = _compile(report, as_of, "png", ppi=90)
    return list(found) if isinstance(found, list) else [found]


def _compile(report: Report, as_of: date, form: str, **more: Any) -> Any:
    # imported when used: the library carries a whole typesetter
    import typst

    chosen = fonts()
    with TemporaryDirectory(prefix="hanfeng-report-") as folder:
        room = Path(folder)
        (room / "data.json").write_text(json.dumps(_data(report, chosen, room), ensure_ascii=False), "utf-8")
        (room / "report.typ").write_text((files(__package__) / "report.typ").read_text("utf-8"), "utf-8")
        compiler: Any = typst.Compiler(str(room / "report.typ"), root=str(room), font_paths=list(chosen.folders))
        moment = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
        return compiler.compile(format=form, timestamp=moment, **more)


def _data(report: Report, chosen: Fonts, room: Path) -> dict[str, Any]:
    return {
        "title": report.title,
        "lines": report.lines,
        "subtitle": report.subtitle,
        "mark": report.mark,
        "lang": "zh" if is_chinese(report.language) else "en",
        "serif": chosen.serif,
        "sans": chosen.sans,
        "latin": chosen.latin,
        "blocks": [_block(block, number, room) for number, block in enumerate(report.blocks)],
    }


def _block(block: Block, number: int, room: Path) -> dict[str, Any]:
    match block:
        case Heading():
            return {"kind": "heading", "level": block.level, "text": block.text}
        case Text():
            return {"kind": "text", "style": block.style, "lead": block.lead, "text": block.text}
        case Items():
            return {"kind": "items", "items": block.items}
        case Grid():
            return {
                "kind": "grid", "caption": block.caption, "head": block.head, "rows": block.rows, "wide": block.wide,
                "widths": block.widths, "align": [{"l": "left", "c": "center", "r": "right"}[each] for each in block.align],
            }  # fmt: skip
        case Picture():
            (room / f"{number}.svg").write_bytes(draw(block.chart))
            return {"kind": "picture", "file": f"{number}.svg", "words": block.words, "caption": block.caption}
