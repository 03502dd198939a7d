"""The test suite's own promises."""

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from accounts.tests.factories import make_user


@pytest.mark.parametrize("run", [1, 2])
def test_cache_starts_empty(run):
    assert cache.get("left-over") is None
    cache.set("left-over", run)


def test_files_of_a_test_are_its_own(tmp_path):
    assert tmp_path in settings.MEDIA_ROOT.parents


@pytest.mark.django_db
def test_database_is_a_test_database():
    make_user()
    assert "test" in str(connection.settings_dict["NAME"])


@pytest.mark.mysql
@pytest.mark.django_db
def test_mysql_runs_with_strict_mode_and_read_committed():
    with connection.cursor() as cursor:
        # MariaDB 10 and MySQL 8 give the variable different names.
        cursor.execute("SHOW VARIABLES WHERE variable_name RLIKE '^t.*_isolation'")
        isolation = cursor.fetchone()[1]
        cursor.execute("SELECT @@sql_mode")
        mode = cursor.fetchone()[0]
    assert isolation == "READ-COMMITTED"
    assert "STRICT_TRANS_TABLES" in mode


@pytest.mark.browser
def test_chromium_starts(page):
    page.set_content("<h1>Hello</h1>")
    assert page.get_by_role("heading").inner_text() == "Hello"
