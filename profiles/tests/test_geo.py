from hypothesis import given, settings
from hypothesis import strategies as st

from profiles import geo

latitudes = st.integers(-85_000_000, 85_000_000)
longitudes = st.integers(-180_000_000, 179_999_999)
radii = st.integers(100, 120_000)


@given(lat=latitudes, lng=longitudes)
def test_snapped_point_is_near_and_stays_when_snapped_again(lat, lng):
    point = geo.snap(lat, lng)
    assert geo.metres_between(lat, lng, *point) < 400
    assert geo.snap(*point) == point


def test_distance_of_known_cities_is_right_within_half_a_percent():
    berlin, potsdam = (52_520_000, 13_405_000), (52_395_700, 13_058_900)
    assert abs(geo.metres_between(*berlin, *potsdam) - 27_200) < 200


def test_distance_over_the_date_line_takes_the_short_way():
    assert geo.metres_between(-16_500_000, 179_950_000, -16_500_000, -179_950_000) < 11_000


@settings(max_examples=400)
@given(
    lat=latitudes,
    lng=longitudes,
    radius=radii,
    north=st.integers(-1_100_000, 1_100_000),
    east=st.integers(-3_000_000, 3_000_000),
)
def test_covering_ranges_hold_every_point_of_the_circle(lat, lng, radius, north, east):
    other = max(-90_000_000, min(90_000_000, lat + north)), geo.wrap(lng + east)
    ranges = geo.covering(lat, lng, radius)
    assert 1 <= len(ranges) <= geo.MOST_RANGES
    assert all(first <= last for first, last in ranges)
    if geo.metres_between(lat, lng, *other) <= radius:
        cell = geo.cell(*other)
        assert any(first <= cell <= last for first, last in ranges)


def test_circle_over_the_date_line_covers_both_sides_and_not_the_globe():
    lat, lng = -16_500_000, 179_990_000
    ranges = geo.covering(lat, lng, 20_000)
    for point in ((lat, 179_900_000), (lat, -179_900_000)):
        assert any(first <= geo.cell(*point) <= last for first, last in ranges)
    far = geo.cell(lat, 0)
    assert not any(first <= far <= last for first, last in ranges)


@given(lat=latitudes, lng=longitudes)
def test_covering_reads_little_more_than_the_circle(lat, lng):
    cells = sum(last - first + 1 for first, last in geo.covering(lat, lng, 10_000))
    boxes = sum((e - w + 1) * (n - s + 1) for w, e, s, n in geo.boxes(lat, lng, 10_000))
    assert cells <= max(64, 12 * boxes)
