"""The words of these tests are English whatever the site's language is; those of backups share one site."""

import pytest
from backup_sites import KIND, fresh
from django.utils import translation


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture(scope="session", params=[KIND])
def filled(request, tmp_path_factory):
    """(kind, a site nobody writes to), made once by a process of tests."""
    with fresh(request.param, tmp_path_factory.mktemp("filled") / "home") as site:
        yield request.param, site
