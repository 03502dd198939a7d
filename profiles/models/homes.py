from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.encryption import EncryptedTextField


class Home(models.Model):
    """Where an owner's pets live; the place of care of house sitting, visits and walks.

    Coordinates are integer micro-degrees: the town's until the owner moves the point.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="home")
    street = models.CharField(_("street and number"), max_length=160)
    postcode = models.CharField(_("postcode"), max_length=16)
    town = models.ForeignKey("profiles.Town", models.PROTECT, verbose_name=_("town"))
    lat_e6 = models.IntegerField()
    lng_e6 = models.IntegerField()
    emergency_name = models.CharField(_("emergency contact besides you"), max_length=80, blank=True)
    emergency_phone = models.CharField(_("their phone"), max_length=30, blank=True)

    def __str__(self):
        return f"{self.street}, {self.postcode} {self.town.name}"


class HomeAccess(models.Model):
    """How to get in: codes, where the key is. The only copy; without notes there is no row.

    A table of its own, so that no page decrypts it by the way. Bookings read it in their window
    (bookings/services/access.py), and it is erased seven days after care unless `is_kept`.
    """

    home = models.OneToOneField(Home, models.CASCADE, related_name="access")
    notes = EncryptedTextField(_("access notes"))
    is_kept = models.BooleanField(_("keep for the next booking"), default=False)
    written_at = models.DateTimeField()

    def __str__(self):
        return f"access notes of home {self.home_id}"
