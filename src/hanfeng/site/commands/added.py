"""What the rooms and packs add to the command."""

from __future__ import annotations

from typing import Any

import click

from .terminal import _, progress


def command(name: str) -> click.Command | None:
    """The command of this name that an installed pack declares in `commands`, or None."""
    from hanfeng.kernel.pack import catalogue

    found = (added for pack in catalogue() for added in pack.commands)
    return next((added for added in found if added.name == name), None)


def seal() -> dict[str, Any]:
    """Seal the history now: how many events, and the root over them (None when there was nothing to seal)."""
    from hanfeng.kernel.record import seals

    made = seals.seal()
    return {"sealed": made.count if made else 0, "root": made.root if made else None}


def reindex() -> int:
    """Make the search index anew, with a bar; how many records and paragraphs it holds."""
    from hanfeng.kernel.search.rebuild import rebuild

    with progress() as bar:
        task = bar.add_task(_("Search index"), total=None)
        return rebuild(lambda done: bar.update(task, completed=done))
