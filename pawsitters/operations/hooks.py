"""What operations has to know of the apps, told by them: the one place where they meet.

An app registers in its AppConfig.ready(); operations imports no app.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from django.http import HttpRequest

_public_pages: list[Callable[[], Iterable[str]]] = []


def register_public_pages(addresses: Callable[[], Iterable[str]]) -> None:
    """`addresses()` yields path and query of public pages that an outage may not take away."""
    _public_pages.append(addresses)


def public_pages() -> Iterable[str]:
    for addresses in _public_pages:
        yield from addresses()


_outboxes: list[Callable[[], int]] = []


def register_outbox(depth: Callable[[], int]) -> None:
    """`depth()` is how many requests of this machine wait to be placed; it reads no MySQL."""
    _outboxes.append(depth)


def outbox_depth() -> int:
    return sum(depth() for depth in _outboxes)


_staff_checks: list[Callable[[HttpRequest], bool]] = []


def register_staff_check(is_staff: Callable[[HttpRequest], bool]) -> None:
    """`is_staff(request)` says whether this visitor may see what operators see; may raise
    DatabaseError."""
    _staff_checks.append(is_staff)


def is_staff(request: HttpRequest) -> bool:
    return any(check(request) for check in _staff_checks)


# --- Forms that are kept while the database is away ------------------------------------------
@dataclass(frozen=True)
class Asked:
    """A form whose shape is valid: its own key, and in words what it asks for.

    `text` is what the person wrote to the other side.
    """

    key: str
    title: str
    facts: tuple[tuple[str, str], ...]
    text: str = ""


@dataclass(frozen=True)
class Held:
    """What was kept of a form. `session` is what passport.name_of says of the session's key."""

    reference: str
    person: int
    session: str
    key: str
    path: str
    typed: tuple[tuple[str, str], ...]


class NotPlaced(Exception):
    """The guards refuse it today; `str(error)` is the reason, a sentence for people."""


class HeldForm(Protocol):
    """One form of an app. All three may run twice for the same key and must do it once."""

    def read(self, request: HttpRequest, person: int) -> Asked | None:
        """None if the form would not be valid. Must not ask the database."""

    def place(self, held: Held) -> str:
        """Do what the form does, with all guards; return the path of what came of it.

        Raise NotPlaced, or any error of the database to be asked again.
        """

    def tell(self, held: Held, title: str, reason: str) -> None:
        """Tell the person that it could not be placed, and why."""


_held_forms: dict[str, HeldForm] = {}


def register_held_form(view_name: str, form: HeldForm) -> None:
    """`view_name` is that of the address to which the form is sent, as reverse() knows it."""
    _held_forms[view_name] = form


def held_form(view_name: str) -> HeldForm | None:
    return _held_forms.get(view_name)
