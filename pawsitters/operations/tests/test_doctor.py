"""What the doctor finds on a live server and in the settings, and how it says so."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from conftest import is_mysql
from pawsitters import gunicorn
from pawsitters.operations import doctor
from pawsitters.operations.doctor import FAULT, OK, WARN, Server, examine

MYSQL = {
    "skip_name_resolve": "ON",
    "max_connect_errors": "4294967295",
    "wait_timeout": "300",
    "transaction_isolation": "READ-COMMITTED",
    "sql_mode": "STRICT_TRANS_TABLES",
    "admin_address": "127.0.0.1",
    "admin_port": "33062",
    "max_execution_time": "5000",
    "character_set_server": "utf8mb4",
    "character_set_database": "utf8mb4",
    "character_set_connection": "utf8mb4",
    "innodb_lock_wait_timeout": "4",
}
MARIADB = {**MYSQL, "extra_port": "3307", "max_statement_time": "5.000000"}
for name in ("admin_address", "admin_port", "max_execution_time"):
    del MARIADB[name]


def server(variables, is_mariadb=False, knows_time_zones=True, **changed):
    found = object.__new__(Server)
    found.variables = {**variables, **changed}
    found.is_mariadb, found.knows_time_zones = is_mariadb, knows_time_zones
    return found


@pytest.fixture(autouse=True)
def limits(monkeypatch):
    values = {**connections.settings["default"], "OPTIONS": {"read_timeout": 5}}
    monkeypatch.setitem(connections.settings, "default", values)
    monkeypatch.delenv("DJANGO_ALLOW_ASYNC_UNSAFE", raising=False)  # of the browser tests


def found(server) -> dict:
    findings = [rule(server) for rule in doctor.SERVER_RULES]
    assert all(bool(one.remedy) == (one.state != OK) for one in findings)
    return {one.name: one.state for one in findings}


@pytest.mark.parametrize("well", [server(MYSQL), server(MARIADB, is_mariadb=True)])
def test_a_server_as_the_runbook_asks_for(well):
    assert set(found(well).values()) == {OK}


@pytest.mark.parametrize(
    ("changed", "name", "state"),
    [
        ({"skip_name_resolve": "OFF"}, "skip-name-resolve", FAULT),
        ({"max_connect_errors": "100"}, "max_connect_errors", FAULT),
        ({"wait_timeout": "28800"}, "wait_timeout", WARN),
        ({"transaction_isolation": "REPEATABLE-READ"}, "isolation", FAULT),
        ({"sql_mode": "ONLY_FULL_GROUP_BY"}, "strict mode", FAULT),
        ({"admin_address": ""}, "admin_port", WARN),
        ({"max_execution_time": "0"}, "max_execution_time", WARN),
        ({"character_set_database": "utf8mb3"}, "utf8mb4", FAULT),
        ({"innodb_lock_wait_timeout": "50"}, "lock wait", FAULT),
        ({"knows_time_zones": False}, "time zone tables", WARN),
    ],
)
def test_each_fault_is_found_alone(changed, name, state):
    states = found(server(MYSQL, **changed))

    assert states.pop(name) == state
    assert set(states.values()) == {OK}


def test_connections_must_do_for_all_threads_of_all_hosts(monkeypatch):
    monkeypatch.setattr(gunicorn, "workers", 4)
    monkeypatch.setattr(gunicorn, "threads", 16)
    few = server(MYSQL, max_connections="147")

    assert doctor._budget(few, hosts=1).state == OK
    short = doctor._budget(few, hosts=2)
    assert short.state == FAULT
    assert "max_connections=148" in short.remedy


def test_remedies_are_spelled_for_the_server_at_hand():
    assert (
        "extra_port" in doctor._spare_door(server(MARIADB, is_mariadb=True, extra_port="0")).remedy
    )
    assert (
        "admin_port" in doctor._spare_door(server(MYSQL, admin_port="0", admin_address="")).remedy
    )


@pytest.mark.django_db
def test_the_command_says_what_it_found_in_lines_and_as_json(capsys):
    try:
        call_command("doctor", json=True)
    except SystemExit:
        assert is_mysql()
    body = json.loads(capsys.readouterr().out)
    by_name = {finding["name"]: finding for finding in body["findings"]}

    assert by_name["gunicorn"]["state"] == OK
    assert ("embedded" in by_name["database"]["found"]) is not is_mysql()
    if not is_mysql():
        call_command("doctor")
        assert "Faults: 0" in capsys.readouterr().out


def test_a_database_that_is_away_is_a_fault_and_ends_with_1(monkeypatch, capsys):
    away = {**connections.settings["default"], "ENGINE": "pawsitters.operations.mysql",
            "HOST": "127.0.0.1", "PORT": "1", "USER": "x", "PASSWORD": "hunter2"}  # fmt: skip
    monkeypatch.setitem(connections.settings, "default", away)

    with pytest.raises(SystemExit) as end:
        call_command("doctor")

    assert end.value.code == 1
    lines = capsys.readouterr().out
    assert "FAULT  database" in lines
    assert "hunter2" not in lines


def test_a_wrong_option_is_refused_with_a_sentence():
    with pytest.raises(CommandError, match="--hosts is a number from 1 on"):
        call_command("doctor", hosts=0)


@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
def test_a_live_server_is_read_through_our_own_connection(monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # a browser test may have come before
    states = {one.name: one.state for one in examine()}

    for name in ("database", "skip-name-resolve", "isolation", "strict mode", "utf8mb4"):
        assert states[name] == OK
