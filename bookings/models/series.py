from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from bookings.models.bookings import new_public_id
from bookings.outages import MayRunOut
from profiles.kinds import Kind

# `Booking.end_reason` of a date that a pause or the end of its series gave up.
RELEASED = "series"


class Series(MayRunOut, models.Model):
    """Weekly care that goes on until somebody ends it: walks, visits or days on fixed weekdays.

    The sitter accepts once. From then on the worker makes one ordinary booking for each date, eight
    weeks ahead. One a date and not one a week, because deadlines of days and visits count from their
    own date: so one date can be cancelled, moved, checked in and paid like any other booking, and
    the others never notice. `terms` are the sitter's prices as agreed (the snapshot's shape, without
    holidays: those are left out of a series) and `date_cents` what one date costs the owner. Times
    are wall-clock times at the place of care; `last_on` is the last date, inclusive.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("Requested")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        ENDED = "ended", _("Ended")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")

    ACTIVE = (State.RUNNING, State.PAUSED)

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    idempotency_key = models.CharField(max_length=64, unique=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="series")
    sitter = models.ForeignKey("profiles.SitterProfile", models.PROTECT, related_name="series")
    pets = models.ManyToManyField("profiles.Pet", related_name="+")
    kind = models.CharField(max_length=14, choices=Kind)
    state = models.CharField(max_length=9, choices=State, default=State.REQUESTED)

    weekdays = models.JSONField(help_text=_("0 is Monday."))
    visit_times = models.JSONField(default=list)
    minutes = models.PositiveSmallIntegerField(default=0)
    start_time = models.TimeField()
    end_time = models.TimeField()
    starts_on = models.DateField()
    last_on = models.DateField(null=True, blank=True)
    add_ons = models.JSONField(default=list)
    message = models.TextField(max_length=2000, blank=True)

    terms = models.JSONField(editable=False)
    date_cents = models.PositiveIntegerField()
    offered_terms = models.JSONField(null=True, blank=True, editable=False)
    offered_cents = models.PositiveIntegerField(null=True, blank=True)
    must_follow = models.JSONField(default=dict, help_text=_("Ticked lines by the pet's id."))

    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    made_until = models.DateField(
        null=True, blank=True, help_text=_("Dates before this one have been looked at.")
    )
    paused_by = models.CharField(max_length=8, blank=True)  # owner, sitter, clock

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "series"
        indexes = [models.Index(fields=["state", "made_until"], name="series_to_make")]

    def __str__(self):
        return self.public_id

    def get_absolute_url(self) -> str:
        return reverse("bookings:series", args=[self.public_id])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.sitter.time_zone)

    @property
    def kind_enum(self) -> Kind:
        return Kind(self.kind)


class SeriesDate(models.Model):
    """A date of a series: its booking, or why there is none. Unique, so two workers make one."""

    class Reason(models.TextChoices):
        FULL = "full", _("no room then")
        CLOSED = "closed", _("not a day on which the sitter works")
        AWAY = "away", _("the sitter is away")
        HOLIDAY = "holiday", _("a holiday of the sitter")
        PETS = "pets", _("something about the animals or the address is missing")
        PAST = "past", _("it was too late for this date")
        OWNER = "owner", _("left out by the owner")
        SITTER = "sitter", _("left out by the sitter")

    series = models.ForeignKey(Series, models.CASCADE, related_name="dates")
    on = models.DateField()
    booking = models.OneToOneField(
        "bookings.Booking", models.PROTECT, null=True, related_name="series_date"
    )
    reason = models.CharField(max_length=8, choices=Reason, blank=True)

    class Meta:
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["series", "on"], name="series_date_once")]

    def __str__(self):
        return f"{self.on}"
