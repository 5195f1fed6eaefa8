"""`hanfeng eject`: the page in use, copied into the pack under the name its desk looks for, over nothing."""

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.template import engines
from django.template.loader import get_template

import hanfeng
from hanfeng.commons.places.models import Place
from hanfeng.kernel.api import find
from hanfeng.site.commands import eject, explain
from hanfeng.site.commands.terminal import Refused

COMMON = Path(get_template("desk/list.html").origin.name).parent


@pytest.fixture
def own(tmp_path, monkeypatch, settings):
    """The templates folder of a pack, elsewhere, where Django looks first."""
    monkeypatch.setattr(eject, "folder_of", lambda pack: tmp_path)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    return tmp_path


@pytest.mark.parametrize("kind", eject.KINDS)
def test_the_common_page_is_copied_and_what_to_do_is_said(own, capsys, kind):
    made = eject.eject("places", "Place", kind)
    assert made == own / f"places/place_{kind}.html"
    assert made.read_bytes() == (COMMON / f"{kind}.html").read_bytes()
    told = capsys.readouterr().out
    assert f"places/place_{kind}.html" in told
    assert ('template="places/place_record.html"' in told) is (kind == "record")
    assert "make lint" in told


def test_the_desk_takes_the_copy(own):
    made = eject.eject("places", "place", "list")
    for loader in engines["django"].engine.template_loaders:
        loader.reset()  # it remembers that the file was not there; a site that is started again does not
    shown = {row["name"]: row["where"] for row in explain.explain("/places/place/") if row["part"] == "template"}
    assert shown["places/place_list.html"] == f"{made}:1"


def test_nothing_is_overwritten(own):
    made = eject.eject("places", "place", "form")
    made.write_text("mine")
    with pytest.raises(Refused, match="has its own template already"):
        eject.eject("places", "place", "form")
    assert made.read_text() == "mine"


def test_a_page_that_is_the_packs_own_already_is_told():
    with pytest.raises(Refused, match=r"own template already: .*enterprises/enterprise_record\.html"):
        eject.eject("enterprises", "enterprise", "record")


def test_a_record_page_that_the_desk_names_is_copied_under_that_name(own, monkeypatch):
    pack = find("places")
    named = dataclasses.replace(pack.desks[0], template="places/of_our_own.html")
    monkeypatch.setattr(eject, "_desk", lambda *asked: (pack, named))
    assert eject.eject("places", "place", "record") == own / "places/of_our_own.html"


@pytest.mark.parametrize(
    ("pack", "model", "told"),
    [
        ("ghosts", "x", "There is no pack named ghosts. There are: .*places"),
        ("places", "ghost", "no desk named ghost. It has: place"),
    ],
)
def test_what_is_not_there_is_a_sentence_with_what_there_is(pack, model, told):
    with pytest.raises(Refused, match=told):
        eject.eject(pack, model, "list")


def test_an_installed_package_is_not_written_to(monkeypatch, tmp_path):
    monkeypatch.setattr(eject, "SITE", tmp_path / "lib/python/site-packages/hanfeng/site")
    monkeypatch.setattr("django.apps.apps.get_app_config", lambda name: Installed(tmp_path))
    with pytest.raises(Refused, match="is an installed package"):
        eject.folder_of(find("places"))


class Installed:
    def __init__(self, folder):
        self.path = str(folder / "lib/python/site-packages/hanfeng/commons/places")


def test_the_command_writes_into_a_checkout(tmp_path):
    source = Path(hanfeng.__file__).parent
    shutil.copytree(source, tmp_path / "src/hanfeng", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(source.parents[1] / "county", tmp_path / "county")
    shutil.copy(source.parents[1] / "pyproject.toml", tmp_path)
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "src"), "HANFENG_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "hanfeng", "eject", "places", "place", "list"]
    done = [
        subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        for _turn in range(2)
    ]
    assert [one.returncode for one in done] == [0, 1], done[0].stderr
    assert (tmp_path / "src/hanfeng/commons/places/templates/places/place_list.html").exists()
    assert "already" in done[1].stderr


def test_the_names_are_those_the_desk_looks_for():
    """The desk's own source names these templates; should it look elsewhere, this fails and eject must follow."""
    from hanfeng.kernel.desk import forms, lists

    known = {"pack.name": "places", "slug": Place._meta.model_name}
    assert "places/place_list.html" in explain.template_names(explain.unwrapped(lists.list_page), known)
    assert any("_form.html" in line for line in Path(forms.__file__).read_text().splitlines())
