from django.conf import settings
from django.db import models


class BookingEvent(models.Model):
    """One entry of a booking's record, visible to both sides and never changed.

    `hash` is the SHA-256 of the entry with the previous entry's hash (see services/history.py), so
    `manage.py check_history` finds a row that was altered, removed or put in between.
    """

    booking = models.ForeignKey("bookings.Booking", models.PROTECT, related_name="events")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    role = models.CharField(max_length=8)  # owner, sitter, staff, clock
    verb = models.CharField(max_length=24)
    data = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["booking", "number"], name="event_once")]

    def __str__(self):
        return f"{self.number} {self.verb}"
