from django.conf import settings
from django.db import models
from django.urls import reverse

from bookings.models.bookings import new_public_id
from bookings.querysets import MessageQuerySet, ThreadQuerySet

MAX_TEXT = 2000


class Thread(models.Model):
    """Everything that one owner and one sitter write to each other, about all their bookings.

    `…_read_id` is the last message that this side has seen, `last_from_…_id` the last one that it
    wrote, so what is unread shows without looking at a message. 0 stands for none.
    """

    public_id = models.CharField(max_length=12, unique=True, default=new_public_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="threads")
    sitter = models.ForeignKey("profiles.SitterProfile", models.PROTECT, related_name="threads")
    created_at = models.DateTimeField()
    last_at = models.DateTimeField()
    last_from_owner_id = models.PositiveBigIntegerField(default=0)
    last_from_sitter_id = models.PositiveBigIntegerField(default=0)
    owner_read_id = models.PositiveBigIntegerField(default=0)
    sitter_read_id = models.PositiveBigIntegerField(default=0)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        ordering = ["-last_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "last_at"], name="thread_of_owner"),
            models.Index(fields=["sitter", "last_at"], name="thread_of_sitter"),
        ]
        constraints = [models.UniqueConstraint(fields=["owner", "sitter"], name="thread_once")]

    def __str__(self):
        return self.public_id

    def get_absolute_url(self) -> str:
        return reverse("bookings:thread", args=[self.public_id])

    def side_of(self, user) -> str:
        """ "owner" or "sitter", for one of the two."""
        return "owner" if self.owner_id == user.pk else "sitter"

    def other_than(self, user):
        """The person at the other end."""
        return self.sitter.user if self.owner_id == user.pk else self.owner

    @property
    def last_message_id(self) -> int:
        return max(self.last_from_owner_id, self.last_from_sitter_id)

    def has_unread(self, side: str) -> bool:
        if side == "owner":
            return self.last_from_sitter_id > self.owner_read_id
        return self.last_from_owner_id > self.sitter_read_id


class Message(models.Model):
    """What one side wrote. What became of a booking is no message: see BookingEvent."""

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="messages")
    sender = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField(max_length=MAX_TEXT, blank=True)
    created_at = models.DateTimeField()
    idempotency_key = models.CharField(max_length=80, unique=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["thread", "created_at"], name="message_of_thread")]

    def __str__(self):
        return f"{self.pk}"


class MessagePhoto(models.Model):
    """A picture sent with a message: written anew without metadata, for the two alone."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="photos")
    image = models.ImageField(upload_to="messages/")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        indexes = [models.Index(fields=["image"], name="message_photo_name")]
        constraints = [
            models.UniqueConstraint(fields=["message", "position"], name="message_photo_once")
        ]

    def __str__(self):
        return self.image.name
