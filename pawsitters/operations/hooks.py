"""What operations has to know of the apps, told by them: the one place where they meet.

An app registers in its AppConfig.ready(); operations imports no app.
"""

from collections.abc import Callable, Iterable

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
