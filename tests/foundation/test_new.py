"""`hanfeng new` in a copy of the source: the pack it writes passes the checks, the linter and its own tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import hanfeng
from hanfeng.site.commands import new
from hanfeng.site.commands.terminal import Refused

SOURCE = Path(hanfeng.__file__).parent
ROOT = SOURCE.parents[1]


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the source with the new pack in it, and how to run the command there."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(SOURCE, folder / "src/hanfeng", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "county", folder / "county")
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)

    def run(*arguments):
        env = {**os.environ, "PYTHONPATH": str(folder / "src"), "HANFENG_HOME": str(folder / "home")}
        return subprocess.run(
            [sys.executable, "-m", *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False
        )

    made = run(
        "hanfeng",
        "new",
        "market/bee-keepers",
        "--title",
        "蜂农登记",
        "--title-en",
        "Bee keepers",
        "--serves",
        "hte-pool",
    )
    assert made.returncode == 0, made.stderr
    return folder, run


def test_the_files_of_a_pack_are_there(copy):
    folder, _run = copy
    pack = folder / "src/hanfeng/packs/market/bee_keepers"
    found = {
        str(path.relative_to(pack)) for path in pack.rglob("*") if path.is_file() and path.suffix not in {".mo", ".pyc"}
    }
    assert found == {
        "README.md",
        "__init__.py",
        "locale/zh_Hans/LC_MESSAGES/django.po",
        "migrations/0001_initial.py",
        "migrations/__init__.py",
        "models.py",
        "pack.py",
        "pages.py",
        "roles.py",
        "seed.py",
        "templates/bee_keepers/face.html",
        "tests.py",
    }
    assert '    "hanfeng.packs.market.bee_keepers",\n)' in (folder / "src/hanfeng/site/packs.py").read_text()


def test_the_pack_passes_the_checks(copy):
    _folder, run = copy
    run("hanfeng.site.translations", "compile")
    done = run("hanfeng", "check", "packs", "translations", "deploy", "--format", "json")
    assert "bee_keepers" not in done.stdout, done.stdout
    assert done.stdout.startswith("["), done.stderr


def test_the_pack_passes_the_linters(copy):
    _folder, run = copy
    done = run("ruff", "check", "src/hanfeng/packs/market")
    assert done.returncode == 0, done.stdout
    assert run("ruff", "format", "--check", "src/hanfeng/packs/market").returncode == 0
    template = "src/hanfeng/packs/market/bee_keepers/templates/bee_keepers/face.html"
    assert run("djhtml", "--check", "--tabwidth", "2", template).returncode == 0


def test_the_tests_of_the_pack_pass(copy):
    _folder, run = copy
    done = run("pytest", "-p", "no:cacheprovider", "src/hanfeng/packs/market/bee_keepers/tests.py")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("bees", "is not a name for a pack"),
        ("market/Bees", "is not a name for a pack"),
        ("market/2bees", "is not a name for a pack"),
        ("innovation/enterprises", "is taken"),
        ("market/bodies", "is taken"),
        ("market/class", "is taken"),
    ],
)
def test_a_bad_name_is_a_sentence(name, told):
    with pytest.raises(Refused, match=told):
        new.parse(name)


def test_a_good_name():
    assert new.parse("market/bee-keepers") == ("market", "bee_keepers")
