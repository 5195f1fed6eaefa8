"""A flow drawn as boxes and arrows: states in columns from left to right, moves between them. Positions only, no Django.

Columns follow the longest way from the start; a move that goes back runs below the boxes. Rows are put in order by the
barycentre method (Sugiyama, Tagawa and Toda 1981), three sweeps, which is enough for flows of a dozen states.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
    """The longest way from a state that nothing leads to."""
    column = {s.name: 0 for s in states}
    for _ in states:
        for a, b in forward:
            column[b] = max(column[b], column[a] + 1)
    return column


def _rows(states: Sequence[FlowState], column: dict[str, int], forward: Sequence[tuple[str, str]]) -> list[list[str]]:
    """The states (and the bends of long arrows, named "a>b:c") of each column, in order from top to bottom."""
    last = max(column.values(), default=0)
    rows: list[list[str]] = [[s.name for s in states if column[s.name] == c] for c in range(last + 1)]
    near: dict[str, list[str]] = defaultdict(list)
    for a, b in forward:
        chain = [a, *(f"{a}>{b}:{c}" for c in range(column[a] + 1, column[b])), b]
        for c, name in enumerate(chain[1:-1], column[a] + 1):
            rows[c].append(name)
        for left, right in zip(chain, chain[1:], strict=False):
            near[left].append(right)
            near[right].append(left)
    for sweep in range(3):
        order = range(1, last + 1) if sweep % 2 == 0 else range(last - 1, -1, -1)
        for c in order:
            beside = c - 1 if sweep % 2 == 0 else c + 1
            place = {name: i for i, name in enumerate(rows[beside])}
            mean = {n: _mean([place[m] for m in near[n] if m in place], i) for i, n in enumerate(rows[c])}
            rows[c].sort(key=lambda n, mean=mean: mean[n])  # type: ignore[misc]
    return rows


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
    nodes, middle = {}, {}
    for c, names in enumerate(rows):
        wide = max((width.get(n, 0) for n in names), default=0)
        for i, name in enumerate(names):
            centre = PAD + 6 + BOX / 2 + (i + (tall - len(names)) / 2) * LINE
            middle[name] = (lefts[c], lefts[c] + wide, centre)
            if name in width:
                state = next(s for s in states if s.name == name)
                nodes[name] = Node(state, round(lefts[c] + (wide - width[name]) / 2, 1), round(centre - BOX / 2, 1), width[name])
    floor = PAD + 6 + (tall - 1) * LINE + BOX
    edges = [_forward_edge(links[a, b], nodes[a], nodes[b], [middle[f"{a}>{b}:{c}"] for c in range(column[a] + 1, column[b])]) for a, b in forward]
    lanes = sorted(back, key=lambda link: abs(column[link[0]] - column[link[1]]))
    edges += [_back_edge(links[a, b], nodes[a], nodes[b], floor + LANE * (i + 1)) for i, (a, b) in enumerate(lanes)]
    height = floor + LANE * len(back) + PAD + (10 if back else 0)
    return FlowDrawing(round(total, 1), round(height, 1), tuple(nodes.values()), tuple(edges))


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


def _forward_edge(titles: tuple[str, ...], a: Node, b: Node, bends: Sequence[tuple[float, float, float]]) -> Edge:
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


def _back_edge(titles: tuple[str, ...], a: Node, b: Node, lane: float) -> Edge:
    """Down from the source, along a lane below everything, up into the target; the same box leaves and enters apart."""
    shift = 12 if a is b else 0
    x, to_x = round(a.x + a.width / 2 + 8 + shift, 1), round(b.x + b.width / 2 - 8 - shift, 1)
    turn = 8 if x > to_x else -8
    d = (
        f"M{x:g},{a.y + BOX:g} V{lane - 8:g} Q{x:g},{lane:g} {x - turn:g},{lane:g} "
        f"H{to_x + turn:g} Q{to_x:g},{lane:g} {to_x:g},{lane - 8:g} V{b.y + BOX + 2:g}"
    )
    return Edge(titles, d, round((x + to_x) / 2, 1), lane, True)
