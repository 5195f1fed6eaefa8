"""The evaluation as a file: JSON for programs, Word to work on, PDF to hand in. All say the same, from the evaluation alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from django.utils.translation import override

from hanfeng.kernel.pure import Fault, gettext_noop
from hanfeng.plan.assessed import Evaluation

from .content import report as _report

OFFICIAL = "official"
"""The form of the official paper (GB/T 9704-2012), a Word document."""

MEDIA = {
    "json": "application/json",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    OFFICIAL: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
"""The media type of each form."""


def file_name(evaluation_of: str, form: str) -> str:
    """The name of a report's file: the official paper is a Word document and says so."""
    return f"{evaluation_of}-{form}.docx" if form == OFFICIAL else f"{evaluation_of}.{form}"


class NoSuchForm(Fault):
    """A report is asked for in a form that there is not."""


def render(evaluation: Evaluation, form: str) -> bytes:
    """The evaluation as `json`, `docx` or `pdf`, in its own language. Raises NoSuchForm, and NoFont for a PDF without a font."""
    writers: dict[str, Callable[[Evaluation], bytes]] = {
        "json": write_json,
        "docx": write_docx,
        "pdf": write_pdf,
        OFFICIAL: write_official,
    }
    if form not in writers:
        fault = gettext_noop("There is no report in the form “%(form)s”: ask for one of %(forms)s.")
        raise NoSuchForm("form", fault, {"form": form, "forms": ", ".join(writers)})
    return writers[form](evaluation)


def write(evaluation: Evaluation, path: Path | str, form: str = "") -> Path:
    """Write the report to a file; its form follows the ending of the name unless one is given."""
    target = Path(path)
    target.write_bytes(render(evaluation, form or target.suffix.lstrip(".").lower()))
    return target


def write_json(evaluation: Evaluation) -> bytes:
    """The whole evaluation as JSON: keys in order, so that the same evaluation gives the same bytes."""
    return (json.dumps(evaluation.to_dict(), ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def write_docx(evaluation: Evaluation) -> bytes:
    """A Word document; needs no font on this machine, but draws its charts only with one."""
    from .word import docx_bytes

    with override(evaluation.language):
        return docx_bytes(_report(evaluation), evaluation.as_of)


def write_official(evaluation: Evaluation) -> bytes:
    """The report in official form, drafted from the data, every number linked to its reading."""
    from hanfeng.plan.evaluate import find_plan

    from .official import Material, official
    from .official_word import official_docx
    from .tasks import tasks_of

    with override(evaluation.language):
        material = Material(evaluation, tasks_of(find_plan(evaluation.plan.slug), evaluation.as_of))
    return official_docx(official(material), evaluation.as_of)


def write_pdf(evaluation: Evaluation) -> bytes:
    """A tagged PDF. Raises NoFont where no Chinese font is installed."""
    from .paper import pdf_bytes

    with override(evaluation.language):
        return pdf_bytes(_report(evaluation), evaluation.as_of)
