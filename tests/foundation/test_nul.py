"""NUL characters that a browser sends are taken out once for all pages; interfaces see what was sent."""

from __future__ import annotations

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.views.decorators.csrf import csrf_exempt

from hanfeng.site.nul import WithoutNul


@pytest.mark.parametrize("form", [{"note": "a\x00b", "q\x00": "\x00"}, {"note": "ab", "q": ""}])
def test_the_form_and_the_query_have_none(form):
    request = RequestFactory().post("/any/?a=1%002&a=%00", form)
    WithoutNul(lambda _r: HttpResponse()).process_view(request, lambda _r: None, (), {})
    assert request.POST.dict() == {"note": "ab", "q": ""}
    assert request.GET.getlist("a") == ["12", ""]
    with pytest.raises(AttributeError):
        request.POST["note"] = "changed"


def test_a_request_without_any_is_left_as_it_is():
    request = RequestFactory().get("/any/?a=1")
    before = request.GET
    WithoutNul(lambda _r: HttpResponse()).process_view(request, lambda _r: None, (), {})
    assert request.GET is before


def test_interfaces_read_their_own_bodies():
    request = RequestFactory().post("/api/?a=%00", b"--x\r\n\r\n--x--", content_type="multipart/mixed; boundary=x")
    WithoutNul(lambda _r: HttpResponse()).process_view(request, csrf_exempt(lambda _r: None), (), {})
    assert request.GET["a"] == "\x00"
    assert request.body.startswith(b"--x")
