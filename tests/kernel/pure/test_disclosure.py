"""What is left out cannot be worked out: an attacker of the test's own, who knows every published number, is let loose."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from random import Random

import numpy as np
import pytest
from scipy.optimize import linprog

from hanfeng.kernel.base.disclosure import CLOSE, DIFFERENCE, DOMINATED, FEW, Cell, Given, Rule, protect, sensitive

RULE = Rule()
WIDTH = 0.05


def a_cell(name: str, *amounts: float, **more: object) -> Cell:
    return Cell(name, {f"{name}{n}": Given(f"{name}{n}", a) for n, a in enumerate(amounts)}, **more)  # type: ignore[arg-type]


def attack(
    published: Iterable[Cell], target: frozenset[object], amounts: dict[object, float], own: object = None
) -> tuple[float, float]:
    """The least and the most that a sum of amounts can be, for who knows the published cells and that none is negative.

    `own` is an amount he knows besides: his own.

    One unknown for each amount; written apart from the product's own program on purpose.
    """
    keys = list(amounts)
    rows = [[1.0 if key in cell.inside else 0.0 for key in keys] for cell in published]
    sums = [sum(amounts[key] for key in cell.inside) for cell in published]
    aim = np.array([1.0 if key in target else 0.0 for key in keys])
    ends = []
    for sign in (1.0, -1.0):
        found = linprog(
            sign * aim, A_eq=np.array(rows) if rows else None, b_eq=sums or None,
            bounds=[(amounts[key], amounts[key]) if key == own else (0, None) for key in keys], method="highs-ds",
        )  # fmt: skip
        ends.append(sign * found.fun if found.status == 0 else sign * -np.inf)
    return ends[0], ends[1]


def tightest(cells: list[Cell], out: dict[str, str], given_up: tuple[str, ...] = ()) -> float:
    """How tightly any cell that is out, or the largest amount in it, can be bounded: the smaller distance, as a share.

    `given_up` are cells that are out, but of which it was said that earlier publications tell them.
    """
    amounts = {key: given.amount for cell in cells for key, given in cell.inside.items()}
    published = [cell for cell in cells if cell.name not in out]
    found = np.inf
    for cell in cells:
        if cell.name in out and cell.name not in given_up and cell.value > 0:
            for target in (frozenset(cell.inside), frozenset({cell.largest})):
                true = sum(amounts[key] for key in target)
                low, high = attack(published, target, amounts)
                found = min(found, (true - low) / true, (high - true) / true)
    return float(found)


def seen_from_within(cells: list[Cell], out: dict[str, str]) -> float:
    """The same of the largest amount of each cell that is out, for every other firm of the county that knows its own."""
    amounts = {key: given.amount for cell in cells for key, given in cell.inside.items()}
    published = [cell for cell in cells if cell.name not in out]
    found = np.inf
    for largest in {cell.largest for cell in cells if cell.name in out and cell.value > 0}:
        for own in amounts.keys() - {largest}:
            low, high = attack(published, frozenset({largest}), amounts, own)
            found = min(found, *(abs(end - amounts[largest]) / amounts[largest] for end in (low, high)))
    return float(found)


def county(random: Random, firms: int, towns: int, industries: int, stages: int = 3) -> list[Cell]:
    """Firms of skewed size in tables by town, industry and stage, with the total and with a table of a part of the firms."""
    told = [
        (n, random.randrange(towns), random.randrange(industries), random.randrange(stages), random.random() < 0.4,
         round(random.lognormvariate(6, 1.6), 0)) for n in range(firms)
    ]  # fmt: skip
    tables = {"town": 1, "industry": 2, "stage": 3}
    cells = []
    for part, (table, place) in product((False, True), tables.items()):
        for value in sorted({firm[place] for firm in told}):
            inside = {
                firm[0]: Given(firm[0], firm[5]) for firm in told if firm[place] == value and (firm[4] or not part)
            }
            cells.append(Cell(f"{part}:{table}={value}", inside))
    for part in (False, True):
        inside = {firm[0]: Given(firm[0], firm[5]) for firm in told if firm[4] or not part}
        cells.append(Cell(f"{part}:total", inside, weight=1000.0, label=f"{part}:total"))
    return [cell for cell in cells if cell.inside]


def test_the_three_rules_of_primary_suppression() -> None:
    assert sensitive(a_cell("a", 10, 10), RULE) == FEW
    assert sensitive(a_cell("b", 90, 5, 5), RULE) == DOMINATED
    assert sensitive(a_cell("c", 50, 47, 3), RULE) == CLOSE
    assert sensitive(a_cell("d", 40, 30, 30), RULE) == ""
    assert sensitive(a_cell("e", 40, 30, 0), RULE) == FEW, "who gives nothing hides nobody"


def test_amounts_of_one_firm_count_as_one_contributor() -> None:
    inside = {n: Given("one firm", 10.0) for n in range(5)}
    assert sensitive(Cell("projects", inside), RULE) == FEW


def test_one_secret_town_takes_a_second_one_along() -> None:
    towns = [a_cell("small", 30, 20), a_cell("middle", 40, 40, 40), a_cell("large", 500, 400, 300)]
    whole = Cell("total", {k: g for cell in towns for k, g in cell.inside.items()}, weight=1000.0)
    found = protect([*towns, whole], RULE)
    assert found.out == {"small": "few", "middle": "secondary"}, "the cheapest that hides it"
    assert tightest([*towns, whole], {"small": "few"}) == pytest.approx(0.0), "alone it could be worked out"
    assert tightest([*towns, whole], found.out) >= WIDTH


@pytest.mark.parametrize("seed", range(6))
def test_nobody_bounds_a_cell_or_its_largest_firm_more_tightly_than_five_per_cent(seed: int) -> None:
    random = Random(seed)
    cells = county(random, firms=random.randrange(40, 90), towns=9, industries=6)
    found = protect(cells, RULE)
    assert not found.failed
    assert "False:total" not in found.out
    assert len(found.out) < len(cells)
    assert tightest(cells, found.out) >= WIDTH - 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_no_firm_that_knows_its_own_amount_bounds_the_largest_of_a_cell_more_tightly(seed: int) -> None:
    cells = county(Random(seed), firms=30, towns=7, industries=4)
    found = protect(cells, RULE)
    assert not found.failed
    assert seen_from_within(cells, found.out) >= WIDTH - 1e-6


def test_two_cells_of_one_firm_each_do_not_hide_one_another_from_these_firms() -> None:
    towns = [a_cell("a", 100), a_cell("b", 90), a_cell("c", 80, 70, 60), a_cell("d", 300, 200, 150)]
    whole = Cell("total", {k: g for cell in towns for k, g in cell.inside.items()}, weight=1000.0)
    few = {"a": FEW, "b": FEW}
    assert tightest([*towns, whole], few) >= WIDTH, "somebody from outside learns their sum only"
    assert seen_from_within([*towns, whole], few) == pytest.approx(0.0), "each takes its own from it"
    found = protect([*towns, whole], RULE)
    assert found.out == {**few, "c": "secondary"}
    assert seen_from_within([*towns, whole], found.out) >= WIDTH - 1e-6


def test_primary_suppression_alone_would_not_have_been_enough() -> None:
    cells = county(Random(1), firms=60, towns=9, industries=6)
    alone = {cell.name: why for cell in cells if (why := sensitive(cell, RULE))}
    assert tightest(cells, alone) < WIDTH


def test_what_an_earlier_edition_left_out_is_not_told_by_a_later_one() -> None:
    small, middle, large = a_cell("small", 30, 20), a_cell("middle", 40, 40, 40), a_cell("large", 500, 400, 300)
    firms = {k: g for cell in (small, middle, large) for k, g in cell.inside.items()}
    earlier = [
        Cell("2024:small", small.inside, hidden=True, label="small"),
        Cell("2024:middle", middle.inside, hidden=True, label="middle"),
        Cell("2024:large", large.inside, fixed=True, label="large"),
        Cell("2024:total", firms, fixed=True, label="total"),
    ]
    late = {f"late{n}": Given(f"late{n}", 60.0) for n in range(4)}
    now = [
        Cell("small", {**small.inside, **late}, label="small"),
        Cell("middle", middle.inside, label="middle"),
        Cell("large", large.inside, label="large"),
        Cell("total", {**firms, **late}, weight=1000.0, label="total"),
    ]
    assert protect(now, RULE).out == {}, "for itself every cell of the new edition may be published"
    given_away = {"2024:small": "earlier", "2024:middle": "earlier"}
    assert tightest([*earlier, *now], given_away) == pytest.approx(0.0), "beside the old one it tells the small town"
    found = protect([*earlier, *now], RULE)
    assert not found.failed
    assert "total" not in found.out
    assert tightest([*earlier, *now], found.out) >= WIDTH - 1e-6


@pytest.mark.parametrize("seed", range(3))
def test_editions_one_after_the_other_stay_protected_together(seed: int) -> None:
    random = Random(seed)
    before = county(random, firms=50, towns=6, industries=5)
    out = protect(before, RULE).out
    earlier = [
        Cell(f"2024:{c.name}", c.inside, fixed=c.name not in out, hidden=c.name in out, label=c.name) for c in before
    ]
    late = {200 + n: Given(200 + n, amount) for n, amount in enumerate((900.0, 700.0, 650.0, 20.0))}
    late_in = ("False:total", "True:total", "False:town=1", "False:industry=1", "False:stage=1")
    now = [
        Cell(c.name, {**c.inside, **late} if c.name in late_in else c.inside, weight=c.weight, label=c.name)
        for c in before
    ]
    found = protect([*earlier, *now], RULE)
    assert tightest([*earlier, *now], found.out, found.failed) >= WIDTH - 1e-6


def test_a_total_that_differs_by_one_firm_is_not_published_again() -> None:
    firms = {n: Given(n, 100.0 + n) for n in range(8)}
    before = Cell("2024:total", firms, fixed=True, label="total")
    one_more = Cell("total", {**firms, 99: Given(99, 55.0)}, label="total")
    assert protect([before, one_more], RULE).out == {"total": DIFFERENCE}
    mostly_one = Cell(
        "total", {**firms, **{90 + n: Given(90 + n, 5.0 if n else 300.0) for n in range(3)}}, label="total"
    )
    assert protect([before, mostly_one], RULE).out == {"total": DIFFERENCE}
    a_small_one = Cell("total", {**firms, 99: Given(99, 2.0)}, label="total")
    told = protect([before, a_small_one], RULE)
    assert (told.out, told.failed) == ({"total": DIFFERENCE}, ()), (
        "what is known nearly all the same is not the total's fault"
    )
    three_more = Cell("total", {**firms, **{90 + n: Given(90 + n, 50.0) for n in range(3)}}, label="total")
    assert protect([before, three_more], RULE).out == {}


def test_what_was_published_before_and_cannot_be_protected_is_said() -> None:
    towns = [a_cell("small", 30, 20), a_cell("large", 500, 400, 300)]
    whole = Cell("total", {k: g for cell in towns for k, g in cell.inside.items()}, fixed=True)
    large = Cell("old-large", towns[1].inside, fixed=True)
    assert protect([towns[0], whole, large], RULE).failed == ("small",)
