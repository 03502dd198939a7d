from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


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
