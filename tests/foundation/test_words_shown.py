"""What a reader meets is in his language: definitions, faults, units, names of values, the history of the house."""

import pytest
from django.contrib.auth.models import Group, User
from django.utils import translation
from django.utils.translation import gettext, ngettext, npgettext, pgettext

from hanfeng.commons.bodies.models import Body
from hanfeng.commons.people.roles import AUDIT
from hanfeng.commons.places.models import Place
from hanfeng.kernel.desk.figures import labels
from hanfeng.kernel.desk.wording import fault_text
from hanfeng.kernel.pure import Fault, Period, PeriodError
from hanfeng.kernel.record.write import save
from hanfeng.kernel.rule.models import Setting
from hanfeng.packs.innovation.enterprises.indicators import sci_tech_valid
from hanfeng.plan.models import Clause
from hanfeng.plan.pages.passages import printed
from hanfeng.site import translations


def test_the_running_site_says_what_the_catalogues_say():
    """No catalogue of Django or of another library speaks before ours."""
    said = {}
    for path in translations.catalogues():
        for (context, message), kept in translations.read(path).items():
            many = None if isinstance(kept.id, str) else kept.id[1]
            said[context, message, many] = translations.words(kept)
    with translation.override("zh-hans"):
        wrong = {key: chinese for key, chinese in said.items() if _now(*key) != chinese}
    assert wrong == {}


def _now(context, message, many):
    if many is None:
        return pgettext(context, message) if context else gettext(message)
    return npgettext(context, message, many, 2) if context else ngettext(message, many, 2)


def test_a_fault_is_told_in_the_language_of_the_reader_with_the_fault_it_hands_on():
    with pytest.raises(PeriodError) as told:
        Period.parse("x")
    outer = Fault("together", "The file cannot be read: %(why)s", {"why": told.value})
    with translation.override("zh-hans"):
        assert fault_text(outer).startswith("无法读取文件：“x”不是有效时段")
    assert fault_text(outer) == f"The file cannot be read: {told.value}"
    assert fault_text(ValueError("plain")) == "plain"


def test_a_unit_that_packs_declare_is_told_in_words_and_another_as_it_stands():
    assert Setting(unit="yes-no").unit_title == "yes or no"
    with translation.override("zh-hans"):
        assert [Setting(unit=unit).unit_title for unit in ("year", "yes-no", "km")] == ["年", "是或否", "km"]


def test_the_printed_number_of_a_clause_is_for_who_reads_chinese():
    box = Clause(code="box2", number="专栏2", kind=Clause.Kind.BOX)
    assert printed(box) == "box 2"
    with translation.override("zh-hans"):
        assert printed(box) == "专栏2"


@pytest.mark.django_db
def test_a_value_of_a_dimension_is_called_by_its_english_name_where_it_has_one():
    for slug, name, english in (("a", "甲镇", "Jia Town"), ("b", "乙镇", "")):
        save(Place(slug=slug, name=name, name_en=english, kind=Place.Kind.TOWN), None)
    label = labels(Place, "name")
    assert [label(name) for name in ("甲镇", "乙镇", None)] == ["Jia Town", "乙镇", None]
    assert str(labels(Place, "kind")("town")) == "town"
    with translation.override("zh-hans"):
        assert labels(Place, "name")("甲镇") == "甲镇"


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_figure_shows_its_published_definition(client, language):
    client.force_login(User.objects.create_user("reader"))
    with translation.override(language):
        definition = gettext(sci_tech_valid.text)
    assert (definition == sci_tech_valid.text) == (language == "en")
    page = client.get("/figures/sci_tech_valid/?period=2025", headers={"accept-language": language}).content.decode()
    assert definition in page


@pytest.mark.django_db
def test_the_audit_of_the_house_names_kinds_and_deeds(client):
    auditor = User.objects.create_user("auditor")
    auditor.groups.add(Group.objects.get_or_create(name=AUDIT.name)[0])
    body = Body(slug="office", name="甲局", kind=Body.Kind.DEPARTMENT)
    save(body, None)
    client.force_login(auditor)
    page = client.get("/audit/", headers={"accept-language": "zh-hans"}).content.decode()
    assert f"单位 {body.pk} · 1" in page
    assert ">录入</td>" in page
    assert '<option value="bodies.body">单位</option>' in page
