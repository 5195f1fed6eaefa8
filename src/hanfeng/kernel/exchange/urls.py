"""The addresses of the room. The site says to which body a person belongs and who reads the log."""

from django.urls import URLPattern, path

from hanfeng.kernel.roles import Role

from . import out, pages, review


def addresses(body_of: pages.BodyOf, auditor: Role) -> list[URLPattern]:
    """`body_of` gives the bodies of a person (what is remembered is remembered for them); `auditor` reads the log."""
    desk = "<slug:pack_name>/<slug:slug>/"
    sheet = f"{desk}sheets/<int:pk>/"
    return [
        path("exports/", out.log_page, {"reader": auditor}, name="exports"),
        path(f"{desk}export.<slug:form>", out.export_page, name="export"),
        path(f"{desk}print/", out.print_page, name="print"),
        path(f"{desk}sheets/", pages.upload_page, {"body_of": body_of}, name="sheets"),
        path(f"{desk}sheets/blank.xlsx", pages.blank_page, name="blank-sheet"),
        path(sheet, pages.next_page, name="sheet"),
        path(f"{sheet}headings/", pages.headings_page, name="sheet-headings"),
        path(f"{sheet}columns/", pages.columns_page, name="sheet-columns"),
        path(f"{sheet}names/", review.names_page, name="sheet-names"),
        path(f"{sheet}preview/", review.preview_page, name="sheet-preview"),
        path(f"{sheet}result/", review.result_page, name="sheet-result"),
        path(f"{sheet}undo/", review.undo_page, name="sheet-undo"),
    ]
