"""Statistical disclosure control: which cells of what is published together must be left out.

A cell is a sum over contributors. Primary suppression takes out a cell that would tell what one contributor stated: too few
of them (threshold), the largest few hold too much of it ((n, k) dominance), or the second largest could work out the largest
too closely (p % rule). Secondary suppression takes out more, so that sums and differences of what is left tell no more: a
linear program looks for a change of the contributions that leaves every published cell as it is, and moves a suppressed
cell, and its largest contributor, by the width at least, up and down. What it must let move is suppressed too.

After: L. Willenborg, T. de Waal, Elements of Statistical Disclosure Control, 2001, chapters 6 and 7 (the rules, the linear
program as a heuristic); J. P. Kelly, B. L. Golden, A. A. Assad, Cell suppression, Networks 22 (1992). The numbers are
parameters; the Statistics Law forbids to publish what identifies a unit and gives none.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Key = Hashable
FEW, DOMINATED, CLOSE, SECONDARY = "few", "dominated", "close", "secondary"
DIFFERENCE, EARLIER = "difference", "earlier"
"""Why a cell is out: too few contributors, dominance, the second could work out the first, others would tell it; it differs
from an earlier edition by too few contributors; an earlier edition left it out."""
TINY = 1e-6


@dataclass(frozen=True)
class Given:
    """What one contributor gives to a cell: who it is, and the amount, which is not negative."""

    who: Key
    amount: float


@dataclass(frozen=True)
class Cell:
    """One number of a publication. `inside` has a key for each amount stated: one amount in two cells has one key.

    `fixed` cells were published before, `hidden` ones were left out before: neither can be decided anew, and what is
    published now must not tell the hidden ones either. `weight` is how much the reader would miss the cell; of a total, much.
    """

    name: str
    inside: Mapping[Key, Given]
    fixed: bool = False
    hidden: bool = False
    weight: float = 1.0
    label: str = ""
    """What the cell is called in every edition, so that editions can be compared; empty for one that has no earlier form."""

    @property
    def value(self) -> float:
        return sum(given.amount for given in self.inside.values())

    @property
    def largest(self) -> Key | None:
        """The key of the largest amount in it."""
        return max(self.inside, key=lambda key: self.inside[key].amount, default=None)

    def shares(self) -> list[float]:
        """What each contributor gives in all, the largest first; who gives nothing is left out."""
        total: dict[Key, float] = {}
        for given in self.inside.values():
            total[given.who] = total.get(given.who, 0.0) + given.amount
        return sorted((amount for amount in total.values() if amount > 0), reverse=True)


@dataclass(frozen=True)
class Rule:
    """The numbers of primary and secondary suppression, each a parameter of the place.

    `least` contributors; the `first` largest hold at most `most` of the cell; the second largest cannot know the largest
    more closely than `close`; a suppressed cell can be bounded no more tightly than `width` either way.
    """

    least: int = 3
    first: int = 1
    most: float = 0.8
    close: float = 0.1
    width: float = 0.05


@dataclass
class Protected:
    """Which cells are out and why, and what could not be protected because it was published before."""

    out: dict[str, str] = field(default_factory=dict)
    failed: tuple[str, ...] = ()


def sensitive(cell: Cell, rule: Rule) -> str:
    """Why a cell may not be published for itself; empty when it may."""
    shares = cell.shares()
    total = sum(shares)
    if len(shares) < rule.least:
        return FEW if cell.inside else ""
    if sum(shares[: rule.first]) > rule.most * total:
        return DOMINATED
    return CLOSE if total - shares[0] - shares[1] < rule.close * shares[0] else ""


def protect(cells: Sequence[Cell], rule: Rule) -> Protected:
    """Decide over everything that is published together, what was published before included."""
    found = Protected({cell.name: EARLIER for cell in cells if cell.hidden})
    new = [cell for cell in cells if not cell.fixed and not cell.hidden]
    found.out |= {cell.name: why for cell in new if (why := sensitive(cell, rule))}
    for cell in new:
        if cell.name not in found.out and _tells_difference(cell, cells, rule):
            found.out[cell.name] = DIFFERENCE
    problem, failed, done = _Problem(cells), set(), set()
    while waiting := [name for name in found.out if name not in done]:
        for name in waiting:
            done.add(name)
            for target, amount in problem.targets(name):
                for sign in (1.0, -1.0):
                    more = problem.to_move(target, sign * rule.width * amount, found.out)
                    if more is None:
                        failed.add(name)
                    for other in more or ():
                        found.out.setdefault(other, SECONDARY)
    _release(problem, found, rule, failed)
    found.failed = tuple(sorted(failed))
    return found


def _tells_difference(cell: Cell, cells: Sequence[Cell], rule: Rule) -> bool:
    """Whether an earlier edition of the same cell differs from it by the amounts of too few contributors."""
    for earlier in cells:
        if earlier.fixed and cell.label and earlier.label == cell.label:
            keys = cell.inside.keys() ^ earlier.inside.keys()
            changed = {(cell.inside.get(key) or earlier.inside[key]).who for key in keys}
            if 0 < len(changed) < rule.least:
                return True
    return False


def _release(problem: _Problem, found: Protected, rule: Rule, failed: set[str]) -> None:
    """Give back what the program took out and did not need, the cell most missed first."""
    second = [name for name, why in found.out.items() if why == SECONDARY]
    for name in sorted(second, key=lambda each: -problem.cell(each).weight * (1 + problem.cell(each).value)):
        trial = {other: why for other, why in found.out.items() if other != name}
        if problem.holds(trial, rule, failed):
            found.out = trial


class _Problem:
    """The linear program. Its unknowns are changes of atoms: amounts that stand in the same cells move as one."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        import numpy as np

        self.cells = {cell.name: cell for cell in cells}
        apart = {cell.largest for cell in cells if not cell.fixed}
        stands: dict[Key, list[int]] = {}
        amounts: dict[Key, float] = {}
        for place, cell in enumerate(cells):
            for key, given in cell.inside.items():
                stands.setdefault(key, []).append(place)
                amounts[key] = given.amount
        atoms: dict[Any, int] = {}
        self.atom_of: dict[Key, int] = {}
        for key, places in stands.items():
            mark = (key,) if key in apart else tuple(places)
            self.atom_of[key] = atoms.setdefault(mark, len(atoms))
        self.amounts = np.zeros(len(atoms))
        for key, atom in self.atom_of.items():
            self.amounts[atom] += amounts[key]
        self.matrix = np.zeros((len(cells), len(atoms)))
        for key, places in stands.items():
            self.matrix[places, self.atom_of[key]] = 1.0
        self.names = [cell.name for cell in cells]
        self.weights = np.array([cell.weight * (1 + cell.value / (1 + self.amounts.sum())) for cell in cells])
        self.fixed = np.array([cell.fixed for cell in cells], dtype=bool)

    def cell(self, name: str) -> Cell:
        return self.cells[name]

    def targets(self, name: str) -> Iterable[tuple[Any, float]]:
        """What must be able to move when a cell is out: the cell itself, and the largest amount in it."""
        import numpy as np

        cell = self.cells[name]
        if cell.value > 0:
            yield self.matrix[self.names.index(name)], cell.value
            alone = np.zeros(len(self.amounts))
            alone[self.atom_of[cell.largest]] = 1.0
            yield alone, cell.inside[cell.largest].amount

    def to_move(self, target: Any, by: float, out: Mapping[str, str]) -> list[str] | None:
        """The cells that must be let go, at the least cost, for the target to move so far; None when nothing helps."""
        import numpy as np
        from scipy.optimize import linprog
        from scipy.sparse import csr_matrix, hstack, identity, vstack

        free = np.array([name in out for name in self.names]) & ~self.fixed
        held, open_ = self.matrix[self.fixed], self.matrix[~free & ~self.fixed]
        size, count = abs(by), len(open_)
        atoms = csr_matrix(open_)
        wide = identity(count, format="csr")
        upper = vstack([hstack([atoms, -wide]), hstack([-atoms, -wide])]) if count else None
        push = csr_matrix(np.concatenate([-np.sign(by) * target, np.zeros(count)])[None, :])
        rows = vstack([upper, push]) if upper is not None else push
        limits = np.concatenate([np.zeros(2 * count), [-1.0]])
        equal = hstack([csr_matrix(held), csr_matrix((len(held), count))]) if len(held) else None
        found = linprog(
            np.concatenate([np.zeros(len(self.amounts)), self.weights[~free & ~self.fixed]]),
            A_ub=rows, b_ub=limits, A_eq=equal, b_eq=np.zeros(len(held)) if len(held) else None,
            bounds=[*((-amount / size, None) for amount in self.amounts), *((0, None) for _each in range(count))],
            method="highs",
        )  # fmt: skip
        if not found.success:
            return None
        moved = found.x[len(self.amounts) :] > TINY
        names = [name for name, gone, fixed in zip(self.names, free, self.fixed, strict=True) if not gone and not fixed]
        return [name for name, moves in zip(names, moved, strict=True) if moves]

    def holds(self, out: Mapping[str, str], rule: Rule, failed: set[str]) -> bool:
        """Whether every cell that is out stays as wide as the rule wants, but for those that could not be helped."""
        return all(
            self.to_move(target, sign * rule.width * amount, out) == []
            for name in out
            if name not in failed
            for target, amount in self.targets(name)
            for sign in (1.0, -1.0)
        )
