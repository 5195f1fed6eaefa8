"""`hanfeng explain`: the view somebody wrote, under whatever wraps it, and its templates."""

import functools

import pytest
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

from hanfeng.kernel.pack import catalogue
from hanfeng.site.commands import explain
from hanfeng.site.commands.terminal import Refused


@never_cache
@login_required
def page(request, number):
    return render(request, ["explain/own.html", "explain/common.html"], {"text": "read this.html file"})


class Shown(TemplateView):
    template_name = "explain/shown.html"


def test_the_function_under_decorators_and_partials():
    bare = explain.unwrapped(page)
    assert explain.unwrapped(functools.partial(page, number=1)) is bare
    assert not hasattr(bare, "__wrapped__")
    file, line = explain.place(bare).rsplit(":", 1)
    assert file.endswith("tests/foundation/test_explain.py")
    with open(__file__, encoding="utf-8") as source:
        assert source.readlines()[int(line) - 1] == "@never_cache\n"


def test_the_class_behind_as_view():
    assert explain.unwrapped(Shown.as_view()) is Shown


def test_templates_in_the_order_a_view_names_them():
    assert explain.template_names(explain.unwrapped(page)) == ["explain/own.html", "explain/common.html"]
    assert explain.template_names(Shown) == ["explain/shown.html"]
    assert explain.template_names(HttpResponse) == []


def test_a_full_address_of_a_page():
    rows = explain.explain("https://example.org/healthz?x=1")
    assert rows[0]["name"] == "/healthz"
    assert rows[1]["name"] == "hanfeng.site.health.healthz"
    assert "src/hanfeng/site/health.py:" in rows[1]["where"]


def test_an_address_that_is_no_page():
    with pytest.raises(Refused, match="No page of this site has the address /no/such/page/at/all"):
        explain.explain("/no/such/page/at/all")


def test_a_list_names_its_template_its_record_and_who_sees_it():
    rows = explain.explain("/places/place/")
    assert [row["part"] for row in rows] == ["address", "view", "template", "template", "pack", "record", "who sees it"]
    own, common = (row for row in rows if row["part"] == "template")
    assert (own["name"], common["name"]) == ("places/place_list.html", "desk/list.html")
    assert common["where"].endswith("desk/templates/desk/list.html:1")
    where = {row["part"]: row["where"] for row in rows}
    assert "commons/places/pack.py:" in where["pack"]
    assert "commons/places/models.py:" in where["record"]
    assert where["record"] != where["who sees it"]


def test_a_face_is_the_function_of_its_pack():
    rows = explain.explain("/enterprises/")
    assert rows[1]["name"].startswith("hanfeng.packs.innovation.enterprises.pages.")


def test_every_desk_of_the_site_is_explained():
    for pack in catalogue():
        for desk in pack.desks:
            rows = explain.explain(desk.url)
            assert all(row["where"] for row in rows if row["part"] in {"view", "pack", "record", "who sees it"}), (
                desk.url
            )
            assert any("/templates/" in row["where"] for row in rows), desk.url
