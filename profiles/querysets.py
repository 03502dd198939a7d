"""Named questions about pets and sitters."""

from django.db import models


class PetQuerySet(models.QuerySet):
    def active(self):
        return self.filter(state=self.model.State.ACTIVE)

    def visible_to(self, user):
        """A pet's record is its owner's; sitters read the copy in the booking."""
        return self.filter(owner=user)


class SitterQuerySet(models.QuerySet):
    def published(self):
        return self.filter(status=self.model.Status.PUBLISHED, user__is_active=True)

    def visible_to(self, user):
        """Published pages for everybody, one's own page in any state."""
        published = models.Q(status=self.model.Status.PUBLISHED, user__is_active=True)
        if not user.is_authenticated:
            return self.filter(published)
        return self.filter(published | models.Q(user=user))
