"""What a wrong pack meets: the kernel at import, the checks of every pack, and the linter of imports."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.test.utils import isolate_apps
from standing import foreign_keys_out, readme_lacks, size, templates_out, writes_past_the_kernel

HERE = Path(__file__).parent
BROKEN = HERE / "broken"


@pytest.mark.parametrize(
    ("name", "fault", "words"),
    [
        ("misspelt_column", FieldDoesNotExist, "cdoe"),
        ("misspelt_filter", FieldDoesNotExist, "knid"),
        ("lost_state", ValueError, "unreachable"),
        ("stuck_state", ValueError, "without a way out"),
    ],
)
def test_it_is_refused_when_it_is_imported(name: str, fault: type[Exception], words: str) -> None:
    with pytest.raises(fault, match=words):
        importlib.import_module(f"broken.{name}")


@isolate_apps("broken")
def test_a_string_key_to_another_pack_is_seen() -> None:
    from broken import string_key

    assert foreign_keys_out(string_key.make(), "broken") == ["broken.Tied.firm -> enterprises"]


def test_a_template_of_another_pack_is_seen() -> None:
    (told,) = templates_out(BROKEN, "broken", ["enterprises", "cultivation"])
    assert "enterprises/" in told
    assert templates_out(BROKEN, "enterprises", ["cultivation"]) == []


def test_writing_past_the_kernel_is_seen() -> None:
    seen = writes_past_the_kernel(BROKEN / "writer")
    assert sorted(seen) == ["pages.py:10 .update()", "pages.py:8 .state =", "pages.py:9 .save()"]


def test_a_pack_without_readme_lacks_all_of_it_and_counts_its_lines() -> None:
    assert len(readme_lacks(BROKEN / "writer")) == 4
    assert size(BROKEN / "writer") == 7


FORBIDDEN = {
    "packs/innovation/cultivation/planted.py": "from hanfeng.packs.innovation.enterprises.models import Honour",
    "packs/innovation/enterprises/planted.py": "from hanfeng.kernel.record.write import save",
    "commons/bodies/planted.py": "import hanfeng.packs.innovation.enterprises.models",
    "kernel/base/planted.py": "from django.utils import timezone",
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source and the contracts, copied: what is planted here stays here."""
    from django.conf import settings

    root = tmp_path_factory.mktemp("tree")
    skip = shutil.ignore_patterns("__pycache__", "static", "templates", "locale", "migrations")
    shutil.copytree(settings.SOURCE, root / "src" / "hanfeng", ignore=skip)
    shutil.copy(settings.SOURCE.parents[1] / "pyproject.toml", root)
    return root


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    """import-linter over the copied tree, in a process of its own that sees no other hanfeng."""
    run = "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports_command as c; c(['--no-cache'])"
    return subprocess.run(
        [sys.executable, "-c", run], cwd=tree, capture_output=True, text=True, check=False, timeout=300
    )


def test_the_house_as_it_stands_keeps_its_contracts(tree: Path) -> None:
    done = lint(tree)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("place", FORBIDDEN)
def test_a_planted_import_is_caught(tree: Path, place: str) -> None:
    """Two packs of one domain, the inside of the kernel, a lower layer, Django behind door 1."""
    planted = tree / "src" / "hanfeng" / place
    planted.write_text(f'"""Planted."""\n\n{FORBIDDEN[place]}\n')
    try:
        done = lint(tree)
    finally:
        planted.unlink()
    assert done.returncode == 1, done.stdout + done.stderr
    assert "planted" in done.stdout
