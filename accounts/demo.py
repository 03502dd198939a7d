"""The accounts that `seed_demo` creates. They exist only while DEBUG or DEMO is on."""

from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext_lazy as _

PASSWORD = "paws-and-claws-27"


class DemoAccount(NamedTuple):
    email: str
    role: str


OWNER = DemoAccount("lena@example.org", _("owner"))
SITTER = DemoAccount("mara@example.org", _("sitter"))
STAFF = DemoAccount("staff@example.org", _("staff"))
ACCOUNTS = (OWNER, SITTER, STAFF)


def demo_accounts() -> tuple[DemoAccount, ...]:
    """The accounts that the login page may name; none on a real site."""
    return ACCOUNTS if settings.DEMO or settings.DEBUG else ()
