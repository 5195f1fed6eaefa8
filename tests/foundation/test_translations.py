"""The tooling of translations on a small tree: extract, update, compile, check."""

import gettext

import pytest

from hanfeng.site import translations as tooling

KERNEL = """
from django.utils.translation import gettext as _
_("Save")
"""
PACK = """
from django.utils.translation import gettext as _, ngettext, pgettext_lazy
title = pgettext_lazy("a well", "Depth")
def page(n):
    # Translators: shown under the map
    under = _("%(n)s wells") % {"n": n}
    return under, _("Save"), ngettext("one", "many", n), _("Closed by {who}")
"""
INDICATORS = '''
from hanfeng.kernel import api
@api.indicator("wells", "Wells", unit="wells")
def wells(period):
    """Wells in use on the last day,
    counted once each.
    """
def helper(period):
    """Not a definition."""
@cached(10)
def other(period):
    """Nor this."""
@indicator
def bare(period):
    """An undeclared one neither."""
'''
TEMPLATE = """{% load i18n %}
  <p>{% translate "Front page" %}</p>
    <p title="{% translate 'Closed by {who}' %}">
 {% blocktranslate trimmed with n=rows %}
   There are {{ n }}
   rows.
 {% endblocktranslate %}</p>
"""


@pytest.fixture
def tree(tmp_path):
    for name, text in {
        "kernel/desk/lists.py": KERNEL,
        "packs/water/wells/pack.py": PACK,
        "packs/water/wells/templates/wells/face.html": TEMPLATE,
        "packs/water/wells/tests.py": "_('not for people')",
        "packs/water/wells/migrations/0001.py": "_('nor this')",
        "cli.py": "_('Seal')",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def catalogue(tree, folder):
    return tooling.po_file(tree / folder / "locale")


def fill(path, **said):
    text = path.read_text(encoding="utf-8")
    for message, chinese in said.items():
        message = message.replace("_", " ")
        assert f'msgid "{message}"\nmsgstr ""' in text
        text = text.replace(f'msgid "{message}"\nmsgstr ""', f'msgid "{message}"\nmsgstr "{chinese}"')
    path.write_text(text, encoding="utf-8")


def test_messages_go_to_the_nearest_catalogue_and_not_twice(tree):
    done = tooling.update(tree)
    assert {str(path.relative_to(tree).parents[3]): count for path, count, _lacking in done} == {
        "kernel": 1,
        "packs/water/wells": 6,
        "site": 1,
    }
    found = tooling.read(catalogue(tree, "packs/water/wells"))
    assert set(found) == {
        ("a well", "Depth"),
        (None, "%(n)s wells"),
        (None, "one"),
        (None, "Closed by {who}"),
        (None, "Front page"),
        (None, "There are %(n)s rows."),
    }


def test_a_locale_folder_that_is_there_wins(tree):
    (tree / "kernel/desk/locale").mkdir()
    assert tooling.locale_of(tree / "kernel/desk/lists.py", tree) == tree / "kernel/desk/locale"


def test_the_docstring_of_an_indicator_is_its_published_definition(tree):
    (tree / "packs/water/wells/indicators.py").write_text(INDICATORS, encoding="utf-8")
    tooling.update(tree)
    found = {message for _context, message in tooling.read(catalogue(tree, "packs/water/wells"))}
    assert {m for m in found if m.endswith((".", "this"))} == {
        "There are %(n)s rows.",
        "Wells in use on the last day,\ncounted once each.",
    }


def test_an_update_changes_nothing_when_nothing_changed(tree):
    tooling.update(tree)
    path = catalogue(tree, "packs/water/wells")
    fill(path, Front_page="首页")
    before = path.read_bytes()
    tooling.update(tree)
    assert path.read_bytes() == before
    text = before.decode()
    assert "#:" not in text
    assert "Date" not in text
    assert "#. Translators: shown under the map" in text


def test_an_update_drops_what_is_no_longer_said_and_keeps_what_is(tree):
    tooling.update(tree)
    path = catalogue(tree, "packs/water/wells")
    fill(path, Front_page="首页")
    page = tree / "packs/water/wells/templates/wells/face.html"
    page.write_text('{% load i18n %}{% translate "Front page" %}', encoding="utf-8")
    (tree / "packs/water/wells/pack.py").unlink()
    tooling.update(tree)
    assert {key: tooling.words(m) for key, m in tooling.read(path).items()} == {(None, "Front page"): "首页"}


def test_a_translation_made_elsewhere_is_taken_over(tree):
    tooling.update(tree)
    fill(catalogue(tree, "site"), Seal="封存")
    (tree / "packs/water/wells/pack.py").write_text("_('Seal')", encoding="utf-8")
    tooling.update(tree)
    assert tooling.words(tooling.read(catalogue(tree, "packs/water/wells"))[None, "Seal"]) == "封存"


def test_compiled_catalogues_are_read_by_gettext(tree):
    tooling.update(tree)
    path = catalogue(tree, "packs/water/wells")
    fill(path, Depth="井深", Front_page="首页")
    text = path.read_text(encoding="utf-8").replace('msgstr[0] ""', 'msgstr[0] "多个"')
    path.write_text(text, encoding="utf-8")
    assert len(tooling.compile_all(tree)) == 3
    assert tooling.compile_all(tree) == []
    said = gettext.translation("django", tree / "packs/water/wells/locale", ["zh_Hans"])
    assert said.gettext("Front page") == "首页"
    assert said.pgettext("a well", "Depth") == "井深"
    assert said.ngettext("one", "many", 1) == said.ngettext("one", "many", 2) == "多个"
    assert said.gettext("Closed by {who}") == "Closed by {who}"


def kinds(tree):
    return sorted((flaw.kind, flaw.message) for flaw in tooling.check(tree))


def finish(tree):
    tooling.update(tree)
    fill(catalogue(tree, "kernel"), Save="保存")
    fill(catalogue(tree, "site"), Seal="封存")
    path = catalogue(tree, "packs/water/wells")
    fill(path, Depth="井深", Front_page="首页", **{"%(n)s_wells": "%(n)s口井", "Closed_by_{who}": "由{who}关闭"})
    fill(path, **{"There_are_%(n)s_rows.": "共%(n)s行"})
    text = path.read_text(encoding="utf-8").replace('msgstr[0] ""', 'msgstr[0] "多个"')
    path.write_text(text, encoding="utf-8")
    return path


def test_a_finished_tree_has_no_flaw(tree):
    finish(tree)
    assert kinds(tree) == []


def test_check_finds_each_kind_of_flaw(tree):
    path = finish(tree)
    text = path.read_text(encoding="utf-8")
    text = text.replace("由{who}关闭", "由{whom}关闭").replace("井深", "")
    text = text.replace('msgid "Front page"', '#, fuzzy\nmsgid "Front page"')
    path.write_text(text + '\nmsgid "Seal"\nmsgstr "盖章"\n', encoding="utf-8")
    (tree / "kernel/desk/lists.py").write_text(KERNEL + '_("Open")\n', encoding="utf-8")
    assert kinds(tree) == [
        ("clash", "Seal"),
        ("empty", "Depth"),
        ("fuzzy", "Front page"),
        ("missing", "Open"),
        ("obsolete", "Seal"),
        ("placeholder", "Closed by {who}"),
    ]


def test_a_broken_catalogue_is_named(tree):
    path = finish(tree)
    path.write_text(path.read_text(encoding="utf-8") + 'msgid "open\n', encoding="utf-8")
    with pytest.raises(tooling.Broken) as told:
        tooling.check(tree)
    assert told.value.args[0] == path


def test_a_fuzzy_translation_is_not_carried_over(tree):
    path = finish(tree)
    text = path.read_text(encoding="utf-8").replace('msgid "Front page"', '#, fuzzy\nmsgid "Front page"')
    path.write_text(text, encoding="utf-8")
    tooling.update(tree)
    assert tooling.words(tooling.read(path)[None, "Front page"]) == ""
