"""Statistical disclosure control: which cells of what is published together must be left out.

A cell is a sum over contributors. Primary suppression takes out a cell that would tell what one contributor stated: too few
of them (threshold), the largest few hold too much of it ((n, k) dominance), or the second largest could work out the largest
too closely (p % rule). Secondary suppression takes out more, so that sums and differences of what is left tell no more: a
linear program looks for a change of the contributions that leaves every published cell as it is, and moves a suppressed
cell, and its largest contributor, by the width at least, up and down. What it must let move is suppressed too. The largest
contributor must so move in the eyes of every single other contributor too, who knows his own amounts.

After: L. Willenborg, T. de Waal, Elements of Statistical Disclosure Control, 2001, chapters 6 and 7 (the rules, the linear
program as a heuristic); J. P. Kelly, B. L. Golden, A. A. Assad, Cell suppression, Networks 22 (1992). The numbers are
parameters; the Statistics Law forbids to publish what identifies a unit and gives none.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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

    `fixed` cells were published before, the older first, `hidden` ones were left out before: neither can be decided anew, and
    what is published now must not tell the hidden ones either. `weight` is how much the reader would miss the cell; of a
    total, much.
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
    before: dict[str, list[Cell]] = {}
    for cell in cells:
        if cell.fixed and cell.label:
            before.setdefault(cell.label, []).append(cell)
    since = {cell.name: _since(cell, before[cell.label][-1]) for cell in new if cell.label in before}
    for cell in new:
        if cell.name not in found.out and any(_tells(cell, each, rule) for each in before.get(cell.label, ())):
            found.out[cell.name] = DIFFERENCE
    failed: set[str] = set()
    for part in _linked([*cells, *since.values()]):
        alike: dict[Key, list[Cell]] = {}
        for cell in part:
            alike.setdefault((frozenset(cell.inside), cell.fixed, cell.hidden and cell.name), []).append(cell)
        out = {same[0].name: why for same in alike.values() if (why := _any_out(same, found.out))}
        weights = [sum(cell.weight for cell in same) for same in alike.values()]
        one = [replace(same[0], weight=weight) for same, weight in zip(alike.values(), weights, strict=True)]
        failed |= _spread(_Problem(one, rule, since), out)
        for same in alike.values():
            if same[0].name in out:
                found.out |= {cell.name: found.out.get(cell.name) or out[same[0].name] for cell in same}
    found.failed = tuple(sorted(failed))
    return found


def _any_out(same: Iterable[Cell], out: Mapping[str, str]) -> str:
    return next((out[cell.name] for cell in same if cell.name in out), "")


def _linked(cells: Sequence[Cell]) -> list[list[Cell]]:
    """The cells in groups that share no amount: what one of them tells says nothing of another."""
    group: dict[Key, int] = {}
    groups: dict[int, list[Cell]] = {}
    keys: dict[int, set[Key]] = {}
    for number, cell in enumerate(cells):
        groups[number], keys[number] = [cell], set(cell.inside)
        for other in {group[key] for key in cell.inside if key in group}:
            groups[number] += groups.pop(other)
            keys[number] |= keys.pop(other)
        group |= dict.fromkeys(keys[number], number)
    return list(groups.values())


def _spread(problem: _Problem, out: dict[str, str]) -> set[str]:
    """Take out of `out`'s company what would tell it, and give the names that nothing helps."""
    failed: set[str] = set()
    done: set[str] = set()
    while waiting := [name for name in out if name not in done]:
        for name in waiting:
            done.add(name)
            for aim in problem.aims(name, out[name]):
                more = problem.to_move(aim, out)
                if more is None:
                    failed.add(name)
                for other in more or ():
                    out.setdefault(other, SECONDARY)
    _release(problem, out, failed)
    return failed


def _since(cell: Cell, earlier: Cell) -> Cell:
    """What came to a cell since the edition in which it was last published.

    A cell that was published once and is now left out is known nearly, if little came: this is what it must not tell.
    """
    came = {key: given for key, given in cell.inside.items() if key not in earlier.inside}
    return Cell(f"{cell.name} since {earlier.name}", came, hidden=True)


def _tells(cell: Cell, earlier: Cell, rule: Rule) -> bool:
    """Whether the difference of two editions of a cell may not be published for itself."""
    moved: dict[Key, float] = {}
    for inside, sign in ((cell.inside, 1.0), (earlier.inside, -1.0)):
        for key in inside.keys() & (cell.inside.keys() ^ earlier.inside.keys()):
            moved[inside[key].who] = moved.get(inside[key].who, 0.0) + sign * inside[key].amount
    changed = {who: Given(who, abs(amount)) for who, amount in moved.items() if amount}
    return bool(sensitive(Cell(cell.name, changed), rule))


def _release(problem: _Problem, out: dict[str, str], failed: set[str]) -> None:
    """Give back what the program took out and did not need, the cell most missed first."""
    second = [name for name, why in out.items() if why == SECONDARY]
    for name in sorted(second, key=lambda each: -problem.cells[each].weight * (1 + problem.cells[each].value)):
        why = out.pop(name)
        if any(
            problem.to_move(aim, out) != set()
            for each in out
            if each not in failed
            for aim in problem.aims(each, out[each])
        ):
            out[name] = why


@dataclass(frozen=True)
class _Aim:
    """What must be able to move when a cell is out: the cell itself, or the largest amount in it; up, or down."""

    cell: str
    alone: Key | None
    up: bool


class _Problem:
    """The linear program. Its unknowns are changes of atoms: amounts that stand in the same cells move as one."""

    def __init__(self, cells: Sequence[Cell], rule: Rule, since: Mapping[str, Cell]) -> None:
        import numpy as np

        self.width = rule.width
        self.since = since
        self.cells = {cell.name: cell for cell in cells}
        self.place = {name: place for place, name in enumerate(self.cells)}
        apart = {cell.largest for cell in cells if not cell.fixed}
        stands: dict[Key, list[int]] = {}
        told: dict[Key, Given] = {}
        for place, cell in enumerate(cells):
            for key, given in cell.inside.items():
                stands.setdefault(key, []).append(place)
                told[key] = given
        atoms: dict[Any, int] = {}
        self.atom_of: dict[Key, int] = {}
        for key, places in stands.items():
            mark = (key,) if key in apart else tuple(places)
            self.atom_of[key] = atoms.setdefault(mark, len(atoms))
        self.within: list[dict[Key, float]] = [{} for _atom in atoms]
        """Of each atom how much of it each contributor gave."""
        self.matrix = np.zeros((len(cells), len(atoms)))
        for key, places in stands.items():
            atom, given = self.atom_of[key], told[key]
            self.within[atom][given.who] = self.within[atom].get(given.who, 0.0) + given.amount
            self.matrix[places, atom] = 1.0
        self.gave: dict[Key, list[tuple[int, float]]] = {}
        """Of each contributor the atoms and how much of them: the same the other way round."""
        for atom, inside in enumerate(self.within):
            for who, amount in inside.items():
                self.gave.setdefault(who, []).append((atom, amount))
        self.amounts = np.array([sum(inside.values()) for inside in self.within])
        self.weights = np.array([cell.weight * (1 + cell.value / (1 + self.amounts.sum())) for cell in cells])
        self.fixed = np.array([cell.fixed for cell in cells], dtype=bool)
        self.hidden = np.array([cell.hidden for cell in cells], dtype=bool)
        self.givers = np.array([len(inside) for inside in self.within])
        self._kept: dict[tuple[_Aim, tuple[Key, ...]], Any] = {}
        self._rows: tuple[Any, tuple[Any, Any, Any]] | None = None

    def aims(self, name: str, why: str) -> Iterator[_Aim]:
        """What must be able to move when a cell is out for such a reason."""
        cell = self.cells[name]
        if why in {DIFFERENCE, SECONDARY} and name in self.since:
            cell = self.since[name]
        if cell.value > 0:
            for alone in (None, cell.largest):
                yield from (_Aim(cell.name, alone, up) for up in (True, False))

    def to_move(self, aim: _Aim, out: Mapping[str, str]) -> set[str] | None:
        """The cells that must be let go, at the least cost, for the aim to move far enough; None when nothing helps."""
        moved = self._solved(aim, (), out)
        if moved is None:
            return None
        more = self._for_each(aim, self._needed(aim, moved), out) if aim.alone is not None else set()
        return None if more is None else more | self._let_go(moved, out)

    def _for_each(self, aim: _Aim, group: tuple[Key, ...], out: Mapping[str, str]) -> set[str] | None:
        """The same in the eyes of each of these contributors. What moves for all of them together moves for each."""
        if not group:
            return set()
        moved = self._solved(aim, group, out)
        go = None if moved is None else self._let_go(moved, out)
        if go == set() or len(group) == 1:
            return go
        middle = len(group) // 2
        first, second = self._for_each(aim, group[:middle], out), self._for_each(aim, group[middle:], out)
        return None if first is None or second is None else first | second

    def _size(self, aim: _Aim) -> float:
        cell = self.cells[aim.cell]
        return self.width * (cell.value if aim.alone is None else cell.inside[aim.alone].amount)

    def _needed(self, aim: _Aim, moved: Any) -> tuple[Key, ...]:
        """The other contributors who by their own amounts alone would see that this change is none."""
        own, size = self.cells[aim.cell].inside[aim.alone].who, self._size(aim)
        found = {
            who: None
            for atom in (abs(moved) > TINY).nonzero()[0]
            for who, amount in self.within[atom].items()
            if who != own
            and (len(self.within[atom]) == 1 or self.amounts[atom] - amount + size * moved[atom] < -TINY * size)
        }
        return tuple(found)

    def _closed(self, out: Mapping[str, str]) -> Any:
        """Which cells are published now: neither out, nor told or left out before."""
        import numpy as np

        return ~np.array([name in out for name in self.cells]) & ~self.fixed & ~self.hidden

    def _let_go(self, moved: Any, out: Mapping[str, str]) -> set[str]:
        changed = (abs(self.matrix @ moved) > TINY) & self._closed(out)
        return {name for name, place in self.place.items() if changed[place]}

    def _solved(self, aim: _Aim, held: tuple[Key, ...], out: Mapping[str, str]) -> Any:
        """The change in parts of the aim's width, found before where that one still leaves every published cell as it is."""
        kept = self._kept.get((aim, held))
        if kept is None or self._let_go(kept, out):
            kept = self._solve(aim, held, out)
            if kept is not None:
                self._kept[aim, held] = kept
        return kept

    def _solve(self, aim: _Aim, held: tuple[Key, ...], out: Mapping[str, str]) -> Any:
        """`held` are contributors who know their own amounts; nobody for somebody from outside."""
        import numpy as np
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array, vstack

        closed = self._closed(out)
        count, size = int(closed.sum()), self._size(aim)
        target = np.zeros((1, len(self.amounts) + count))
        if aim.alone is None:
            target[0, : len(self.amounts)] = self.matrix[self.place[aim.cell]]
        else:
            target[0, self.atom_of[aim.alone]] = 1.0
        rows, least, most = self._published(closed)
        own, others = np.zeros(len(self.within)), self.givers.copy()
        for who in held:
            for atom, amount in self.gave.get(who, ()):
                own[atom] += amount
                others[atom] -= 1
        down = np.where(others > 0, -np.maximum(self.amounts - own, 0.0) / size, 0.0)
        up = np.where(others > 0, np.inf, 0.0)
        # without an unknown that must be whole it is a linear program, which this door hands to HiGHS as it is
        found = milp(
            np.concatenate([np.zeros(len(self.amounts)), self.weights[closed]]),
            constraints=LinearConstraint(
                vstack([rows, csr_array(-target if aim.up else target)], format="csc"),
                np.append(least, -np.inf),
                np.append(most, -1.0),
            ),
            bounds=Bounds(np.concatenate([down, np.zeros(count)]), np.concatenate([up, np.full(count, np.inf)])),
        )
        return found.x[: len(self.amounts)] if found.success else None

    def _published(self, closed: Any) -> tuple[Any, Any, Any]:
        """The rows that hold what is published: a cell that is closed moves at a cost, one told before not at all."""
        import numpy as np
        from scipy.sparse import csr_array, hstack, identity, vstack

        if self._rows is None or (self._rows[0] != closed).any():
            count, before = int(closed.sum()), csr_array(self.matrix[self.fixed])
            atoms, wide = csr_array(self.matrix[closed]), identity(count, format="csr")
            still = hstack([before, csr_array((before.shape[0], count))])
            rows = vstack([hstack([atoms, -wide]), hstack([-atoms, -wide]), still], format="csr")
            least = np.concatenate([np.full(2 * count, -np.inf), np.zeros(before.shape[0])])
            self._rows = closed, (rows, least, np.zeros(rows.shape[0]))
        held: tuple[Any, Any, Any] = self._rows[1]
        return held
