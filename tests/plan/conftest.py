"""The county of the checkout, loaded once for a module and taken back after it."""

from __future__ import annotations

from pathlib import Path

import pytest
from kept_database import standing_on

COUNTY = Path(__file__).resolve().parents[2] / "county" / "kaizhou"


@pytest.fixture(scope="module")
def county(django_db_setup, django_db_blocker):
    """The real county folder in the database; what a test of the module writes is taken back after it."""
    from hanfeng.plan import loading

    with django_db_blocker.unblock(), standing_on("county", lambda: loading.load(COUNTY)):
        yield COUNTY
