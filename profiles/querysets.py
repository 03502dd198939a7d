"""Named questions about pets and sitters."""

from django.db import models
from django.http import Http404


class PetQuerySet(models.QuerySet):
    def active(self):
        return self.filter(state=self.model.State.ACTIVE)

    def visible_to(self, user):
        """A pet's record is its owner's; sitters read the copy in the booking."""
        return self.filter(owner=user)


# As text, because building this from a queryset takes ten times as long as running it.
WITH_PARTS = """
    SELECT sitter.*, person.name AS user_name, person.photo AS user_photo,
        person.face AS user_face, person.is_active AS user_is_active,
        town.name AS town_name, town.region AS town_region,
        capacity.night_places, capacity.day_places, capacity.version {more}
    FROM profiles_sitterprofile sitter
    JOIN accounts_user person ON person.id = sitter.user_id
    JOIN profiles_sittercapacity capacity ON capacity.sitter_id = sitter.id
    LEFT JOIN profiles_town town ON town.id = sitter.town_id
    WHERE {which}
"""
PUBLIC = "sitter.slug = %s AND sitter.status = %s AND person.is_active = %s"


class SitterQuerySet(models.QuerySet):
    def public_page(self, slug: str):
        """The published sitter of that name with user, town and capacity; None without one.

        Of user and town only what a public page shows is filled in.
        """
        return self.with_parts(PUBLIC, [slug, self.model.Status.PUBLISHED, True])

    def with_parts(self, which: str, values: list, more: str = ""):
        """One sitter with user, town and capacity, in one statement; None without one.

        `which` is the SQL condition for `values`; `more` further columns, each after a comma, whose
        values come first. Other fields of user and town are read when they are asked for.
        """
        sitter = next(iter(self.raw(WITH_PARTS.format(which=which, more=more), values)), None)
        if sitter is None:
            return None
        sitter.user = self._part(
            "user",
            id=sitter.user_id,
            name=sitter.user_name,
            photo=sitter.user_photo,
            face=sitter.user_face,
            is_active=bool(sitter.user_is_active),
        )
        if sitter.town_id:
            sitter.town = self._part(
                "town", id=sitter.town_id, name=sitter.town_name, region=sitter.town_region
            )
        sitter.capacity = self._part(
            "capacity",
            sitter_id=sitter.pk,
            night_places=sitter.night_places,
            day_places=sitter.day_places,
            version=sitter.version,
        )
        return sitter

    def _part(self, relation: str, /, **values):
        """The related row with these columns; its others are read when they are asked for."""
        model = self.model._meta.get_field(relation).related_model
        names = [f.attname for f in model._meta.concrete_fields if f.attname in values]
        return model.from_db(self.db, names, [values[name] for name in names])

    def published(self):
        return self.filter(status=self.model.Status.PUBLISHED, user__is_active=True)

    def visible_to(self, user):
        """Published pages for everybody, one's own page in any state."""
        published = models.Q(status=self.model.Status.PUBLISHED, user__is_active=True)
        if not user.is_authenticated:
            return self.filter(published)
        return self.filter(published | models.Q(user=user))


def own_or_gone(own: models.QuerySet, pk: int) -> models.Model | None:
    """The row of that number among one's `own`, None where there is none any more.

    For buttons that remove something: the second of two clicks finds it gone, which is no mistake.
    Raise Http404 where the row is somebody else's.
    """
    found = own.filter(pk=pk).first()
    if found is None and own.model._base_manager.filter(pk=pk).exists():
        raise Http404
    return found
