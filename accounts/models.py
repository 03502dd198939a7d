from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.text import one_line

# Reserved so that no mail ever arrives (RFC 2606).
CLOSED_HOST = "@closed.invalid"


class UserManager(BaseUserManager):
    """Creates users whose login is their e-mail address, kept in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields):
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields):
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str):
        return self.get(email=email.lower())


class User(AbstractUser):
    """A person. Owner and sitter are roles that one person may have at once.

    There is no role column: a sitter is a user with a `profiles.SitterProfile`.
    """

    username = None
    first_name = None
    last_name = None
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Europe/Berlin")
    photo = models.ImageField(_("photo"), upload_to="people/", blank=True)
    face = models.CharField(
        max_length=20, blank=True, help_text=_("Illustration shown without a photo.")
    )
    unwanted_mails = models.JSONField(
        default=list, blank=True, help_text=_("Names in bookings/notice_choices.py.")
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []
    objects = UserManager()

    def __str__(self):
        return self.short_name

    def clean(self):
        super().clean()
        self.name = one_line(self.name)

    @property
    def short_name(self) -> str:
        """What the other side calls this person; never the e-mail address."""
        return self.name or str(_("Someone new"))

    @property
    def is_closed(self) -> bool:
        """Whether the person has left for good; nothing personal is left in this row."""
        # Hot pages load sitters without their address; who is active has not left.
        return not self.is_active and self.email.endswith(CLOSED_HOST)

    def get_full_name(self) -> str:
        return self.short_name

    def get_short_name(self) -> str:
        return self.short_name.split(" ")[0]


class Block(models.Model):
    """`blocker` wants no messages and no requests of `blocked`. It works both ways."""

    blocker = models.ForeignKey(User, models.CASCADE, related_name="blocks")
    blocked = models.ForeignKey(User, models.CASCADE, related_name="blocked_by")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once")]

    def __str__(self):
        return f"{self.blocker_id} blocks {self.blocked_id}"


class Session(AbstractBaseSession):
    """One browser that remembers something: who is logged in, or what a visitor typed.

    `user` is no key in the database: a session outlives nobody, and a log-in need not lock a row.
    """

    user = models.ForeignKey(
        User, models.CASCADE, related_name="sessions", null=True, db_constraint=False
    )
    browser = models.CharField(max_length=30, blank=True)
    system = models.CharField(max_length=30, blank=True)
    started_at = models.DateTimeField(null=True)
    # Up to a quarter of an hour late (accounts/sessions.py).
    seen_at = models.DateTimeField(default=timezone.now)

    @classmethod
    def get_session_store_class(cls):
        from accounts.sessions import SessionStore  # which asks this class for its rows

        return SessionStore

    @property
    def device(self) -> str:
        if self.browser and self.system:
            return _("%(browser)s on %(system)s") % {"browser": self.browser, "system": self.system}
        return self.browser or self.system or str(_("An unknown browser"))


class Closing(models.Model):
    """Somebody asked to close their account, and may take that back until `closes_at`.

    `files` are the person's pictures, named in storage, that are removed after the commit that
    erases their rows; the list is empty once they are gone, so a killed worker leaves none behind.
    """

    user = models.OneToOneField(User, models.CASCADE, related_name="closing")
    requested_at = models.DateTimeField()
    closes_at = models.DateTimeField(db_index=True)
    has_paused_page = models.BooleanField(default=False)
    reminded_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    files = models.JSONField(default=list)
    files_removed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self):
        return f"{self.closes_at:%Y-%m-%d}"


class Suspension(models.Model):
    """Staff keeps somebody out, for a reason that the person reads. `ended_at`: let in again."""

    user = models.ForeignKey(User, models.CASCADE, related_name="suspensions")
    reason = models.TextField(_("reason"), max_length=2000)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return f"{self.at:%Y-%m-%d}"
