"""Asked of every pack alike: it stands alone, is small, writes by the kernel, speaks both languages, is told in a README."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.utils import translation
from standing import MOST_LINES, folder_of, foreign_keys_out, readme_lacks, size, templates_out, writes_past_the_kernel

from hanfeng.kernel.api import Pack, catalogue
from hanfeng.kernel.desk.drawing import FlowMove, FlowState, draw_flow

PACKS = [pack for pack in catalogue() if any(path.endswith(f".{pack.name}") for path in settings.PACKS)]
NAMES = [pack.name for pack in PACKS]
every_pack = pytest.mark.parametrize("pack", PACKS, ids=NAMES)
every_room = pytest.mark.parametrize("pack", catalogue(), ids=lambda pack: pack.name)


@every_pack
def test_it_stands_alone(pack: Pack) -> None:
    models = apps.get_app_config(pack.name).get_models()
    assert foreign_keys_out(models, pack.name) == []
    assert templates_out(folder_of(pack.name), pack.name, [name for name in NAMES if name != pack.name]) == []


@every_pack
def test_it_is_small_or_says_why_not(pack: Pack) -> None:
    folder = folder_of(pack.name)
    assert size(folder) <= MOST_LINES or "Why it is one system" in (folder / "README.md").read_text(encoding="utf-8")


@every_pack
def test_it_writes_by_the_kernel_only(pack: Pack) -> None:
    assert writes_past_the_kernel(folder_of(pack.name)) == []


@every_pack
def test_its_readme_says_for_whom_by_which_law_and_what_not(pack: Pack) -> None:
    assert readme_lacks(folder_of(pack.name)) == []


@every_pack
def test_it_has_a_face_a_seed_and_serves_something(pack: Pack) -> None:
    assert pack.face
    assert pack.seed
    assert pack.serves


@every_room
def test_every_kind_of_record_says_who_sees_it(pack: Pack) -> None:
    from hanfeng.kernel.api import Record

    silent = [desk.model._meta.label for desk in pack.desks if desk.model.scope.__func__ is Record.scope.__func__]  # type: ignore[attr-defined]
    assert silent == []


def _words(pack: Pack) -> Iterator[tuple[str, Any]]:
    """Everything a pack is called and calls things, with where it stands."""
    yield "title", pack.title
    yield "owner", pack.owner
    for role in pack.roles:
        yield role.name, role.title
    for desk in pack.desks:
        yield f"{desk.slug} title", desk.model._meta.verbose_name_plural
        yield f"{desk.slug} one", desk.model._meta.verbose_name
        for drawn in (*desk.listed, *desk.told):
            yield f"{desk.slug}.{drawn.name}", drawn.title
        for name in (*desk.form, *desk.filters):
            field: Any = desk.model._meta.get_field(name)
            yield f"{desk.slug}.{name}", field.verbose_name
            yield from ((f"{desk.slug}.{name}={value}", title) for value, title in field.flatchoices or ())
        if desk.flow:
            yield from ((f"{desk.slug} state {state.value}", state.label) for state in desk.flow.states)
            yield from ((f"{desk.slug} move {move.name}", move.title) for move in desk.flow.moves)
    for found in pack.indicators:
        yield found.name, found.title
        yield from ((f"{found.name} by {part.field}", part.title) for part in found.by)
    for panel in pack.panels:
        yield from ((f"panel {panel.name}", word) for word in (panel.title, *panel.head))
    yield from ((f"fact {fact.kind.name}", fact.kind.title) for fact in pack.provides)


@every_room
def test_all_its_words_are_in_both_languages(pack: Pack) -> None:
    faults = []
    for where, word in _words(pack):
        with translation.override("zh-hans"):
            chinese = str(word)
        with translation.override("en"):
            english = str(word)
        if not any(ord(c) > 0x2E7F for c in chinese):
            faults.append(f"{where}: {chinese!r} is not Chinese")
        if any(ord(c) > 0x2E7F for c in english):
            faults.append(f"{where}: {english!r} is not English")
    assert faults == []


@every_room
def test_every_flow_is_drawn_whole(pack: Pack) -> None:
    for desk in pack.desks:
        if desk.flow is None:
            continue
        states = [FlowState(str(s.value), str(s.label)) for s in desk.flow.states]
        moves = [FlowMove(str(m.title), str(m.source.value), str(m.target.value)) for m in desk.flow.moves]
        drawing = draw_flow(states, moves)
        assert len(drawing.nodes) == len(states)
        assert {title for edge in drawing.edges for title in edge.titles} == {move.title for move in moves}
