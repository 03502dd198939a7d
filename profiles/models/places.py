from django.db import models


class Town(models.Model):
    """A populated place. Source: GeoNames (geonames.org), CC BY 4.0; the key is its geonameid.

    Coordinates are integer micro-degrees.
    """

    id = models.PositiveIntegerField(primary_key=True)
    name = models.CharField(max_length=120)
    key = models.CharField(
        max_length=120, help_text="name folded for look-up: lower case, no accents"
    )
    region = models.CharField(max_length=80, blank=True, help_text="first-order division")
    country = models.CharField(max_length=2)
    population = models.PositiveIntegerField(default=0)
    lat_e6 = models.IntegerField()
    lng_e6 = models.IntegerField()
    time_zone = models.CharField(max_length=40)

    class Meta:
        indexes = [models.Index(fields=["key"], name="town_key")]

    def __str__(self):
        return ", ".join(part for part in (self.name, self.region, self.country) if part)


class TownPrefix(models.Model):
    """The best-known towns whose folded name begins with a short prefix, most people first.

    One row by primary key replaces a LIKE with ORDER BY population (measured 200 times slower).
    """

    prefix = models.CharField(max_length=8, primary_key=True)
    town_ids = models.JSONField()

    def __str__(self):
        return self.prefix
