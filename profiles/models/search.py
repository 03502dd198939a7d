from django.db import models


class SearchRow(models.Model):
    """One row per published sitter and active service, clustered by place (docs/adr/0003).

    `id` = kind code (3 bits) | Morton cell of the public point (30 bits) | sitter id (30 bits), so
    that a circle is a few `id BETWEEN` ranges. `busy_0`…`busy_6` are 60 days each, a ring over
    the absolute day number: column (day // 60) % 7, bit day % 60, set = nothing left that day.
    No foreign key points here; a move is a delete and an insert.
    """

    id = models.BigIntegerField(primary_key=True)
    sitter_id = models.BigIntegerField(db_index=True)
    service_id = models.BigIntegerField()
    lat_e6 = models.IntegerField()
    lng_e6 = models.IntegerField()
    busy_0 = models.BigIntegerField(default=0)
    busy_1 = models.BigIntegerField(default=0)
    busy_2 = models.BigIntegerField(default=0)
    busy_3 = models.BigIntegerField(default=0)
    busy_4 = models.BigIntegerField(default=0)
    busy_5 = models.BigIntegerField(default=0)
    busy_6 = models.BigIntegerField(default=0)
    accepts = models.IntegerField(help_text="bits: species, dog weight bands")
    features = models.IntegerField(help_text="bits: home attributes, instant, checks")
    max_pets = models.PositiveSmallIntegerField()
    lead_hours = models.PositiveSmallIntegerField()
    horizon_days = models.PositiveSmallIntegerField()
    from_cents = models.PositiveIntegerField(
        help_text="lowest base rate, for sorting without dates"
    )
    terms = models.TextField(help_text="compact JSON: all that a price needs")
    shown_rating_e3 = models.PositiveIntegerField(default=0)
    rating_count = models.PositiveIntegerField(default=0)
    fixed_score_e6 = models.IntegerField(
        help_text="the part of “recommended” that knows no distance"
    )
    published_on = models.DateField()
    calendar_confirmed_on = models.DateField(null=True)

    def __str__(self):
        return str(self.id)
