"""The hand-written pages that the benchmarks stand beside the desk's show the same words, or their ratios say nothing."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

import benchmarks.handwritten
from benchmarks import register
from hanfeng.commons.bodies.models import Body
from hanfeng.kernel.api import save_many
from hanfeng.kernel.record import seals

pytestmark = pytest.mark.django_db
ROWS = 230
QUERIES = (
    "",
    "kind=hospital",
    "page=3",
    "kind=enterprise&page=2",
    "sort=-starts",
    "q=body+1&sort=name",
    "q=no+such",
    "page=x",
)


class Words(HTMLParser):
    """What a reader sees of <main>: its text but for what only a screen reader says, its links, what its fields hold."""

    def __init__(self) -> None:
        super().__init__()
        self.main, self.unseen, self.found = False, 0, list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.main = self.main or tag == "main"
        if tag == "span" and (self.unseen or given.get("class") == "vh"):
            self.unseen += 1
        if self.main and tag in {"a", "input", "option"} and given.get("name") != "csrfmiddlewaretoken":
            self.found.append(" ".join(f"{n}={given[n]}" for n in ("href", "name", "value", "selected") if n in given))

    def handle_endtag(self, tag: str) -> None:
        self.main = self.main and tag != "main"
        self.unseen -= tag == "span" and self.unseen > 0

    def handle_data(self, data: str) -> None:
        if self.main and not self.unseen:
            self.found.append(data)


def words(page: bytes) -> list[str]:
    reading = Words()
    reading.feed(page.decode())
    return " ".join(reading.found).split()


@pytest.fixture
def reader(settings: LazySettings, client: Client, tmp_path: Path) -> Client:
    """Signed in among a few hundred bodies, some with a history, some of it sealed."""
    folder = Path(benchmarks.handwritten.__file__).parent / "templates"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [folder]}]
    settings.ROOT_URLCONF = "benchmarks.urls"
    settings.HOME = tmp_path
    user = register.reader()
    save_many(register.bodies(range(20), []), user, title="first")
    first = list(Body.objects.filter(slug__startswith="body-").values_list("pk", flat=True))
    save_many(register.bodies(range(20, ROWS), first), user, title="rest")
    register.age(Body.objects.get(slug="body-000030"), user)
    seals.seal()
    register.age(Body.objects.get(slug="body-000031"), user)
    client.force_login(user)
    return client


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("query", QUERIES)
def test_the_lists_read_alike(reader: Client, query: str, language: str) -> None:
    reader.cookies["django_language"] = language
    desk, hand = (reader.get(f"{where}?{query}") for where in ("/bodies/body/", "/handwritten/bodies/"))
    assert desk.status_code == hand.status_code == 200
    assert words(hand.content) == words(desk.content)
    assert len(words(desk.content)) > 20


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("slug", ["body-000025", "body-000030", "body-000031", "office"])
def test_the_pages_of_a_record_read_alike(reader: Client, slug: str, language: str) -> None:
    reader.cookies["django_language"] = language
    key = Body.objects.get(slug=slug).pk
    desk, hand = (reader.get(f"{where}{key}/") for where in ("/bodies/body/", "/handwritten/bodies/"))
    assert desk.status_code == hand.status_code == 200
    assert words(hand.content) == words(desk.content)
    assert len(words(desk.content)) > 50


def test_foreigners_are_kept_out_alike(reader: Client) -> None:
    reader.logout()
    assert [reader.get(f"{where}").status_code for where in ("/bodies/body/", "/handwritten/bodies/")] == [302, 302]
