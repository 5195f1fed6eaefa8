"""The addresses of the room. The site says who keeps clients, and to which bodies an account belongs."""

from __future__ import annotations

from django.urls import URLPattern, path, re_path

from hanfeng.kernel.roles import Role

from . import doors, pages
from .document import openapi
from .doors import door
from .room import Belong, Beside, Bodies, room
from .shape import ROOT

METHODS = ("get", "post", "put", "patch", "delete")


def unknown(root: str) -> URLPattern:
    """Whatever else is asked below an address, lines in it too: a problem in words."""
    return re_path(rf"^{root}/(?P<rest>[\s\S]+)\Z", door(**dict.fromkeys(METHODS, doors.unknown)))


def addresses(
    belong: Belong, bodies: Bodies, makers: tuple[Role, ...], keepers: tuple[Role, ...], beside: Beside
) -> list[URLPattern]:
    """`belong` says to which bodies the account of a client belongs while it asks; the others as in Room."""
    room.belong, room.bodies, room.makers, room.keepers, room.beside = belong, bodies, makers, keepers, beside
    desk = f"{ROOT[1:]}/<slug:pack>/<slug:slug>"
    one = f"{desk}/<int:pk>"
    client = "api/clients/<int:pk>/"
    return [
        path("api/", pages.about, name="api"),
        path("api/clients/", pages.clients_page, name="api-clients"),
        path("api/clients/new/", pages.new_page, name="api-client-new"),
        path(client, pages.client_page, name="api-client"),
        path(f"{client}tokens/", pages.issue_page, name="api-token"),
        path(f"{client}tokens/<int:token>/revoke/", pages.revoke_page, name="api-token-revoke"),
        path(f"{client}revoke/", pages.revoke_page, name="api-client-revoke"),
        path(f"{ROOT[1:]}/openapi.json", openapi, name="openapi"),
        path(ROOT[1:], door(get=doors.home), name="rest"),
        path(f"{ROOT[1:]}/flows", door(get=doors.flows), name="rest-flows"),
        path(f"{ROOT[1:]}/flows/<slug:pack>/<slug:slug>.bpmn", door(get=doors.flow), name="rest-flow"),
        path(desk, door(get=doors.list_, post=doors.create), name="rest-list"),
        path(one, door(get=doors.read, patch=doors.change, put=doors.change, delete=doors.void), name="rest-record"),
        path(f"{one}/history", door(get=doors.history), name="rest-history"),
        path(f"{one}/moves", door(get=doors.moves), name="rest-moves"),
        path(f"{one}/moves/<slug:name>", door(post=doors.move), name="rest-move"),
        path(f"{one}/files", door(get=doors.files, post=doors.attach_), name="rest-files"),
        path(f"{one}/files/<int:file_pk>", door(get=doors.file), name="rest-file"),
        unknown(ROOT[1:]),
    ]
