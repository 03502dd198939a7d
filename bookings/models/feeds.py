from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CalendarFeed(models.Model):
    """A person's bookings as a calendar that other programs read, at an address of its own.

    `key` is half of the secret in the address; the other half is its signature with SECRET_KEY. So
    the address can be shown again, and a copy of the database opens nobody's calendar.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="calendar_feed"
    )
    key = models.CharField(max_length=32, unique=True)
    shows_addresses = models.BooleanField(
        _("Include the address of bookings that are agreed"), default=False
    )
    changed_at = models.DateTimeField()

    def __str__(self):
        return str(self.user_id)
