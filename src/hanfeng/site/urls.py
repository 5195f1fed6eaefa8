"""The addresses of the site. The packs' own come last: a pack is named by the first part of the address."""

from django.urls import include, path

from hanfeng.commons.people.models import belong, bodies_of
from hanfeng.commons.people.roles import AUDIT, SECURITY, SYSTEM
from hanfeng.kernel.alert import pages as alerts
from hanfeng.kernel.desk import figures, forms, lists, picking, records, todo
from hanfeng.kernel.exchange import urls as exchange
from hanfeng.kernel.job import urls as job
from hanfeng.kernel.notify import urls as notify
from hanfeng.kernel.pack import catalogue
from hanfeng.kernel.rest import urls as rest
from hanfeng.kernel.watch import urls as watch
from hanfeng.plan import public, sdmx

from . import health, pages

handler403 = "hanfeng.site.pages.forbidden"
handler404 = "hanfeng.site.pages.not_found"
handler500 = "hanfeng.site.pages.failed"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("", include("hanfeng.kernel.sense.sta.urls")),  # early: devices ask most often
    path("language/setlang/", pages.language, name="set_language"),
    path("", include("hanfeng.site.identity.urls")),
    path("me/", pages.me, name="me"),
    path("audit/", pages.audit, name="audit"),
    path("roles/", pages.roles, name="roles"),
    path("todo/", todo.todo_page, name="todo"),
    path("figures/<slug:name>/", figures.figure_page, name="figure"),
    path("files/<int:pk>/", records.file_page, name="file"),
    path("panels/<slug:pack_name>/<slug:panel_name>/<int:pk>/", records.panel_page, name="panel"),
    path("", include("hanfeng.kernel.search.urls")),
    *job.addresses(SYSTEM),
    *notify.addresses(SYSTEM),
    *watch.addresses(AUDIT),
    *exchange.addresses(bodies_of, AUDIT),
    *rest.addresses(belong, pages.bodies, (SECURITY,), (SECURITY, SYSTEM, AUDIT), sdmx.described),
    *sdmx.addresses(),
    path("portal/", public.progress_page, name="portal"),
    path("portal/plan/", public.words_page, name="portal-plan"),
    *alerts.PUBLIC,
    path("", include("hanfeng.plan.urls")),
    *(path(f"{pack.name}/", include(list(pack.pages))) for pack in catalogue() if pack.pages),
    path("<slug:pack_name>/", pages.face, name="face"),
    path("<slug:pack_name>/<slug:slug>/", lists.list_page, name="list"),
    path("<slug:pack_name>/<slug:slug>/pick/<slug:name>/", picking.pick_page, name="pick"),
    path("<slug:pack_name>/<slug:slug>/new/", forms.form_page, name="new"),
    path("<slug:pack_name>/<slug:slug>/<int:pk>/", records.record_page, name="record"),
    path("<slug:pack_name>/<slug:slug>/<int:pk>/edit/", forms.form_page, name="edit"),
    path("<slug:pack_name>/<slug:slug>/<int:pk>/history/", records.history_page, name="history"),
    path("<slug:pack_name>/<slug:slug>/<int:pk>/show/", records.show_page, name="show"),
    path("<slug:pack_name>/<slug:slug>/<int:pk>/attach/", records.attach_page, name="attach"),
    path("<slug:pack_name>/<slug:slug>/<int:pk>/move/<slug:move>/", records.move_page, name="move"),
]
