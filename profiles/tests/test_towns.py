from io import StringIO

import pytest
from django.core.management import call_command

from profiles.folding import fold
from profiles.models import Town, TownName
from profiles.services import load_towns as loader
from profiles.services.towns import find_towns, get_town, resolve

pytestmark = pytest.mark.django_db

TOWNS = [
    # id, name, region, code, country, population, other names
    (1, "Springfield", "Missouri", "MO", "US", 170_188, []),
    (2, "Springfield", "Massachusetts", "MA", "US", 154_341, []),
    (3, "Springfield", "Illinois", "IL", "US", 114_394, []),
    (4, "Köln", "North Rhine-Westphalia", "", "DE", 1_024_621, ["cologne", "koeln"]),
    (5, "Berlin", "Berlin", "", "DE", 3_426_354, []),
    (6, "Berlin", "New Hampshire", "NH", "US", 9_367, []),
    (7, "Sankt Pölten", "Lower Austria", "", "AT", 49_001, []),
    (8, "Santa Fe", "New Mexico", "NM", "US", 88_193, []),
    (9, "Santa Fe", "", "", "AR", 489_505, []),
]


@pytest.fixture(autouse=True)
def towns():
    for pk, name, region, code, country, people, others in TOWNS:
        town = Town.objects.create(
            id=pk, name=name, key=fold(name), region=region, region_code=code, country=country,
            population=people, lat_e6=50_000_000, lng_e6=pk, time_zone="Europe/Berlin",
        )  # fmt: skip
        for key, weight in ((town.key, people * 20), *((key, people) for key in others)):
            TownName.objects.create(key=key, town=town, weight=weight)


def ids(text, **options):
    return [town.id for town in find_towns(text, **options)]


@pytest.mark.parametrize("text", ["Köln", "koln", "KÖLN", "koeln", "Cologne", "köln, deutschland"])
def test_every_spelling_of_a_town_finds_it(text):
    assert ids(text) == [4]


@pytest.mark.parametrize("text", ["St. Pölten", "st polten", "Sankt Pölten"])
def test_saint_is_one_word_however_it_is_written(text):
    assert ids(text) == [7]


def test_suggestions_begin_with_the_text_best_known_first():
    assert ids("spring") == [1, 2, 3]
    assert ids("berlin") == [5, 6]
    assert ids("s", limit=2) == [9, 1]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Springfield, IL", 3),
        ("Springfield Illinois", 3),
        ("Springfield, illinois, usa", 3),
        ("Berlin DE", 5),
        ("Berlin, Germany", 5),
        ("Berlin, US", 6),
        ("Santa Fe New Mexico", 8),
        ("Santa Fe", 9),
    ],
)
def test_region_or_country_picks_one_of_the_namesakes(text, found):
    assert ids(text)[0] == found
    assert resolve(text).town.id == found


def test_town_that_is_not_clearly_meant_asks_which_one():
    places = resolve("Springfield")
    assert places.town is None
    assert [town.id for town in places.choices] == [1, 2, 3]


def test_far_larger_town_is_meant_and_its_namesakes_are_offered():
    places = resolve("Berlin")
    assert places.town.id == 5
    assert [town.id for town in places.choices] == [6]


def test_beginning_that_only_one_town_has_is_enough():
    assert resolve("sankt pö").town.id == 7


def test_misspelt_town_brings_near_spellings():
    places = resolve("Berlni")
    assert places.town is None
    assert [town.name for town in places.near][:1] == ["Berlin"]


@pytest.mark.parametrize(
    "text",
    ["", "   ", ",", "💩", "' OR 1=1 --", "<script>alert(1)</script>", "%", "_", "x" * 9_999],
)
def test_nonsense_finds_nothing_and_breaks_nothing(text):
    assert find_towns(text) == []
    assert resolve(text).town is None


@pytest.mark.parametrize(
    "text", ["koln", "Berlin", "Springfield, IL", "Santa Fe New Mexico", "zzz"]
)
def test_finding_takes_at_most_two_statements(text, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        find_towns(text)


@pytest.mark.parametrize("town_id", [0, -1, 999, 2**40])
def test_unknown_number_is_no_town(town_id):
    assert get_town(town_id) is None


def test_label_tells_namesakes_apart():
    assert get_town(3).label == "Springfield, Illinois, United States"
    assert get_town(5).label == "Berlin, Germany"


def test_load_towns_fills_names_and_prefixes_and_may_run_again(monkeypatch):
    rows = list(loader.read_towns())
    assert len(rows) > 100_000
    german = [row for row in rows if row[0][5] == "DE"][:300]
    springfields = [row for row in rows if row[0][1] == "Springfield"]
    monkeypatch.setattr(loader, "read_towns", lambda: german + springfields)
    for _ in range(2):
        out = StringIO()
        call_command("load_towns", stdout=out)
        assert f"{len(german) + len(springfields)} towns" in out.getvalue()
    # The rows of the fixture stay: homes and sitters may point at them.
    assert Town.objects.count() == len(TOWNS) + len(german) + len(springfields)
    assert find_towns("Springfield, IL")[0].time_zone == "America/Chicago"


def test_prefix_row_and_range_agree(monkeypatch):
    rows = [row for row in loader.read_towns() if row[0][5] == "CH"]
    monkeypatch.setattr(loader, "read_towns", lambda: rows)
    Town.objects.all().delete()
    loader.load_towns()
    quick = ids("b", limit=5)
    monkeypatch.setattr("profiles.services.towns.LONGEST_PREFIX", 0)
    assert ids("b", limit=5) == quick
