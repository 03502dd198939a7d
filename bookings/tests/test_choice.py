from datetime import date, time

import pytest
from django.http import QueryDict
from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.choice import FIELDS, Reading, read_choice, to_query
from bookings.services.schedule import Choice
from profiles.kinds import Kind

TODAY = date(2027, 12, 1)


def read(query: str, **options) -> Reading:
    return read_choice(QueryDict(query), time_zone_today=TODAY, **options)


STAY = "kind=boarding&from=2027-12-23&to=2027-12-27&at=10:00&until=16:30&dogs=1&puppies=1&cats=1"


def test_a_stay_is_read():
    reading = read(STAY)
    assert reading.errors == {}
    assert reading.choice == Choice(
        Kind.BOARDING, date(2027, 12, 23), date(2027, 12, 27), time(10), time(16, 30)
    )
    assert [(p.id, p.name, p.species, p.is_young) for p in reading.pets] == [
        (1, "dog 1", "dog", False),
        (2, "puppy 1", "dog", True),
        (3, "cat 1", "cat", False),
    ]
    assert reading.is_priceable


def test_visits_are_read_with_times_weekdays_and_minutes():
    reading = read(
        "kind=dog_walk&from=2027-12-06&to=2027-12-12&times=17:00&times=8:30&minutes=60"
        "&weekdays=0&weekdays=2&dogs=1&addons=4&addons=x&addons=3"
    )
    choice = reading.choice
    assert choice.visit_times == (time(8, 30), time(17))
    assert choice.dates == (date(2027, 12, 6), date(2027, 12, 8))
    assert choice.minutes == 60
    assert reading.times == ("08:30", "17:00")
    assert reading.add_on_ids == (3, 4)


def test_without_dates_there_is_no_choice_and_no_error():
    reading = read("")
    assert reading.choice is None
    assert reading.errors == {}
    assert reading.kind is Kind.BOARDING
    assert [pet.name for pet in reading.pets] == ["dog 1"]
    assert read("", default_kind=Kind.DOG_WALK, default_dogs=0).pets == ()


def test_a_single_day_needs_no_last_day():
    choice = read("kind=day_care&from=2027-12-06&dogs=1").choice
    assert (choice.last_on, choice.start_time, choice.end_time) == (
        date(2027, 12, 6),
        time(8),
        time(18),
    )


def test_hours_left_over_from_nights_become_those_of_day_care():
    choice = read("kind=day_care&from=2027-12-06&at=10:00&until=10:00&dogs=1").choice
    assert (choice.start_time, choice.end_time) == (time(8), time(18))


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("from=2027-11-30&to=2027-12-03", "from", "in the past"),
        ("from=2027-12-05&to=2027-12-03", "to", "after the first night"),
        ("from=2027-12-05&to=2027-12-05", "to", "after the first night"),
        ("kind=day_care&from=2027-12-05&to=2027-12-03", "to", "not be before"),
        ("from=2027-12-05&to=2029-01-08", "to", "At most 60 nights in one booking; these are 400"),
        ("kind=dog_walk&from=2027-12-05&to=2028-03-05", "to", "At most 60 days"),
        ("from=2027-12-05", "to", "Choose this date too"),
        ("to=2027-12-05", "from", "Choose this date too"),
        ("from=tomorrow&to=2027-12-05", "from", "Write the date like"),
        ("from=2027-02-30&to=2027-12-05", "from", "Write the date like"),
        ("from=9999-12-31&to=9999-12-31&kind=day_care", "from", "two years"),
        ("from=2027-12-05&to=9999-12-31", "to", "At most 60"),
        ("at=25:00", "at", "Write the time"),
        ("until=noon", "until", "Write the time"),
        ("kind=day_care&at=10:00&until=09:00", "until", "later than bringing"),
        ("kind=drop_in_visit&times=", "times", "at least one"),
        ("kind=drop_in_visit&times=8&times=10:00", "times", "like 08:30"),
        ("kind=drop_in_visit&times=10:00&times=10:15", "times", "closer together"),
        ("kind=drop_in_visit&" + "&".join(f"times={h}:00" for h in range(7)), "times", "At most 6"),
        ("kind=drop_in_visit&minutes=45", "minutes", "20, 30 or 60"),
        ("kind=dog_walk&minutes=-30", "minutes", "30 or 60"),
        ("kind=day_care&weekdays=7", "weekdays", "from the list"),
        ("kind=day_care&from=2027-12-06&to=2027-12-07&weekdays=5", "weekdays", "None of these"),
        ("kind=cattery", "kind", "kinds of care"),
        ("dogs=0&cats=0", "pets", "at least one"),
        ("dogs=7&cats=6", "pets", "At most 12"),
        ("dogs=13", "dogs", "from 0 to 12"),
        ("dogs=two", "dogs", "from 0 to 12"),
        ("cats=-1", "cats", "from 0 to 12"),
        ("dogs=" + "9" * 5000, "dogs", "from 0 to 12"),
        ("others=1", "other", "kind of animal"),
        ("others=1&other=dragon", "other", "kind of animal"),
        ("kg=12", "kg", "weights"),
    ],
)
def test_what_cannot_be_gets_a_sentence_and_stays_as_typed(query, field, words):
    reading = read(query)
    assert words in reading.errors[field]
    assert not reading.is_priceable
    typed = QueryDict(query)
    if field in typed and field != "times":
        assert reading.values[field] == typed[field][:100]


def test_other_animals_have_the_name_of_their_species():
    reading = read("others=2&other=small_mammal&dogs=0")
    assert [(pet.name, pet.species) for pet in reading.pets] == [
        ("small mammal 1", "small_mammal"),
        ("small mammal 2", "small_mammal"),
    ]


def test_dates_may_be_written_with_the_day_first():
    assert read("from=23.12.2027&to=2027-12-27").values["from"] == "2027-12-23"


def test_a_plain_mapping_is_read_like_a_query():
    reading = read_choice(
        {"kind": "drop_in_visit", "from": "2027-12-06", "times": ["8:00", "18:00"], "cats": "2"},
        time_zone_today=TODAY,
    )
    assert reading.choice.visit_times == (time(8), time(18))


def test_query_is_canonical_and_reads_back_the_same():
    reading = read("dogs=2&cats=0&to=2027-12-27&from=23.12.2027&until=16:30&where=M%C3%BCnster")
    query = to_query(reading)
    assert query == (
        "where=M%C3%BCnster&kind=boarding&from=2027-12-23&to=2027-12-27&at=10:00&until=16:30&dogs=2"
    )
    assert to_query(read(query)) == query


def test_query_takes_changes_and_drops_what_another_kind_does_not_use():
    reading = read(STAY + "&where=Oster")
    assert to_query(reading, where=None, from_=date(2027, 12, 24), page=2) == (
        "kind=boarding&from=2027-12-24&to=2027-12-27&at=10:00&until=16:30"
        "&dogs=1&puppies=1&cats=1&page=2"
    )
    walks = to_query(reading, kind=Kind.DOG_WALK, times=[time(8), time(17)])
    assert walks == (
        "where=Oster&kind=dog_walk&from=2027-12-23&to=2027-12-27"
        "&times=08:00&times=17:00&dogs=1&puppies=1&cats=1"
    )


texts = st.text(max_size=30) | st.sampled_from(
    ["2027-12-05", "2028-02-29", "10:00", "3", "dog_walk", "day_care", "cat", "bird", "12"]
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), st.lists(texts, max_size=3)))
def test_nothing_typed_ever_raises_and_a_valid_reading_survives_its_own_link(params):
    reading = read_choice(params, time_zone_today=TODAY)
    if reading.is_valid:
        again = read(to_query(reading))
        assert again.errors == {}
        assert (again.choice, again.pets, again.add_on_ids) == (
            reading.choice,
            reading.pets,
            reading.add_on_ids,
        )
