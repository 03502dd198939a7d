from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class SitterCapacity(models.Model):
    """How many places a sitter has, and the row on which all work on their seats queues.

    No foreign key points at this table: an insert that refers to a parent row takes a shared
    lock on it, and two of those followed by FOR UPDATE deadlock. `version` is written with every
    change of seats, because a Galera or Group Replication cluster sees writes but no row locks.
    """

    sitter = models.OneToOneField(
        "profiles.SitterProfile", models.CASCADE, primary_key=True, related_name="capacity"
    )
    night_places = models.PositiveSmallIntegerField(
        _("animals overnight"), default=2, validators=[MaxValueValidator(20)]
    )
    day_places = models.PositiveSmallIntegerField(
        _("animals by day"), default=2, validators=[MaxValueValidator(20)]
    )
    version = models.PositiveIntegerField(default=0)

    def __str__(self):
        return f"{self.night_places} nights, {self.day_places} days"


class WeekdayHours(models.Model):
    """The weekly template, one row per weekday (0 = Monday), at the place of care.

    No row for a weekday means: closed all day. `visits_from`/`visits_until` bound visits and
    walks; both empty means none on that day.
    """

    sitter = models.ForeignKey(
        "profiles.SitterProfile", models.CASCADE, related_name="weekday_hours"
    )
    weekday = models.PositiveSmallIntegerField(validators=[MaxValueValidator(6)])
    takes_nights = models.BooleanField(_("nights at my home"), default=True)
    takes_away = models.BooleanField(_("nights at the owner’s"), default=True)
    takes_days = models.BooleanField(_("day care"), default=True)
    visits_from = models.TimeField(_("visits from"), null=True, blank=True)
    visits_until = models.TimeField(_("until"), null=True, blank=True)

    class Meta:
        ordering = ["weekday"]
        constraints = [
            models.UniqueConstraint(fields=["sitter", "weekday"], name="weekday_once"),
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="weekday_exists"),
        ]

    def __str__(self):
        return str(self.weekday)


class CalendarException(models.Model):
    """Dates that differ from the weekly template, half-open [starts_on, ends_on).

    With `is_away` nothing is offered. Otherwise the two numbers cap the places for those dates;
    empty leaves them as usual. A later row wins over an earlier one.
    """

    sitter = models.ForeignKey(
        "profiles.SitterProfile", models.CASCADE, related_name="calendar_exceptions"
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    is_away = models.BooleanField(_("away"), default=True)
    night_places = models.PositiveSmallIntegerField(_("animals overnight"), null=True, blank=True)
    day_places = models.PositiveSmallIntegerField(_("animals by day"), null=True, blank=True)
    note = models.CharField(_("note to yourself"), max_length=80, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_on__gt=models.F("starts_on")),
                name="exception_ends_after_it_starts",
                violation_error_message=_("The last day must not be before the first."),
            ),
        ]

    def __str__(self):
        return f"{self.starts_on} to {self.ends_on}"


class Seat(models.Model):
    """One place that a confirmed booking holds; what makes overbooking impossible.

    `slot` is the local date as `date.toordinal()` for nights, days and nights away, and the
    number of the quarter of an hour since 1970 in UTC for visits. Two bookings cannot hold the
    same (sitter, resource, slot, number), whatever the code does.
    """

    class Resource(models.IntegerChoices):
        NIGHT = 1, _("night")
        DAY = 2, _("day")
        AWAY = 3, _("away")
        TIME = 4, _("time")

    sitter = models.ForeignKey("profiles.SitterProfile", models.PROTECT, related_name="seats")
    resource = models.PositiveSmallIntegerField(choices=Resource)
    slot = models.PositiveIntegerField()
    number = models.PositiveSmallIntegerField()
    booking = models.ForeignKey("bookings.Booking", models.PROTECT, related_name="seats")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sitter", "resource", "slot", "number"], name="seat_once"
            ),
            models.CheckConstraint(
                # The sitter sleeps in one place; only a group walk shares a quarter of an hour.
                condition=~models.Q(resource=3) | models.Q(number=0),
                name="seat_away_is_single",
            ),
        ]

    def __str__(self):
        return f"{self.get_resource_display()} {self.slot} #{self.number}"
