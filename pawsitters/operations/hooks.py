"""What operations has to know of the apps, told by them: the one place where they meet.

An app registers in its AppConfig.ready(); operations imports no app.
"""

from collections.abc import Callable, Iterable

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
