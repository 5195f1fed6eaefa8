"""A foreign key of many choices: a box to search in, matched by name or code, within the reader's scope."""

import pytest
from django.urls import reverse

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.models import Post
from hanfeng.commons.people.roles import OFFICER, REGISTRAR
from hanfeng.kernel.api import save, save_many
from hanfeng.kernel.desk.lists import MOST_OPTIONS
from hanfeng.kernel.pure import make_uscc

pytestmark = pytest.mark.django_db
NEW = "/people/post/new/"
OFFERS = "/people/post/pick/body/"


@pytest.fixture
def many(db):
    made = [
        Body(slug=f"b{n}", name=f"第{n}研究所", kind="institute", code=make_uscc("500154", f"{n:08}"))
        for n in range(MOST_OPTIONS + 5)
    ]
    save_many(made, None, title="x")
    save(Body(slug="twin-1", name="双名局", kind="department"), None)
    save(Body(slug="twin-2", name="双名局", kind="department", code=make_uscc("500154", "99999999")), None)
    return made


@pytest.fixture
def registrar(client, account, body):
    user = account("keeper", OFFICER, REGISTRAR, body=body("office"))
    client.force_login(user)
    return user


def post(client, user, **values):
    return client.post(NEW, {"person": user.person.pk, "title": "职员"} | values)


def last():
    return Post.objects.order_by("-pk").first()


def test_few_choices_are_a_list_and_many_a_box(client, registrar, body):
    assert b'<select name="body"' in client.get(NEW).content
    save_many([Body(slug=f"c{n}", name=f"C{n}", kind="zone") for n in range(MOST_OPTIONS)], None, title="x")
    page = client.get(NEW).content.decode()
    assert '<select name="body"' not in page
    assert 'name="body__text"' in page
    assert f'data-hx-get="{OFFERS}"' in page


@pytest.mark.parametrize("text", ["第7研究所", " 第7研究所 ", "b7"])
def test_a_name_or_a_code_typed_whole_is_matched_without_a_script(client, registrar, many, text):
    text = {"b7": many[7].code}.get(text, text)
    assert post(client, registrar, body="", body__text=text).status_code == 302
    assert last().body == many[7]


def test_a_key_alone_still_counts(client, registrar, many):
    assert post(client, registrar, body=many[9].pk).status_code == 302
    assert last().body == many[9]


def test_the_box_outweighs_a_key_whose_name_it_no_longer_says(client, registrar, many):
    post(client, registrar, body=many[9].pk, body__text="第3研究所")
    assert last().body == many[3]


def test_the_key_decides_between_two_of_one_name(client, registrar, many):
    twins = Body.objects.filter(name="双名局").order_by("pk")
    answer = post(client, registrar, body="", body__text="双名局")
    assert answer.status_code == 422
    assert twins[1].code in answer.content.decode()
    assert post(client, registrar, body=twins[1].pk, body__text="双名局").status_code == 302
    assert last().body == twins[1]


def test_an_unknown_name_is_refused_in_words_with_those_alike_and_stays_in_the_box(client, registrar, many):
    answer = post(client, registrar, body="", body__text="研究所")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "“研究所”" in page
    assert "第9研究所" in page
    assert 'value="研究所"' in page
    answer = post(client, registrar, body="", body__text="没有的")
    assert answer.status_code == 422
    assert post(client, registrar, body="9" * 30, body__text="没有的").status_code == 422
    assert post(client, registrar, body="x", body__text="\x00").status_code == 422


def test_a_changed_record_opens_with_its_name_in_the_box(client, registrar, many):
    post(client, registrar, body=many[5].pk)
    page = client.get(f"/people/post/{last().pk}/edit/").content.decode()
    assert 'value="第5研究所"' in page
    assert f'value="{many[5].pk}"' in page


def test_offers_follow_what_is_typed(client, registrar, many):
    page = client.get(OFFERS, {"body__text": "第6"}).content.decode()
    assert page.count('role="option"') == 1
    assert f'data-key="{many[6].pk}"' in page
    assert many[6].code in page
    assert client.get(OFFERS, {"body__text": many[8].code}).content.decode().count('role="option"') == 1
    assert "data-key" not in client.get(OFFERS, {"body__text": "没有的"}).content.decode()
    assert client.get(OFFERS, {"body__text": "' \" % _ \x00"}).status_code == 200
    assert client.get(OFFERS).content.decode().count('role="option"') == 8


def test_offers_are_for_those_who_write_and_within_their_scope(client, account, many):
    client.force_login(account("reader", OFFICER))
    assert client.get(OFFERS, {"body__text": "第6"}).status_code == 403
    client.force_login(account("stranger", REGISTRAR))  # no officer: sees no enterprise
    save(Body(slug="firm", name="第6公司", kind="enterprise"), None)
    assert "第6公司" not in client.get(OFFERS, {"body__text": "第6公司"}).content.decode()
    assert client.get("/people/post/pick/title/").status_code == 404
    assert client.get("/people/post/pick/account/").status_code == 404


def test_a_filter_of_many_takes_a_part_of_the_name(client, account, body):
    from hanfeng.packs.innovation.enterprises.models import Enterprise

    client.force_login(account("reader", OFFICER))
    firm = Enterprise(body=body("firm", kind="enterprise", name="甲公司"), industry="other")
    save(firm, None)
    assert client.get("/enterprises/enterprise/", {"town": "无此镇"}).context["total"] == 0
    assert client.get("/enterprises/enterprise/", {"town": "9" * 25}).context["total"] == 0
    assert client.get("/enterprises/enterprise/", {"town": "\x00"}).context["total"] == 1  # nothing is left of it


def test_a_conflict_keeps_what_stood_in_the_box(client, registrar, many):
    post(client, registrar, body=many[5].pk)
    mine = last()
    save(mine, None, {"title": "科长"})
    told = {"person": registrar.person.pk, "title": "主任", "body": "", "body__text": "第2研究所", "version": 1}
    answer = client.post(f"/people/post/{mine.pk}/edit/", told)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert 'name="body__text"' in page
    assert "第2研究所" in page
    again = told | {"version": 2}
    assert client.post(f"/people/post/{mine.pk}/edit/", again).status_code == 302
    mine = Post.objects.get(pk=mine.pk)
    assert (mine.title, mine.body) == ("主任", many[2])


def test_the_address_of_offers_is_named():
    assert reverse("pick", args=("people", "post", "body")) == OFFERS
