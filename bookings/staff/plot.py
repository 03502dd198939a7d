"""Bookings per day as a small picture that is drawn here: no script, and a table says the same."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate

from bookings.models import Booking
from pawsitters import clock

DAYS = 30
WIDTH, HEIGHT, FLOOR = 720, 160, 140


@dataclass(frozen=True)
class Day:
    """`x`, `y`, `width`, `height` are those of its bar."""

    on: date
    asked: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Plot:
    days: list[Day]
    most: int
    total: int
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = FLOOR


def bookings_plot(days: int) -> Plot:
    """Requests of the last `days` days, today included, by the date in UTC. One statement."""
    today = clock.now().date()
    first = today - timedelta(days=days - 1)
    rows = (
        Booking.objects.filter(requested_at__date__gte=first)
        .annotate(on=TruncDate("requested_at"))
        .order_by()
        .values_list("on")
        .annotate(n=Count("pk"))
    )
    asked = dict(rows)
    most = max([*asked.values(), 1])
    step = WIDTH / days
    bars = []
    for number in range(days):
        on = first + timedelta(days=number)
        height = round((FLOOR - 10) * asked.get(on, 0) / most, 1)
        bars.append(
            Day(
                on,
                asked.get(on, 0),
                round(number * step + step * 0.1, 1),
                FLOOR - height,
                round(step * 0.8, 1),
                height,
            )
        )
    return Plot(bars, most, sum(asked.values()))
