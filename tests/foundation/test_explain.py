"""`hanfeng explain`: the view somebody wrote, under whatever wraps it, and its templates."""

import functools

import pytest
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.generic import TemplateView

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
