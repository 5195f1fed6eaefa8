"""A flow as BPMN 2.0 (ISO/IEC 19510:2013), with its diagram: for the eyes of whoever reviews it and for any engine that opens it.

A state is a user task, a state that ends an end event, a move a sequence flow with its name. Where several moves leave a
state an exclusive gateway asks the variable `move`, so that an engine can walk the same table. A limit stands as a text
annotation: ISO 8601 has no working days, and a timer that counts other days than the law would be wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as XML

from django.utils.translation import gettext as _

from hanfeng.kernel.base.clocks import Limit
from hanfeng.kernel.desk.drawing import FlowDrawing, FlowMove, FlowState, Node, draw_flow, text_width

from .flow import Flow, Move

MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DD = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
OWN = "https://hanfeng.dev/bpmn"
WIDE, HIGH = 2.0, 1.7  # the drawing of the page is spread by these: gateways and longer boxes need room
TASK, EVENT, GATE, GAP = 60.0, 36.0, 40.0, 18.0
LEFT = 110.0  # for the start event
Point = tuple[float, float]
MEDIA = "application/xml"


def bpmn(flow: Flow, name: str, title: str) -> bytes:
    """The definitions of one process as XML, in the active language. `name` is its id."""
    for prefix, space in (("", MODEL), ("bpmndi", DI), ("dc", DC), ("di", DD), ("xsi", XSI), ("hanfeng", OWN)):
        XML.register_namespace(prefix, space)
    where = {"id": f"definitions_{name}", "targetNamespace": OWN, "exporter": "hanfeng", "expressionLanguage": "python"}
    root = XML.Element(f"{{{MODEL}}}definitions", where)
    process = XML.SubElement(root, _m("process"), {"id": name, "name": title, "isExecutable": "true"})
    edges = list(_edges(flow))
    _elements(process, flow, edges)
    _diagram(root, name, flow, edges)
    XML.indent(root)
    return bytes(XML.tostring(root, encoding="utf-8", xml_declaration=True))


def _m(tag: str) -> str:
    return f"{{{MODEL}}}{tag}"


@dataclass(frozen=True)
class Edge:
    """One sequence flow: `move` is None for the ways from the start and into a gateway."""

    id: str
    source: str
    target: str
    move: Move | None = None


def state_id(state: Any) -> str:
    """The id of a state in the diagram: an XML name."""
    return "state_" + re.sub(r"[^A-Za-z0-9_]", "_", str(state.value))


def gate_id(state: Any) -> str:
    """The id of the gateway behind a state."""
    return f"after_{state_id(state)}"


def _edges(flow: Flow) -> Iterator[Edge]:
    yield Edge("flow_start", "start", state_id(flow.start))
    leaving = Counter(move.source for move in flow.moves)
    for state in flow.states:
        if leaving[state] > 1:
            yield Edge(f"flow_{gate_id(state)}", state_id(state), gate_id(state))
    for move in flow.moves:
        source = gate_id(move.source) if leaving[move.source] > 1 else state_id(move.source)
        name = re.sub(r"[^A-Za-z0-9_]", "_", move.name)
        yield Edge(f"flow_{state_id(move.source)}_{name}", source, state_id(move.target), move)


# --- the process ------------------------------------------------------------------------------------------------------


def _elements(process: XML.Element, flow: Flow, edges: list[Edge]) -> None:
    start = XML.SubElement(process, _m("startEvent"), {"id": "start", "name": _("Filed")})
    _ways(start, "start", edges)
    for state in flow.states:
        _state(process, flow, state, edges)
    for edge in edges:
        _sequence(process, edge)
    for state, limit in flow.limits.items():
        note = XML.SubElement(process, _m("textAnnotation"), {"id": f"limit_{state_id(state)}"})
        XML.SubElement(note, _m("text")).text = limit_words(limit)
        tie = {"id": f"tie_{state_id(state)}", "sourceRef": state_id(state), "targetRef": f"limit_{state_id(state)}"}
        XML.SubElement(process, _m("association"), tie)


def _state(process: XML.Element, flow: Flow, state: Any, edges: list[Edge]) -> None:
    name = {"id": state_id(state), "name": str(state.label)}
    leaving = [e for e in edges if e.source == state_id(state)]
    if not leaving:
        _ways(XML.SubElement(process, _m("endEvent"), name), state_id(state), edges)
        return
    task = XML.SubElement(process, _m("userTask"), name)
    if state in flow.stops:
        XML.SubElement(task, _m("documentation")).text = _("The clock stands still here.")
    more = XML.SubElement(task, _m("extensionElements"))
    known = {
        "value": str(state.value),
        "stops": str(state in flow.stops).lower(),
        "ends": str(state in flow.ends).lower(),
    }
    XML.SubElement(more, f"{{{OWN}}}state", known)
    if limit := flow.limits.get(state):
        XML.SubElement(more, f"{{{OWN}}}limit", {"amount": f"{limit.amount:g}", "clock": str(limit.clock.value)})
    _ways(task, state_id(state), edges)
    if any(e.source == gate_id(state) for e in edges):
        gate = {"id": gate_id(state), "gatewayDirection": "Diverging"}
        _ways(XML.SubElement(process, _m("exclusiveGateway"), gate), gate_id(state), edges)


def _ways(element: XML.Element, name: str, edges: list[Edge]) -> None:
    for tag, end in (("incoming", "target"), ("outgoing", "source")):
        for edge in edges:
            if getattr(edge, end) == name:
                XML.SubElement(element, _m(tag)).text = edge.id


def _sequence(process: XML.Element, edge: Edge) -> None:
    told = {"id": edge.id, "sourceRef": edge.source, "targetRef": edge.target}
    move = edge.move
    if move is None:
        XML.SubElement(process, _m("sequenceFlow"), told)
        return
    way = XML.SubElement(process, _m("sequenceFlow"), {**told, "name": str(move.title)})
    XML.SubElement(way, _m("documentation")).text = " ".join(_said(move))
    more = XML.SubElement(way, _m("extensionElements"))
    known = {"name": move.name, "note": str(move.note).lower(), "notOwn": str(move.not_own).lower()}
    kept = XML.SubElement(more, f"{{{OWN}}}move", {**known, "guarded": str(move.guard is not None).lower()})
    for role in move.by:
        XML.SubElement(kept, f"{{{OWN}}}role", {"name": role.name, "title": str(role.title)})
    if edge.source.startswith("after_"):
        rule = XML.SubElement(way, _m("conditionExpression"), {f"{{{XSI}}}type": "tFormalExpression"})
        rule.text = f'move == "{move.name}"'


def _said(move: Move) -> Iterator[str]:
    yield _("Only for: %(roles)s.") % {"roles": _(", ").join(str(role.title) for role in move.by)}
    if move.note:
        yield _("A reason is asked for.")
    if move.not_own:
        yield _("Nobody decides on what he filed himself.")
    if move.guard:
        yield _("Closed while something it depends on is missing.")


def limit_words(limit: Limit) -> str:
    """A limit as an office says it."""
    names = {
        "urgent_hour": _("%(n)s urgent hours"),
        "working_hour": _("%(n)s working hours"),
        "calendar_hour": _("%(n)s hours"),
        "working_day": _("%(n)s working days"),
        "calendar_day": _("%(n)s days"),
        "month": _("%(n)s months"),
    }
    return str(names[limit.clock.value] % {"n": f"{limit.amount:g}"})


# --- the diagram ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Box:
    """Where a shape stands."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> Point:
        return self.x + self.width / 2, self.y + self.height / 2


def _diagram(root: XML.Element, name: str, flow: Flow, edges: list[Edge]) -> None:
    drawing = _drawing(flow)
    boxes = _boxes(flow, drawing, edges)
    diagram = XML.SubElement(root, f"{{{DI}}}BPMNDiagram", {"id": f"diagram_{name}"})
    plane = XML.SubElement(diagram, f"{{{DI}}}BPMNPlane", {"id": f"plane_{name}", "bpmnElement": name})
    for element, box in boxes.items():
        _shape(plane, element, box)
    paths = _paths(drawing)
    placed = list(boxes.values())
    for order, edge in enumerate(edges):
        points = _points(edge, boxes, paths, order)
        shown = XML.SubElement(plane, f"{{{DI}}}BPMNEdge", {"id": f"{edge.id}_di", "bpmnElement": edge.id})
        for x, y in points:
            XML.SubElement(shown, f"{{{DD}}}waypoint", {"x": f"{x:g}", "y": f"{y:g}"})
        if edge.move:
            placed.append(_label(str(edge.move.title), points, placed))
            _bounds(XML.SubElement(shown, f"{{{DI}}}BPMNLabel"), placed[-1])
    for state in flow.limits:
        _tie(plane, state_id(state), boxes)


def _drawing(flow: Flow) -> FlowDrawing:
    left = {move.source for move in flow.moves}
    states = [
        FlowState(str(s.value), str(s.label), "start" if s == flow.start else "normal" if s in left else "good")
        for s in flow.states
    ]
    return draw_flow(states, [FlowMove(m.name, str(m.source.value), str(m.target.value)) for m in flow.moves])


def _spread(x: float, y: float) -> Point:
    return round(LEFT + x * WIDE, 1), round(30 + y * HIGH, 1)


def _boxes(flow: Flow, drawing: FlowDrawing, edges: list[Edge]) -> dict[str, Box]:
    """Where every element stands: tasks and ends on the places of the page's drawing, a gateway behind its task."""
    nodes = {node.state.name: node for node in drawing.nodes}
    tasks = {edge.source for edge in edges}
    boxes: dict[str, Box] = {}
    for state in flow.states:
        node = nodes[str(state.value)]
        x, y = _spread(node.x + node.width / 2, node.y + node.height / 2)
        if state_id(state) not in tasks:
            boxes[state_id(state)] = Box(x - EVENT / 2, y - EVENT / 2, EVENT, EVENT)
            continue
        wide = round(max(100.0, _words_wide(node)), 1)
        boxes[state_id(state)] = Box(x - wide / 2, y - TASK / 2, wide, TASK)
        if gate_id(state) in tasks:
            boxes[gate_id(state)] = Box(x + wide / 2 + GAP, y - GATE / 2, GATE, GATE)
        if state in flow.limits:
            boxes[f"limit_{state_id(state)}"] = Box(x - wide / 2 + 10, y - TASK / 2 - 40, max(110.0, wide - 10), 26)
    first = boxes[state_id(flow.start)]
    boxes["start"] = Box(first.x - 80, first.middle[1] - EVENT / 2, EVENT, EVENT)
    return boxes


def _words_wide(node: Node) -> float:
    return text_width(node.state.title, 13) + 28


def _shape(plane: XML.Element, element: str, box: Box) -> None:
    told = {"id": f"{element}_di", "bpmnElement": element}
    if element.startswith("after_"):
        told["isMarkerVisible"] = "true"
    shape = XML.SubElement(plane, f"{{{DI}}}BPMNShape", told)
    _bounds(shape, box)
    if box.width == EVENT:
        label = XML.SubElement(shape, f"{{{DI}}}BPMNLabel")
        _bounds(label, Box(box.x - 30, box.y + EVENT + 4, EVENT + 60, 16))


def _bounds(parent: XML.Element, box: Box) -> None:
    told = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    XML.SubElement(parent, f"{{{DC}}}Bounds", {name: f"{value:g}" for name, value in told.items()})


def _paths(drawing: FlowDrawing) -> dict[tuple[str, str], tuple[bool, list[Point]]]:
    """The way of each arrow of the page's drawing as corners, by the states it joins; whether it goes back."""
    found = {}
    for edge in drawing.edges:
        corners = list(_corners(edge.d))
        start, end = _near(drawing, corners[0]), _near(drawing, corners[-1])
        found[start, end] = edge.back, [_spread(x, y) for x, y in corners]
    return found


def _near(drawing: FlowDrawing, point: Point) -> str:
    """The state whose box a point lies nearest to."""

    def away(node: Node) -> float:
        x = max(node.x - point[0], 0, point[0] - node.x - node.width)
        y = max(node.y - point[1], 0, point[1] - node.y - node.height)
        return x + y

    return min(drawing.nodes, key=away).state.name


def _corners(path: str) -> Iterator[Point]:
    """The corners of an SVG path of the page's drawing; curves become right angles."""
    x = y = 0.0
    for command, told in re.findall(r"([MLCHVQ])([^MLCHVQ]*)", path):
        n = [float(v) for v in re.split(r"[ ,]+", told.strip())]
        if command == "C":
            yield n[0], n[1]
            yield n[2], n[3]
        if command == "Q":
            x, y = n[0], n[1]  # the corner that the curve rounds off
        else:
            x = n[0] if command == "H" else x if command == "V" else n[-2]
            y = n[0] if command == "V" else y if command == "H" else n[-1]
        yield x, y


def _points(
    edge: Edge, boxes: dict[str, Box], paths: dict[tuple[str, str], tuple[bool, list[Point]]], order: int
) -> list[Point]:
    source, target = boxes[edge.source], boxes[edge.target]
    begin, end = (source.x + source.width, source.middle[1]), (target.x, target.middle[1])
    if edge.move is None:
        return [begin, end]
    back, way = paths[str(edge.move.source.value), str(edge.move.target.value)]
    if back:
        return _back(begin, target, max(y for _x, y in way), boxes, order)
    least, most = begin[0] + 14, end[0] - 14
    inner = [(min(max(x, least), most), y) for x, y in way[1:-1]]
    return _straight([begin, *inner, end])


def _back(begin: Point, target: Box, lane: float, boxes: dict[str, Box], order: int) -> list[Point]:
    """Out at the right, down beside all that stands below, along the lane, up into the target: across no box."""
    x = begin[0] + 12
    beside = [b.x + b.width for b in boxes.values() if b.y > begin[1] - TASK and b.x < x < b.x + b.width + 12]
    x = max([x, *(right + 12 for right in beside)]) + order % 4 * 7
    below = [b for b in boxes.values() if b.y > target.y and b.x < target.middle[0] < b.x + b.width]
    if not below:
        foot = target.middle[0] - 24 + order % 4 * 12, target.y + target.height
        return [begin, (x, begin[1]), (x, lane), (foot[0], lane), foot]
    left, level = target.x - 12 - order % 4 * 7, target.y + target.height - 12
    return [begin, (x, begin[1]), (x, lane), (left, lane), (left, level), (target.x, level)]


def _straight(points: list[Point]) -> list[Point]:
    """Without corners that stand on a straight line or on one another."""
    kept = [points[0]]
    for here, after in zip(points[1:], [*points[2:], None], strict=True):
        before = kept[-1]
        level = after is not None and before[1] == here[1] == after[1]
        if here != before and not level:
            kept.append(here)
    return kept


def _label(title: str, points: list[Point], placed: list[Box]) -> Box:
    """Where the name of a move stands: over the longest level stretch of its way that is free of others."""
    wide = round(text_width(title, 11) + 6, 1)
    level = [(a, b) for a, b in pairwise(points) if a[1] == b[1]]
    level.sort(key=lambda ends: -abs(ends[0][0] - ends[1][0]))
    offers = [
        Box(round(a[0] + (b[0] - a[0]) * share - wide / 2, 1), round(a[1] - 18, 1), wide, 14)
        for a, b in level
        for share in (0.5, 0.3, 0.7)
    ]
    return next((box for box in offers if not any(_over(box, other) for other in placed)), offers[0])


def _over(a: Box, b: Box) -> bool:
    return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height


def _tie(plane: XML.Element, element: str, boxes: dict[str, Box]) -> None:
    box = boxes[element]
    shown = XML.SubElement(plane, f"{{{DI}}}BPMNEdge", {"id": f"tie_{element}_di", "bpmnElement": f"tie_{element}"})
    for y in (box.y, box.y - 14):
        XML.SubElement(shown, f"{{{DD}}}waypoint", {"x": f"{box.x + 30:g}", "y": f"{y:g}"})
