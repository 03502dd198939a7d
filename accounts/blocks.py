"""Who wants to hear nothing more of whom. A block works both ways; either side may set its own."""

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Block, User
from pawsitters import clock


def between(a, b) -> Q:
    """Blocks of either by the other; people, their ids, or expressions of a query."""
    return Q(blocker=a, blocked=b) | Q(blocker=b, blocked=a)


def is_blocked(a: User, b: User) -> bool:
    """Whether one of them has blocked the other. One statement."""
    return Block.objects.filter(between(a, b)).exists()


def refusal(other: User) -> str:
    """Why nothing can be sent; the same for both, so that it accuses nobody."""
    return _("Messages and requests between you and %(name)s are switched off.") % {
        "name": other.get_short_name()
    }


def block(*, blocker: User, blocked: User) -> None:
    if blocker.pk == blocked.pk:
        raise ValueError("Nobody blocks themselves.")
    Block.objects.get_or_create(
        blocker=blocker, blocked=blocked, defaults={"created_at": clock.now()}
    )


def unblock(*, blocker: User, blocked: User) -> None:
    """Take one's own block back; the other side's stays."""
    Block.objects.filter(blocker=blocker, blocked=blocked).delete()
