from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts.tests.factories import make_user
from pawsitters import clock
from pawsitters.operations import probe
from pawsitters.operations.management.commands import prepare
from pawsitters.operations.models import Heartbeat
from profiles.models import Town
from profiles.tests.factories import make_town


@pytest.fixture
def called(monkeypatch):
    """Names of the commands that `prepare` runs; they do nothing."""
    names = []
    monkeypatch.setattr(prepare, "call_command", lambda name, **_: names.append(name))
    return names


@pytest.mark.django_db
def test_fills_an_empty_site(called, settings):
    settings.DEMO = True

    call_command("prepare")

    assert called == ["migrate", "staff_group", "load_towns", "seed_demo"]


@pytest.mark.django_db
def test_loads_nothing_twice(called, settings):
    settings.DEMO = True
    make_town()
    make_user()

    call_command("prepare")

    assert called == ["migrate", "staff_group"]


@pytest.mark.django_db
def test_no_demo_people_on_a_real_site(called):
    call_command("prepare")

    assert called == ["migrate", "staff_group", "load_towns"]


@pytest.mark.django_db
def test_what_is_cut_off_is_loaded_again(monkeypatch):
    def cut_off(name, **_):
        if name == "load_towns":
            make_town()
            raise KeyboardInterrupt

    monkeypatch.setattr(prepare, "call_command", cut_off)
    with pytest.raises(KeyboardInterrupt):
        call_command("prepare")

    assert not Town.objects.exists()


@pytest.mark.django_db
def test_forgets_hosts_that_are_long_gone(called):
    for host, days in (("web1", 0), ("3f2a9c", 31)):
        Heartbeat.objects.create(host=host, beat_at=clock.now() - timedelta(days=days))

    call_command("prepare")

    # A probe of another test may have left this machine's own beat.
    left = set(Heartbeat.objects.values_list("host", flat=True))
    assert left & {"web1", "3f2a9c"} == {"web1"}


@pytest.mark.mysql
@pytest.mark.django_db
def test_says_why_the_database_cannot_be_used(monkeypatch):
    verdict = probe.Verdict("connect", "refused", 1.0, probe.clock.now())
    monkeypatch.setattr(prepare, "probe", lambda: verdict)

    with pytest.raises(CommandError, match="cannot be reached over the network"):
        call_command("prepare")
