"""A flow drawn as boxes and arrows: states in columns from left to right, moves between them. Positions only, no Django.

Columns follow the longest way from the start; a move that goes back runs below the boxes. Rows are put in order by the
barycentre method (Sugiyama, Tagawa and Toda 1981), three sweeps, which is enough for flows of a dozen states.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

BOX, LINE, FONT = 44.0, 74.0, 14.0
PAD, LANE = 12.0, 30.0


@dataclass(frozen=True)
class FlowState:
    """One state; `kind` is start, normal, good (a wished-for end) or bad (another end)."""

    name: str
    title: str
    kind: str = "normal"


@dataclass(frozen=True)
class FlowMove:
    """One move from a state to a state."""

    title: str
    source: str
    target: str


@dataclass(frozen=True)
class Node:
    """A placed state: the upper left corner and the size of its box."""

    state: FlowState
    x: float
    y: float
    width: float
    height: float = BOX

    @property
    def middle(self) -> float:
        """Where its words are centred."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True)
class Edge:
    """A placed move: the `d` of its line, and the middle of its label."""

    titles: tuple[str, ...]
    d: str
    label_x: float
    label_y: float
    back: bool


@dataclass(frozen=True)
class FlowDrawing:
    """A whole drawing."""

    width: float
    height: float
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def text_width(text: str, size: float = FONT) -> float:
    """About how wide a text is: a Chinese character is one em, a Latin letter a little over a half."""
    return sum(size if ord(c) > 0x2E7F else size * 0.56 for c in text)


def _links(states: Sequence[FlowState], moves: Sequence[FlowMove]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Moves between the same two states share one arrow; moves that name an unknown state are left out."""
    known = {s.name for s in states}
    links: dict[tuple[str, str], tuple[str, ...]] = {}
    for m in moves:
        if m.source in known and m.target in known and m.title not in links.get((m.source, m.target), ()):
            links[m.source, m.target] = (*links.get((m.source, m.target), ()), m.title)
    return links


def _back_links(states: Sequence[FlowState], links: Mapping[tuple[str, str], object]) -> set[tuple[str, str]]:
    """The links that close a circle, found by a depth-first walk in the order of the declaration."""
    after: dict[str, list[str]] = defaultdict(list)
    for a, b in links:
        after[a].append(b)
    done: set[str] = set()
    path: list[str] = []
    back: set[tuple[str, str]] = set()

    def walk(name: str) -> None:
        path.append(name)
        for following in after[name]:
            if following in path:
                back.add((name, following))
            elif following not in done:
                walk(following)
        path.pop()
        done.add(name)

    for state in sorted(states, key=lambda s: s.kind != "start"):
        if state.name not in done:
            walk(state.name)
    return back


def _columns(states: Sequence[FlowState], forward: Sequence[tuple[str, str]]) -> dict[str, int]:
    """The longest way from a state that nothing leads to; the ends stand together on the right."""
    column = {s.name: 0 for s in states}
    for _ in states:
        for a, b in forward:
            column[b] = max(column[b], column[a] + 1)
    left = {a for a, _ in forward}
    ends = [s.name for s in states if s.kind in {"good", "bad"} and s.name not in left]
    return {**column, **dict.fromkeys(ends, max(column.values()))}


def _bends(a: str, b: str, column: Mapping[str, int]) -> list[str]:
    """The names of the places where an arrow passes the columns between its ends."""
    return [f"{a}>{b}:{c}" for c in range(column[a] + 1, column[b])]


def _rows(
    states: Sequence[FlowState], column: Mapping[str, int], forward: Sequence[tuple[str, str]]
) -> list[list[str]]:
    """The states and bends of each column, in order from top to bottom."""
    last = max(column.values(), default=0)
    rows: list[list[str]] = [[s.name for s in states if column[s.name] == c] for c in range(last + 1)]
    near: dict[str, list[str]] = defaultdict(list)
    for a, b in forward:
        bends = _bends(a, b, column)
        for c, name in enumerate(bends, column[a] + 1):
            rows[c].append(name)
        for left, right in pairwise([a, *bends, b]):
            near[left].append(right)
            near[right].append(left)
    for order, step in ((range(1, last + 1), -1), (range(last - 1, -1, -1), 1), (range(1, last + 1), -1)):
        for c in order:
            rows[c] = _ordered(rows[c], rows[c + step], near)
    return rows


def _ordered(names: list[str], beside: list[str], near: Mapping[str, list[str]]) -> list[str]:
    """A column in the order of the mean places of its neighbours in the column beside it."""
    place = {name: i for i, name in enumerate(beside)}
    mean = {n: _mean([place[m] for m in near.get(n, ()) if m in place], i) for i, n in enumerate(names)}
    return sorted(names, key=lambda n: mean[n])


def _mean(places: Sequence[int], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise


def draw_flow(states: Sequence[FlowState], moves: Sequence[FlowMove]) -> FlowDrawing:
    """Place the states and moves of a flow. Unknown states in moves are ignored; an empty flow gives an empty drawing."""
    if not states:
        return FlowDrawing(0, 0, (), ())
    links = _links(states, moves)
    back = _back_links(states, links)
    forward = [link for link in links if link not in back]
    column = _columns(states, forward)
    rows = _rows(states, column, forward)
    tall = max(len(r) for r in rows)
    width = {s.name: max(84.0, round(text_width(s.title) + 32, 1)) for s in states}
    lefts, total = _lefts(rows, links, forward, column, width)
    spots = _spots(rows, lefts, width, tall)
    nodes = {s.name: _node(s, spots[s.name], width[s.name]) for s in states}
    floor = PAD + 6 + (tall - 1) * LINE + BOX
    edges = [
        _forward_edge(links[a, b], nodes[a], nodes[b], [spots[n] for n in _bends(a, b, column)]) for a, b in forward
    ]
    lanes = sorted(back, key=lambda link: (abs(column[link[0]] - column[link[1]]), link))
    low = {names[-1] for names in rows if names}
    for i, (a, b) in enumerate(lanes, 1):
        edges.append(_back_edge(links[a, b], (nodes[a], a in low), (nodes[b], b in low), floor + LANE * i))
    height = floor + LANE * len(back) + PAD + (10 if back else 0)
    return FlowDrawing(round(total, 1), round(height, 1), tuple(nodes.values()), tuple(edges))


Spot = tuple[float, float, float]
"""Left and right edge of a column, and the height of a place in it."""


def _spots(
    rows: Sequence[Sequence[str]], lefts: Sequence[float], width: Mapping[str, float], tall: int
) -> dict[str, Spot]:
    """Where each state and each bend lies; a short column is centred beside a tall one."""
    found: dict[str, Spot] = {}
    for left, names in zip(lefts, rows, strict=True):
        right = left + max((width.get(n, 0) for n in names), default=0)
        for i, name in enumerate(names):
            found[name] = (left, right, PAD + 6 + BOX / 2 + (i + (tall - len(names)) / 2) * LINE)
    return found


def _node(state: FlowState, spot: Spot, width: float) -> Node:
    left, right, centre = spot
    return Node(state, round((left + right - width) / 2, 1), round(centre - BOX / 2, 1), width)


def _lefts(
    rows: Sequence[Sequence[str]],
    links: Mapping[tuple[str, str], tuple[str, ...]],
    forward: Sequence[tuple[str, str]],
    column: Mapping[str, int],
    width: Mapping[str, float],
) -> tuple[list[float], float]:
    """The left edge of each column: as far apart as the longest label between two of them needs."""
    lefts, x = [], PAD
    for c, names in enumerate(rows):
        lefts.append(x)
        labels = [text_width(t, 12) for a, b in forward if column[a] == c for t in links[a, b]]
        x += max((width.get(n, 0) for n in names), default=0) + max([56.0, *(w + 34 for w in labels)])
    return lefts, lefts[-1] + max((width.get(n, 0) for n in rows[-1]), default=0) + PAD


def _forward_edge(titles: tuple[str, ...], a: Node, b: Node, bends: Sequence[Spot]) -> Edge:
    x, y = a.x + a.width, a.y + BOX / 2
    end_x, end_y = b.x - 2, b.y + BOX / 2
    first_x, first_y = (bends[0][0], bends[0][2]) if bends else (end_x, end_y)
    d, at_x, at_y = f"M{x:g},{y:g}", x, y
    for left, right, centre in bends:
        d += f" {_curve(at_x, at_y, left, centre)} L{right:g},{centre:g}"
        at_x, at_y = right, centre
    d += f" {_curve(at_x, at_y, end_x, end_y)}"
    return Edge(titles, d, round((x + first_x) / 2, 1), round((y + first_y) / 2, 1), False)


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    if y == to_y:
        return f"L{to_x:g},{to_y:g}"
    half = round((x + to_x) / 2, 1)
    return f"C{half:g},{y:g} {half:g},{to_y:g} {to_x:g},{to_y:g}"


def _back_edge(titles: tuple[str, ...], source: tuple[Node, bool], target: tuple[Node, bool], lane: float) -> Edge:
    """Down from the source, along a lane below everything, up into the target.

    The lowest box of a column is left and entered at its foot, any other at its side, so that no line crosses a box.
    """
    (a, a_low), (b, b_low) = source, target
    shift = 12 if a is b else 0
    if a_low:
        x = round(a.x + a.width / 2 + 8 + shift, 1)
        d = f"M{x:g},{a.y + BOX:g}"
    else:
        x = round(a.x + a.width + 14, 1)
        d = f"M{a.x + a.width:g},{a.y + BOX - 10:g} H{x - 6:g} Q{x:g},{a.y + BOX - 10:g} {x:g},{a.y + BOX - 4:g}"
    to_x = round(b.x + b.width / 2 - 8 - shift, 1) if b_low else round(b.x - 14, 1)
    turn = 8 if x > to_x else -8
    d += f" V{lane - 8:g} Q{x:g},{lane:g} {x - turn:g},{lane:g} H{to_x + turn:g} Q{to_x:g},{lane:g} {to_x:g},{lane - 8:g}"
    d += (
        f" V{b.y + BOX + 2:g}"
        if b_low
        else f" V{b.y + BOX - 4:g} Q{to_x:g},{b.y + BOX - 10:g} {to_x + 6:g},{b.y + BOX - 10:g} H{b.x - 2:g}"
    )
    return Edge(titles, d, round((x + to_x) / 2, 1), lane, True)
