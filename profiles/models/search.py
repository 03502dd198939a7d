from django.db import models


class SearchRow(models.Model):
    """One row per published sitter and active service, clustered by place (docs/adr/0003).

    `id` = kind code (3 bits) | Morton cell of the public point (30 bits) | sitter id (30 bits), so
    that a circle is a few `id BETWEEN` ranges. No foreign key points here; a move is a delete
    and an insert.

    `busy_0`…`busy_6` are 60 days each, a ring over the day number (`date.toordinal()`): column
    (day // 60) % 7, bit day % 60, set = no place left that day. `tight_…` are the same for "fewer
    than two places left". Both are true up to the day `filled_to` and say nothing after it.
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
    tight_0 = models.BigIntegerField(default=0)
    tight_1 = models.BigIntegerField(default=0)
    tight_2 = models.BigIntegerField(default=0)
    tight_3 = models.BigIntegerField(default=0)
    tight_4 = models.BigIntegerField(default=0)
    tight_5 = models.BigIntegerField(default=0)
    tight_6 = models.BigIntegerField(default=0)
    filled_to = models.PositiveIntegerField(
        default=0, help_text="last day number that the bits know"
    )
    accepts = models.BigIntegerField(help_text="bits: species, dog weights, lengths of visits")
    features = models.IntegerField(help_text="bits: home attributes, instant")
    min_age_months = models.PositiveSmallIntegerField(default=0)
    max_pets = models.PositiveSmallIntegerField()
    places = models.PositiveSmallIntegerField(
        default=0, help_text="usual places for nights or days"
    )
    lead_hours = models.PositiveSmallIntegerField()
    horizon_days = models.PositiveSmallIntegerField()
    buffer_minutes = models.PositiveSmallIntegerField(
        default=0, help_text="travel before and after a visit"
    )
    group_size = models.PositiveSmallIntegerField(default=1)
    visit_hours = models.CharField(
        max_length=56, blank=True, help_text="HHMMHHMM per weekday; 99990000 = closed"
    )
    from_cents = models.PositiveIntegerField(help_text="lowest usual rate, for sorting and bounds")
    shown_rating_e3 = models.PositiveIntegerField(default=0)
    rating_count = models.PositiveIntegerField(default=0)
    score_e6 = models.IntegerField(
        default=0, help_text="rating, reliability and response within “recommended”, in millionths"
    )
    published_day = models.PositiveIntegerField(default=0)
    confirmed_day = models.PositiveIntegerField(
        default=0, help_text="day number on which the sitter confirmed the calendar"
    )

    def __str__(self):
        return str(self.id)


class SearchCard(models.Model):
    """What a result shows and what its price needs, beside the row of the same `id`.

    Kept apart so that a scan over a dense city reads narrow rows; only the sitters of one page
    (or the candidates of a sort by price) are read here.
    """

    id = models.BigIntegerField(primary_key=True)
    sitter_id = models.BigIntegerField(db_index=True)
    terms = models.TextField(help_text="JSON: all that a price needs")
    card = models.TextField(help_text="JSON: headline, town, checks, counts")

    def __str__(self):
        return str(self.id)
