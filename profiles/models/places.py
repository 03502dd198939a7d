from django.db import models

from profiles.countries import country_name


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
    region_code = models.CharField(max_length=8, blank=True, help_text="“IL” in Illinois")
    country = models.CharField(max_length=2)
    population = models.PositiveIntegerField(default=0)
    lat_e6 = models.IntegerField()
    lng_e6 = models.IntegerField()
    time_zone = models.CharField(max_length=40)

    class Meta:
        indexes = [models.Index(fields=["key"], name="town_key")]

    def __str__(self):
        return self.label

    @property
    def label(self) -> str:
        """What tells it from its namesakes: "Springfield, Illinois, United States"."""
        region = "" if self.region == self.name else self.region
        return ", ".join(part for part in (self.name, region, country_name(self.country)) if part)


class TownName(models.Model):
    """A folded name under which a town is looked up: its own or another ("koln", "cologne").

    `weight` is the population, times 20 for the town's own name, so that Vienne in France is not
    hidden by Vienna's French name.
    """

    key = models.CharField(max_length=120)
    town = models.ForeignKey(Town, models.CASCADE, related_name="names")
    weight = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["key", "weight"], name="town_name_key")]

    def __str__(self):
        return self.key


class TownPrefix(models.Model):
    """The best-known towns whose folded name begins with a short prefix, most people first.

    Kept only for prefixes that many names share; the others are a short range of `TownName`. One
    row by primary key replaces a sort of thousands by population (measured 200 times slower).
    """

    prefix = models.CharField(max_length=8, primary_key=True)
    town_ids = models.JSONField()

    def __str__(self):
        return self.prefix
