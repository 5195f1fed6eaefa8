"""Numbers, bounds, days, marks and drawings of the desk: what a reader sees and what he hears."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.translation import override

from hanfeng.kernel.base.bound import Bound
from hanfeng.kernel.desk import drawing, marks, path_chart, status, wording
from hanfeng.kernel.desk.templatetags import hanfeng as tags

END, BASE = date(2025, 12, 31), date(2020, 12, 31)


def render(text: str, **context: object) -> str:
    return Template("{% load hanfeng %}" + text).render(Context(context))


# --- numbers and days -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (None, None, "—"), ("", 2, "—"), (float("nan"), 1, "—"), ("x", 0, "—"), (True, 0, "—"),
        (0, None, "0"), (286.0, None, "286"), (1234567, None, "1,234,567"), (Decimal("1.50"), None, "1.5"),
        (0.125, 2, "0.13"), (2.5, 0, "3"), (-1234.5, 1, "−1,234.5"), (-0.004, 2, "0.00"), (1e7, 0, "10,000,000"),
    ],
)  # fmt: skip
def test_number(value: object, decimals: int | None, text: str) -> None:
    assert wording.number_text(value, decimals) == text  # type: ignore[arg-type]


def test_percent_is_of_a_ratio() -> None:
    assert wording.percent_text(0.27703) == "27.7%"
    assert wording.percent_text(1.0125, 0) == "101%"
    assert wording.percent_text(None) == "—"


@pytest.mark.parametrize(
    ("bound", "kind", "sign", "words"),
    [
        (Bound.exact(67), "exact", "67", "67"),
        (Bound.at_least(67), "at_least", "≥ 67", "at least 67"),
        (Bound.at_most(3), "at_most", "≤ 3", "at most 3"),
        (Bound.around(1600), "about", "≈ 1,600", "about 1,600"),
        (Bound.between(20, 22), "between", "20–22", "between 20 and 22"),
    ],
)
def test_bound_for_eye_and_ear(bound: Bound, kind: str, sign: str, words: str) -> None:
    assert wording.bound_kind(bound) == kind
    assert wording.bound_text(bound) == sign
    with override("en"):
        assert wording.bound_words(bound) == words


def test_bound_tag_hides_the_sign_from_the_ear_only() -> None:
    with override("en"):
        html = tags.bound(Bound.at_least(67), "firms")
    assert '<b aria-hidden="true">≥ 67</b><span class="vh">at least 67</span>' in html
    assert html.endswith('<span class="unit">firms</span>')
    assert tags.bound(None, "firms").count("unit") == 0
    assert tags.bound(93, "家") == '<b>93</b><span class="unit">家</span>'


def test_unit_stands_apart_only_when_it_is_a_latin_word() -> None:
    assert wording.with_unit("67", "家") == "67家"
    assert wording.with_unit("1.7", "%") == "1.7%"
    assert wording.with_unit("67", "firms") == "67 firms"
    assert wording.with_unit("—", "firms") == "—"


def test_days() -> None:
    with override("en"):
        assert wording.day_text(date(2025, 9, 28)) == "28 September 2025"
        assert wording.moment_text(datetime(2025, 9, 27, 16, 5, tzinfo=UTC)) == "28 September 2025 00:05"
    assert wording.day_short_text(datetime(2025, 9, 27, 16, 5, tzinfo=UTC)) == "2025-09-28"
    assert wording.day_text(None) == wording.day_short_text("2025") == "—"  # type: ignore[arg-type]


def test_local_words_of_objects_and_of_pairs() -> None:
    body, bare = SimpleNamespace(name="区科技局", name_en="Science bureau"), SimpleNamespace(name="区科协", name_en="")
    with override("en"):
        assert (
            render('{% local body "name" %}|{{ bare|local:"name" }}', body=body, bare=bare) == "Science bureau|区科协"
        )
        assert wording.local_text({"zh": "镇", "en": "town"}) == "town"
    with override("zh-hans"):
        assert wording.local_text(body) == "区科技局"
        assert wording.local_text({"zh": "", "en": "town"}) == "town"


# --- states -----------------------------------------------------------------------------------------------------------


def test_a_state_has_tone_icon_and_words() -> None:
    with override("en"):
        html = tags.status("behind")
        assert 's-late"' in html
        assert "#i-alert" in html
        assert "Behind plan" in html
        assert "<script>" not in tags.status("ok", "<script>")
        assert status.shown("no such kind") is status.SHOWN["unknown"]
        assert status.shown(None).tone == "info"


def test_states_of_one_tone_differ_by_icon_or_words() -> None:
    seen = {(s.tone, s.icon, str(s.title)) for s in status.SHOWN.values()}
    with override("en"):
        assert len({(s.tone, str(s.title)) for s in status.SHOWN.values()}) >= len(seen) - 1
    assert {s.tone for s in status.SHOWN.values()} == {"ok", "done", "even", "watch", "late", "info"}


# --- marks ------------------------------------------------------------------------------------------------------------


def test_spark_needs_two_values_and_keeps_gaps() -> None:
    assert marks.spark([None, 3]) is None
    drawn = marks.spark([1, None, 2, 3])
    assert drawn is not None
    assert drawn.line.count("M") == 2
    assert (drawn.x, drawn.y) == (116.0, 5.0)
    level = marks.spark([5, 5, 5])
    assert level is not None
    assert level.y == 19.0
    assert tags.spark([4]) == ""
    with override("en"):
        assert 'aria-label="From 6 to 3, lowest 3, highest 6"' in tags.spark([6, 4, 3], "", True)


@pytest.mark.parametrize(
    ("ratio", "fill", "hatch"),
    [
        (None, 0, 200), (0.5, 100, 0), (1.4, 200, 0), (-0.2, 0, 0),
        (Bound.at_least(0.25), 50, 150), (Bound.at_most(0.25), 0, 50), (Bound.between(0.25, 0.5), 50, 50),
    ],
)  # fmt: skip
def test_progress_fills_what_is_sure_and_hatches_what_is_possible(
    ratio: Bound | float | None, fill: float, hatch: float
) -> None:
    bar = marks.progress(ratio, 0.95)
    assert (bar.fill, bar.hatch, bar.tick) == (fill, hatch, 190)
    assert bar.over == (ratio == 1.4)


def test_progress_says_what_it_shows() -> None:
    with override("en"):
        html = tags.progress(Bound.at_least(0.277), 0.9495)
    assert 'aria-label="at least 27.7%; 95.0% expected by now"' in html
    assert "url(#hatch)" in html
    assert "style=" not in html


def test_stack_leaves_no_room_for_nothing() -> None:
    assert marks.stack([1, 0, 1], width=102, gap=2) == [(0.0, 50.0), (52.0, 0.0), (52.0, 50.0)]
    assert marks.stack([0, 0]) == [(0.0, 0.0), (0.0, 0.0)]
    html = tags.stacked([{"kind": "green", "count": 3}, {"kind": "red", "count": 0}], "lights")
    assert html.count("<rect") == 1


def test_ramp_has_four_round_limits_and_reaches_the_highest_value() -> None:
    for values in ([0, 39], [12, 13.5, 20], [7], [0.1, 0.35, None], [1, 1000], [-5, 5]):
        limits = marks.ramp(values)
        known = [v for v in values if v is not None]
        assert len(limits) == 4
        assert marks.step_of(min(known), limits) == 0
        assert marks.step_of(max(known), limits) in range(5)
    assert marks.ramp([0, 39]) == [8, 16, 24, 32]
    assert marks.ramp([None]) == []
    assert marks.step_of(None, [1]) is None
    assert marks.step_of(8, [8, 16]) == 1


# --- the chart of an indicator ----------------------------------------------------------------------------------------


def chart(**more: object) -> path_chart.PathChart:
    given = {"path": ((BASE, 204.0), (END, 500.0)), "target": (END, 500.0), "unit": "家", "decimals": 0, **more}
    return path_chart.PathChart("firms", **given)  # type: ignore[arg-type]


def test_a_year_ends_where_the_next_begins() -> None:
    assert path_chart.year_of(END) == 2026
    assert path_chart.year_of(date(2025, 9, 30)) == pytest.approx(2025.748, abs=0.001)


def test_dots_stand_where_their_value_is_sure() -> None:
    day = date(2025, 9, 28)
    dots = [path_chart.Dot(day, b) for b in (Bound.exact(3), Bound.at_least(3), Bound.at_most(3), Bound.between(2, 4))]
    assert [d.value for d in dots] == [3, 3, 3, 3]
    drawn = path_chart.draw_path(chart(dots=tuple(dots)))
    assert drawn.dots[0].arrow == ""
    assert "v-10" in drawn.dots[1].arrow
    assert "v10" in drawn.dots[2].arrow
    assert " V" in drawn.dots[3].arrow
    assert len({p.y for p in drawn.dots}) == 1


def test_only_confirmed_single_values_make_the_trend() -> None:
    dots = (
        path_chart.Dot(BASE, Bound.exact(204)),
        path_chart.Dot(date(2022, 12, 31), Bound.exact(250), lead=True),
        path_chart.Dot(date(2023, 12, 31), Bound.at_least(260)),
        path_chart.Dot(date(2024, 12, 31), Bound.exact(280)),
    )
    drawn = path_chart.draw_path(chart(dots=dots))
    assert drawn.trend.count("L") == 1
    assert path_chart.draw_path(chart(dots=dots[:3])).trend == ""


@pytest.mark.parametrize("size", [path_chart.CARD, path_chart.PAGE])
def test_all_is_inside_the_box(size: path_chart.Size) -> None:
    band = ((date(2025, 9, 28), 286.0, 300.0), (END, 280.0, 520.0))
    drawn = path_chart.draw_path(
        chart(dots=(path_chart.Dot(BASE, Bound.exact(190)),), band=band, now=date(2025, 9, 30)), size
    )
    assert all(size.left <= p.x <= size.end and size.top <= p.y <= size.axis for p in drawn.dots)
    assert drawn.target is not None
    assert size.top <= drawn.target.at <= size.axis
    assert drawn.target_x == size.end
    assert [t.value for t in drawn.years][-1] == 2025
    assert drawn.now is not None
    assert bool(drawn.values) == size.ticks


def test_words_of_target_and_forecast_do_not_lie_on_each_other() -> None:
    drawn = path_chart.draw_path(chart(band=((BASE, 204.0, 204.0), (END, 495.0, 500.0))), path_chart.PAGE)
    assert drawn.target is not None
    assert drawn.outcome is not None
    assert abs(drawn.outcome.at - drawn.target.at) >= 19


def test_a_chart_of_nothing_is_drawn_too() -> None:
    drawn = path_chart.draw_path(path_chart.PathChart("nothing"))
    assert (drawn.path, drawn.band, drawn.target, drawn.dots) == ("", "", None, ())
    with override("en"):
        assert "No reading yet." in render("{% path_chart chart %}", chart=path_chart.PathChart("nothing"))


def test_path_chart_tells_itself_in_words_and_as_a_table() -> None:
    dots = (path_chart.Dot(date(2025, 9, 28), Bound.at_least(286), label="the bureau"),)
    given = chart(dots=dots, band=((date(2025, 9, 28), 286.0, 300.0), (END, 292.0, 330.0)), tone="behind")
    with override("en"):
        html = render('{% path_chart chart "page" %}', chart=given)
    assert "Planned from 204家 on 31 December 2020 to 500家 on 31 December 2025." in html
    assert "Last reading: at least 286家 on 28 September 2025." in html
    assert "Forecast for 31 December 2025: between 292家 and 330家." in html
    assert html.count("<title>firms</title>") == 2
    assert "<table" in html
    assert "s-late" in html
    assert "style=" not in html


# --- towns ------------------------------------------------------------------------------------------------------------


def test_tiles_are_a_list_in_reading_order_with_words() -> None:
    tiles = [
        {"col": 2, "row": 2, "label": "B", "name": "B town", "value": None, "url": ""},
        {"col": 1, "row": 1, "label": "A", "name": "A town", "value": 12, "url": "/a/"},
        {"col": 3, "row": 1, "label": "C", "name": "C town", "value": 40, "url": ""},
    ]
    with override("en"):
        html = render('{% tile_map tiles "Firms" "firms" %}', tiles=tiles)
    assert html.index("A town") < html.index("C town") < html.index("B town")
    assert "col2 row2 step-none" in html
    assert '<a href="/a/">' in html
    assert "not known" in html
    assert html.count('<li class="step') == 5


# --- flows ------------------------------------------------------------------------------------------------------------

STATES = [drawing.FlowState(n, n) for n in ("draft", "filed", "checked", "back", "given", "refused")]
MOVES = [
    drawing.FlowMove(t, a, b)
    for t, a, b in (
        ("file", "draft", "filed"), ("check", "filed", "checked"), ("return", "checked", "back"), ("again", "back", "checked"),
        ("give", "checked", "given"), ("refuse", "checked", "refused"), ("refuse at once", "filed", "refused"),
    )
]  # fmt: skip


def test_flow_runs_from_left_to_right() -> None:
    drawn = drawing.draw_flow(STATES, MOVES)
    x = {n.state.name: n.x for n in drawn.nodes}
    assert x["draft"] < x["filed"] < x["checked"] < x["given"]
    assert [e.titles for e in drawn.edges if e.back] == [("again",)]
    assert len(drawn.nodes) == 6
    assert len(drawn.edges) == 7


def test_boxes_do_not_overlap_and_stay_inside() -> None:
    drawn = drawing.draw_flow(STATES, MOVES)
    for i, a in enumerate(drawn.nodes):
        assert a.x >= 0
        assert a.x + a.width <= drawn.width
        assert a.y >= 0
        assert a.y + a.height <= drawn.height
        for b in drawn.nodes[i + 1 :]:
            assert a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or b.y + b.height <= a.y
    floor = max(n.y + n.height for n in drawn.nodes)
    assert all(e.label_y > floor for e in drawn.edges if e.back)


def test_moves_between_the_same_states_share_an_arrow_and_unknown_ones_are_left_out() -> None:
    more = [
        *MOVES,
        drawing.FlowMove("refuse for form", "checked", "refused"),
        drawing.FlowMove("lost", "checked", "nowhere"),
    ]
    drawn = drawing.draw_flow(STATES, more)
    assert ("refuse", "refuse for form") in [e.titles for e in drawn.edges]
    assert all("lost" not in e.titles for e in drawn.edges)


def test_ends_stand_together_on_the_right() -> None:
    ended = [
        drawing.FlowState(s.name, s.title, "bad" if s.name == "refused" else "good" if s.name == "given" else "normal")
        for s in STATES
    ]
    left_early = [*MOVES[:-1], drawing.FlowMove("close", "back", "given")]
    drawn = drawing.draw_flow(
        ended, [m for m in left_early if m.title != "refuse"] + [drawing.FlowMove("no", "filed", "refused")]
    )
    middle = {n.state.name: n.middle for n in drawn.nodes}
    assert middle["given"] == middle["refused"] == max(middle.values())


def test_a_move_back_crosses_no_box() -> None:
    more = [*MOVES, drawing.FlowMove("anew", "checked", "draft"), drawing.FlowMove("reopen", "given", "checked")]
    drawn = drawing.draw_flow(STATES, more)
    for edge in (e for e in drawn.edges if e.back):
        downs = [(float(x), float(y)) for x, y in re.findall(r"([\d.]+),([\d.]+) V", edge.d)]
        ends = [float(y) for y in re.findall(r" V([\d.]+)", edge.d)]
        for (x, y), to in zip(downs, ends, strict=True):
            top, foot = sorted((y, to))
            assert not [
                n for n in drawn.nodes if n.x < x < n.x + n.width and n.y + n.height > top + 3 and n.y < foot - 3
            ]


def test_odd_flows_are_drawn_too() -> None:
    assert drawing.draw_flow([], []).nodes == ()
    alone = drawing.draw_flow([drawing.FlowState("a", "a")], [drawing.FlowMove("stay", "a", "a")])
    assert alone.edges[0].back
    circle = [drawing.FlowMove("on", "a", "b"), drawing.FlowMove("back", "b", "a")]
    assert (
        sum(e.back for e in drawing.draw_flow([drawing.FlowState("a", "a"), drawing.FlowState("b", "b")], circle).edges)
        == 1
    )


def test_flow_chart_marks_the_state_and_lists_the_moves() -> None:
    nodes = [{"key": "a", "title": "Filed", "now": True}, {"key": "b", "title": "Given", "end": True}]
    html = render("{% flow_chart nodes edges %}", nodes=nodes, edges=[{"from": "a", "to": "b", "title": "give"}])
    assert 'class="start now"' in html
    assert 'class="good "' in html
    assert '<th scope="row">give</th>' in html


# --- addresses and forms ----------------------------------------------------------------------------------------------


def test_query_keeps_the_rest_and_goes_back_to_the_first_page() -> None:
    request = RequestFactory().get("/x/", {"town": "汉丰", "page": "3", "sort": "-name"})
    made = render("{% query sort='name' town=None %}", request=request)
    assert made == "?sort=name"
    assert render("{% query q='a b' %}", request=request) == "?town=%E6%B1%89%E4%B8%B0&amp;sort=-name&amp;q=a+b"


def test_applied_filters_name_what_they_hold() -> None:
    request = RequestFactory().get("/x/", {"stage": "2", "q": "pump"})
    filters = [
        {"name": "stage", "label": "Stage", "options": [("2", "growing", True)], "value": "2"},
        {"name": "day", "label": "Day", "value": ""},
    ]
    with override("en"):
        applied = tags.filters_applied(Context({"request": request}), filters, "pump")
    assert applied == [
        {"label": "Words", "value": "pump", "url": "?stage=2"},
        {"label": "Stage", "value": "growing", "url": "?q=pump"},
    ]


class Filing(forms.Form):
    amount = forms.DecimalField(label="Amount")
    kind = forms.ChoiceField(label="Kind", choices=[("a", "A")], widget=forms.RadioSelect)
    sure = forms.BooleanField(label="Sure")


def test_faults_name_their_field_and_lead_to_it() -> None:
    with override("en"):
        faults = tags.form_errors(Filing({"amount": "-"}))
        html = render(
            '{% for field in form %}{% include "desk/parts/field.html" %}{% endfor %}', form=Filing({"amount": "-"})
        )
    assert [f["id"] for f in faults] == ["id_amount", "id_kind_0", "id_sure"]
    assert faults[0]["text"].startswith("Amount: ")
    assert 'aria-describedby="id_amount_error"' in html
    assert 'id="id_amount_error"' in html
    assert html.count('id="id_kind"') == 1
    assert [tags.widget_kind(f) for f in Filing()] == ["input", "radios", "checkbox"]


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (482113, "482.1 kB"), (2_481_130, "2.5 MB"), (None, "0 B")]
)
def test_file_size(size: int | None, text: str) -> None:
    assert tags.file_size(size) == text


def test_panel_wraps_what_it_is_given() -> None:
    html = render('{% panel title=title key="k" source="the bureau" %}<p>in</p>{% endpanel %}', title="A <b>")
    assert '<h2 id="k-title">A &lt;b&gt;</h2>' in html
    assert "<p>in</p>" in html
    assert "<footer><span>the bureau</span></footer>" in html
