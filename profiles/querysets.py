"""Named questions about pets and sitters."""

from django.db import models
from django.http import Http404


class PetQuerySet(models.QuerySet):
    def active(self):
        return self.filter(state=self.model.State.ACTIVE)

    def visible_to(self, user):
        """A pet's record is its owner's; sitters read the copy in the booking."""
        return self.filter(owner=user)


PUBLIC_PAGE = """
    SELECT sitter.*, person.name AS user_name, person.photo AS user_photo,
        person.face AS user_face, town.name AS town_name, town.region AS town_region,
        capacity.night_places, capacity.day_places
    FROM profiles_sitterprofile sitter
    JOIN accounts_user person ON person.id = sitter.user_id
    JOIN profiles_sittercapacity capacity ON capacity.sitter_id = sitter.id
    LEFT JOIN profiles_town town ON town.id = sitter.town_id
    WHERE sitter.slug = %s AND sitter.status = %s AND person.is_active = %s
"""


class SitterQuerySet(models.QuerySet):
    def public_page(self, slug: str):
        """The published sitter of that name with user, town and capacity; None without one.

        As text, because building this from a queryset takes ten times as long as running it. Of
        user and town only what a public page shows is filled in.
        """
        rows = self.raw(PUBLIC_PAGE, [slug, self.model.Status.PUBLISHED, True])
        sitter = next(iter(rows), None)
        if sitter is None:
            return None
        meta = self.model._meta
        sitter.user = meta.get_field("user").related_model(
            pk=sitter.user_id,
            name=sitter.user_name,
            photo=sitter.user_photo,
            face=sitter.user_face,
        )
        if sitter.town_id:
            sitter.town = meta.get_field("town").related_model(
                pk=sitter.town_id, name=sitter.town_name, region=sitter.town_region
            )
        sitter.capacity = meta.get_field("capacity").related_model(
            night_places=sitter.night_places, day_places=sitter.day_places
        )
        return sitter

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
