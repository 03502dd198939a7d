import os
import runpy
from pathlib import Path

import pytest
from django.db import connection
from gunicorn.config import Config

import pawsitters


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch):
    monkeypatch.setattr(os, "environ", {**os.environ})


def test_the_server_soon_lets_go_of_what_a_request_had_locked_when_it_was_cut_off():
    os.environ.pop("DATABASE_IDLE", None)

    runpy.run_path(str(Path(pawsitters.__file__).with_name("gunicorn.py")))

    assert os.environ["DATABASE_IDLE"] == "10"


@pytest.mark.mysql
@pytest.mark.django_db
def test_each_connection_asks_the_server_for_that():
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@wait_timeout")
        assert cursor.fetchone() == (300,)


def test_no_header_of_a_visitor_moves_the_site_to_another_path():
    """By default gunicorn takes SCRIPT_NAME from a local proxy, whoever wrote it."""
    values = runpy.run_path(str(Path(pawsitters.__file__).with_name("gunicorn.py")))
    config = Config()
    config.set("forwarder_headers", values["forwarder_headers"])
    assert config.forwarder_headers == []
