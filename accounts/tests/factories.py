from itertools import count

from accounts.models import User

_number = count(1)


def make_user(**fields) -> User:
    """A person who may sign in (no password is set: use client.force_login)."""
    number = next(_number)
    defaults = {"email": f"person{number}@example.org", "name": f"Person {number}"}
    return User.objects.create(**{**defaults, **fields})
