"""Points on the map in integer micro-degrees: grid, cells, distances, and circles as key ranges.

Pure functions without trigonometry per row: near one place the earth is flat enough, and the cosine
of the search's own latitude is taken once (0.1 % off at 50 km, less than the 500 m grid).
"""

from collections.abc import Iterator
from math import cos, isqrt, radians

E6 = 1_000_000
HALF_TURN = 180 * E6
FULL_TURN = 360 * E6
# One degree of latitude in metres. Source: mean earth radius 6 371 008.8 m (IUGG) times pi / 180.
METRES_PER_DEGREE = 111_195
GRID_METRES = 500
CELL_BITS = 15  # per axis: cells of about 1.2 km by 0.6 km
CELLS = 1 << CELL_BITS
MOST_RANGES = 12
COS_BITS = 20


def cos_e6(lat_e6: int) -> int:
    """Cosine of a latitude times a million, never under a thousandth: the poles stay finite."""
    return max(1_000, round(cos(radians(lat_e6 / E6)) * E6))


def snap(lat_e6: int, lng_e6: int) -> tuple[int, int]:
    """The public point: the middle of its square of a 500 m grid.

    Rows of latitude come first and rule the width of their squares, so that two homes in one
    square always get one point and nobody can average them apart.
    """
    step = GRID_METRES * E6 // METRES_PER_DEGREE
    lat = (lat_e6 // step) * step + step // 2
    lng_step = step * E6 // cos_e6(lat)
    lng = (lng_e6 // lng_step) * lng_step + lng_step // 2
    # The last square before the date line may reach over it.
    return max(-90 * E6, min(90 * E6, lat)), min(lng, HALF_TURN - 1)


def wrap(lng_e6: int) -> int:
    """The same meridian within [-180°, 180°)."""
    return (lng_e6 + HALF_TURN) % FULL_TURN - HALF_TURN


def metres_between(lat_e6: int, lng_e6: int, other_lat_e6: int, other_lng_e6: int) -> int:
    """Distance in metres, with the first point's cosine for both, the short way round."""
    dlat = other_lat_e6 - lat_e6
    dlng = abs(wrap(other_lng_e6 - lng_e6)) * cos_q20(lat_e6) >> COS_BITS
    return metres(dlat * dlat + dlng * dlng)


def cos_q20(lat_e6: int) -> int:
    """Cosine of a latitude times 2^20.

    A query multiplies by it and shifts right, because `/` means something else in every database,
    and never leaves 63 bits: 180° × 2^20 < 2^48.
    """
    return max(1, round(cos(radians(lat_e6 / E6)) * (1 << COS_BITS)))


def metres(squared: int) -> int:
    """A squared distance in micro-degrees² as metres."""
    return isqrt(max(0, squared)) * METRES_PER_DEGREE // E6


def squared_radius(metres_: int) -> int:
    """A radius in metres as micro-degrees², to compare with squared distances."""
    return (metres_ * E6 // METRES_PER_DEGREE) ** 2


def cell(lat_e6: int, lng_e6: int) -> int:
    """The Morton number (30 bits) of the cell that holds a point; neighbours share their head."""
    return _interleave(_column(lng_e6), _row(lat_e6))


def _row(lat_e6: int) -> int:
    return max(0, min(CELLS - 1, (lat_e6 + 90 * E6) * CELLS // (180 * E6)))


def _column(lng_e6: int) -> int:
    return max(0, min(CELLS - 1, (wrap(lng_e6) + HALF_TURN) * CELLS // FULL_TURN))


def _spread(bits: int) -> int:
    """Put a zero before each of 15 bits."""
    bits = (bits | bits << 8) & 0x00FF00FF
    bits = (bits | bits << 4) & 0x0F0F0F0F
    bits = (bits | bits << 2) & 0x33333333
    return (bits | bits << 1) & 0x55555555


def _interleave(column: int, row: int) -> int:
    return _spread(row) << 1 | _spread(column)


def boxes(lat_e6: int, lng_e6: int, radius_m: int) -> list[tuple[int, int, int, int]]:
    """Cell boxes (first column, last column, first row, last row) around a circle.

    Two where it crosses the 180th meridian, all columns where it holds a pole.
    """
    reach = radius_m * E6 // METRES_PER_DEGREE + 1
    south, north = lat_e6 - reach, lat_e6 + reach
    rows = _row(south), _row(north)
    # Distances are measured with the cosine of the centre, so the box must be too.
    width = ((reach + 1) << COS_BITS) // cos_q20(lat_e6) + 1
    if width >= HALF_TURN:
        return [(0, CELLS - 1, *rows)]
    west, east = _column(lng_e6 - width), _column(lng_e6 + width)
    if west <= east and lng_e6 - width >= -HALF_TURN and lng_e6 + width < HALF_TURN:
        return [(west, east, *rows)]
    return [(west, CELLS - 1, *rows), (0, east, *rows)]


def covering(
    lat_e6: int, lng_e6: int, radius_m: int, most: int = MOST_RANGES
) -> list[tuple[int, int]]:
    """Ranges of cells, first and last included, that hold every cell a circle touches.

    At most `most` of them, in order; the closest neighbours are joined until that many are left,
    because a few rows too many are cheaper than another seek.
    """
    found: list[tuple[int, int]] = []
    for box in boxes(lat_e6, lng_e6, radius_m):
        found.extend(_blocks(box, most))
    found.sort()
    ranges = [found[0]]
    for first, last in found[1:]:
        if first <= ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], max(last, ranges[-1][1]))
        else:
            ranges.append((first, last))
    while len(ranges) > most:
        gaps = [ranges[i + 1][0] - ranges[i][1] for i in range(len(ranges) - 1)]
        at = gaps.index(min(gaps))
        ranges[at : at + 2] = [(ranges[at][0], ranges[at + 1][1])]
    return ranges


def _blocks(box: tuple[int, int, int, int], most: int) -> Iterator[tuple[int, int]]:
    """Squares of the quad tree that cover a box, from the level where a few dozen suffice."""
    west, east, south, north = box
    level = 0
    while ((east >> level) - (west >> level) + 1) * (
        (north >> level) - (south >> level) + 1
    ) > 4 * most:
        level += 1
    size = 2 * level
    for row in range(south >> level, (north >> level) + 1):
        for column in range(west >> level, (east >> level) + 1):
            head = _interleave(column, row) << size
            yield head, head + (1 << size) - 1
