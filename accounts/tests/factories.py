import time
from itertools import count

from django.test import Client

from accounts.models import User

_number = count(1)


def make_user(**fields) -> User:
    """A person who may sign in (no password is set: use client.force_login)."""
    number = next(_number)
    defaults = {"email": f"person{number}@example.org", "name": f"Person {number}"}
    return User.objects.create(**{**defaults, **fields})


def log_in(client: Client, user: User, *, minutes_ago: float = 0) -> None:
    """Like client.force_login, with a proof of who it is: `reauthenticated` views let it in."""
    client.force_login(user)
    session = client.session
    proof = {"method": "password", "at": time.time() - minutes_ago * 60}
    session["account_authentication_methods"] = [proof]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
