"""Browser files out of Python packages, and the copying of static files."""

import sys
import types

import pytest

from hanfeng.site import assets, up


@pytest.fixture
def toy(monkeypatch):
    made = []
    bundle = types.SimpleNamespace(javascript_bundle=lambda snippet: made.append(snippet) or "let a = 1")
    monkeypatch.setitem(sys.modules, "vl_convert", bundle)
    return made


def test_the_bundle_is_made_once_for_each_version(tmp_path, toy, monkeypatch):
    monkeypatch.setattr(assets, "version", lambda name: "1")
    assert assets.build(tmp_path)
    assert not assets.build(tmp_path)
    monkeypatch.setattr(assets, "version", lambda name: "2")
    assert assets.build(tmp_path)
    assert len(toy) == 2
    assert (tmp_path / "assets/vendor/vega.js").read_text() == "(()=>{let a = 1})();\n"


def test_the_real_bundle_gives_the_page_three_names(tmp_path):
    assets.build(tmp_path)
    text = (tmp_path / "assets/vendor/vega.js").read_text(encoding="utf-8")
    assert all(f"window.{name}=" in text[-300:] for name in ("vega", "vegaLite", "vegaEmbed"))


def test_static_files_are_copied_when_one_changed(tmp_path, settings):
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.css").write_text("a{}")
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    from django.contrib.staticfiles import finders

    finders.get_finder.cache_clear()
    try:
        assert up.collect(tmp_path)
        assert not up.collect(tmp_path)
        (source / "a.css").write_text("a{color:red}")
        assert up.collect(tmp_path)
        assert (tmp_path / "static/a.css").read_text() == "a{color:red}"
    finally:
        finders.get_finder.cache_clear()


def test_made_files_lie_where_static_files_are_looked_for(browser_files):
    from django.contrib.staticfiles import finders

    assert finders.find("vendor/vega.js") == str(browser_files / "vendor/vega.js")
