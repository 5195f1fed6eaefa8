"""Every flow as BPMN 2.0, one file each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def write(folder: Path) -> Iterator[Path]:
    """Write each flow of this site into a folder, in the terminal's language; gives the files."""
    from hanfeng.kernel.flow.bpmn import bpmn
    from hanfeng.kernel.pack import catalogue

    folder.mkdir(parents=True, exist_ok=True)
    for pack in catalogue():
        for desk in pack.desks:
            if desk.flow:
                path = folder / f"{pack.name}-{desk.slug}.bpmn"
                path.write_bytes(bpmn(desk.flow, f"{pack.name}_{desk.slug}", desk.title))
                yield path
