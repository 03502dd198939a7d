"""The front page: the same for everybody, at most two statements, usually none."""

from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.templatetags.ui import SERVICES_IN_MANY
from bookings.services.front_page import lowest_prices, newcomers
from pawsitters import clock
from profiles.kinds import Kind
from profiles.money import short_amount

MAX_AGE_SECONDS = 60
TILES = {
    Kind.BOARDING: (
        gettext_lazy("Nights at the sitter’s home"),
        gettext_lazy("from %(price)s a night"),
    ),
    Kind.HOUSE_SITTING: (
        gettext_lazy("Nights at your own home"),
        gettext_lazy("from %(price)s a night"),
    ),
    Kind.DROP_IN_VISIT: (
        gettext_lazy("Food, litter, company: 20 to 60 minutes"),
        gettext_lazy("from %(price)s a visit"),
    ),
    Kind.DAY_CARE: (
        gettext_lazy("A day at the sitter’s home"),
        gettext_lazy("from %(price)s a day"),
    ),
    Kind.DOG_WALK: (
        gettext_lazy("Half an hour or a full one"),
        gettext_lazy("from %(price)s a walk"),
    ),
}


@login_not_required
@require_safe
def home(request):
    today = clock.now().date()
    response = render(
        request,
        "bookings/home.html",
        {
            "tiles": _tiles(lowest_prices()),
            "newcomers": newcomers(),
            # The example of a tag that ran out must not lie in the future.
            "valid_until": today + timedelta(days=540),
            "ran_out_on": today - timedelta(days=19),
            "refunds": _example_of_refunds(),
        },
    )
    patch_cache_control(response, public=True, max_age=MAX_AGE_SECONDS)
    return response


def _tiles(lowest: dict[str, int]) -> list[dict]:
    return [
        {
            "kind": kind.value,
            "name": SERVICES_IN_MANY[kind],
            "text": text,
            "price": price % {"price": short_amount(lowest[kind])} if kind in lowest else "",
        }
        for kind, (text, price) in TILES.items()
    ]


def _example_of_refunds() -> list[dict]:
    """Golden examples C1 to C3 without fees; a test works them out again with the engine."""
    return [
        {
            "title": _("Until noon, three days before"),
            "sentence": _("the whole amount"),
            "refund_cents": 30500,
        },
        {
            "title": _("From then until it starts"),
            "sentence": _("half of each night, all of the late pick-up"),
            "refund_cents": 17000,
        },
        {
            "title": _("After two of four nights"),
            "sentence": _("half of the nights that are left, all of the late pick-up"),
            "refund_cents": 10500,
        },
    ]
