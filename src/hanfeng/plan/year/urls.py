"""The addresses of the year beside those of its desks."""

from django.urls import path

from .pages import adjusting, board, bulletins, coordination, filing, front, opening, sheets

PAGES = (
    path("mine/", filing.mine_page, name="year-mine"),
    path("ledger/", front.ledger_page, name="year-ledger"),
    path("ledger/from-plan/", opening.from_plan, name="year-from-plan"),
    path("adjusting/", adjusting.adjusting_page, name="year-adjusting"),
    path("coordination/", coordination.coordination_page, name="year-coordination"),
    path("round/open/", opening.open_page, name="year-open"),
    path("round/<int:pk>/board/", board.board_page, name="year-board"),
    path("round/<int:pk>/more/", opening.more, name="year-more"),
    path("round/<int:pk>/remind/", board.remind, name="year-remind"),
    path("round/<int:pk>/bulletin/", bulletins.bulletin_page, name="year-bulletin"),
    path("round/<int:pk>/bulletin.docx", bulletins.bulletin_file, name="year-bulletin-docx"),
    path("entry/<int:pk>/fill/", filing.fill_page, name="year-fill"),
    path("entry/<int:pk>/sign/", filing.sign, name="year-sign"),
    path("entry/<int:pk>/decide/", board.decide, name="year-decide"),
    path("supervision/<int:pk>/sheet/", sheets.sheet_page, name="year-sheet"),
    path("supervision/<int:pk>/sheet.docx", sheets.sheet_file, name="year-sheet-docx"),
    path("decision/<int:pk>/assign/", coordination.assign, name="year-assign"),
)
