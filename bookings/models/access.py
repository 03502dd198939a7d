from django.conf import settings
from django.db import models


class AccessView(models.Model):
    """A sitter looked at the access notes of the home that a booking is about."""

    booking = models.ForeignKey("bookings.Booking", models.CASCADE, related_name="access_views")
    viewer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at", "-id"]

    def __str__(self):
        return f"{self.booking_id} {self.at}"
