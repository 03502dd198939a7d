import os
import subprocess
from random import Random

import pytest
from django.conf import settings
from django.core.management import call_command

from bookings.demo.seed import seed
from pawsitters.benchmark import clones, naive, plot, searching
from pawsitters.benchmark.cpu import cpu_seconds, memory_mb
from pawsitters.benchmark.queries import wishes
from profiles.models import Seat, SitterProfile, Town
from profiles.services.search import find_sitters, rebuild_search
from profiles.snapshot import PARTS, build_snapshot
from profiles.tests.factories import make_town


def seed_market(sitters: int) -> list[Town]:
    towns = [
        make_town(),
        make_town(id=1, name="Potsdam", key="potsdam", population=180_000, lat_e6=52_399_000),
    ]
    seed(sitters=sitters, seed=3, past=0.2, upcoming=3, report=lambda steps, label: steps)
    return towns


@pytest.mark.django_db
def test_the_naive_design_finds_the_same_sitters_as_the_engine():
    towns = seed_market(250)
    stream = wishes(Random(1), towns)
    found = 0
    for _ in range(60):
        query = next(stream).query
        ours = find_sitters(query, lambda terms: None)
        theirs = searching._rows(*naive.page_sql(query))
        count = searching._rows(*naive.count_sql(query))[0][0]
        exact = searching.count_exactly(query)

        searching.compare(query, [one.sitter_id for one in ours.found], exact, theirs, count)
        found += count
    assert found > 60


@pytest.mark.django_db
def test_a_difference_is_noticed():
    query = next(wishes(Random(1), [make_town()])).query

    with pytest.raises(searching.Different):
        searching.compare(query, [1, 2], 2, [(2, 5), (1, 9)], 2)
    with pytest.raises(searching.Different):
        searching.compare(query, [1], 2, [(1, 5)], 1)


@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
def test_copies_of_sitters_are_whole():
    seed_market(20)
    before = SitterProfile.objects.count(), Seat.objects.count()

    clones.multiply(3, place=lambda sitter, copy: None, report=lambda steps, label: steps)
    rebuild_search()

    after = SitterProfile.objects.count(), Seat.objects.count()
    assert after == tuple(4 * count for count in before)
    for sitter in SitterProfile.objects.prefetch_related(*PARTS):
        assert sitter.snapshot == build_snapshot(sitter)
    call_command("check_seats")


def test_the_command_explains_itself_and_refuses_what_it_does_not_know():
    def run(*arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["sh", "script/bench", *arguments],
            cwd=settings.BASE_DIR,
            env={**os.environ, "VAR_DIR": str(settings.VAR_DIR)},
            capture_output=True,
            text=True,
        )

    told = run("--help")
    assert told.returncode == 0
    for word in ("--quick", "--sitters", "--keep", "docs/benchmarks", "100,000"):
        assert word in told.stdout
    assert run("two words").returncode == 2


def test_the_empty_view_is_not_on_the_site(client):
    assert client.get("/benchmark/empty/").status_code == 404


def test_cpu_and_memory_of_a_process_are_read():
    before = cpu_seconds(os.getpid())
    sum(range(200_000))

    assert cpu_seconds(os.getpid()) > before
    assert memory_mb(os.getpid())["RSS"] > 5


def test_the_plot_is_well_formed_and_names_every_bar():
    from xml.etree import ElementTree

    svg = plot.bars("CPU", "F", [("search & find", 8.2, 8), ("home", 1.1, None)])

    ElementTree.fromstring(svg)
    assert "search &amp; find" in svg
