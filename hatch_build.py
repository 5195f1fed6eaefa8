"""Build hook: compiles the catalogues of translations into the wheel, with Babel, so that no GNU tool is needed."""

import os
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Hook(BuildHookInterface):
    """Writes `django.mo` beside each `django.po` before the files are collected."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile every catalogue under src; a broken one ends the build with its name."""
        for source in sorted(Path(self.root, "src").rglob("django.po")):
            with source.open("rb") as file:
                catalog = read_po(file, locale=source.parts[-3], abort_invalid=True)
            made, target = BytesIO(), source.with_suffix(".mo")
            write_mo(made, catalog)
            if not target.exists() or target.read_bytes() != made.getvalue():
                draft = target.with_suffix(f".{os.getpid()}")
                draft.write_bytes(made.getvalue())
                draft.replace(target)  # whoever reads it at this moment reads a whole one
