"""The states of a sitter's page. Nothing else writes `status`.

draft → in review → published ⇄ paused; our staff may refuse (with a reason; one may apply again)
and suspend from any state.
"""

import secrets
from datetime import date

from allauth.account.models import EmailAddress
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from pawsitters import clock
from pawsitters.operations import stale
from profiles import emails
from profiles.exceptions import NotPossibleNow
from profiles.kinds import Kind
from profiles.models import Check, SitterProfile
from profiles.services.sitting import editing

Status = SitterProfile.Status
SHORTEST_ABOUT = 80
PERSONAL_TEXTS = (
    "headline",
    "about",
    "languages",
    "street",
    "postcode",
    "own_pets",
    "cameras",
    "payment_note",
)
PERSONAL_NUMBERS = ("experience_years", "lat_e6", "lng_e6", "grid_lat_e6", "grid_lng_e6")


def missing(sitter: SitterProfile) -> list[tuple[str, str]]:
    """What keeps this page from being published: (sentence, address where it is put right)."""
    page = [
        (not sitter.user.name, _("Say what people call you."), reverse("accounts:settings")),
        (
            not _has_verified_email(sitter),
            _("Confirm your e-mail address with the link in our mail."),
            reverse("account_email"),
        ),
        (not sitter.headline, _("Write a headline."), _step("about")),
        (
            len(sitter.about) < SHORTEST_ABOUT,
            _("Tell a little more about you and your place: three or four sentences."),
            _step("about"),
        ),
        (not (sitter.town_id and sitter.street), _("Say where you are."), _step("place")),
        (
            not sitter.payment_note,
            _("Say how and when you take payment."),
            _step("payment"),
        ),
        (not sitter.photos.exists(), _("Add at least one photo of your place."), _step("photos")),
    ]
    found = [(sentence, url) for is_missing, sentence, url in page if is_missing]
    return found + _missing_services(sitter)


def _step(name: str) -> str:
    return reverse("profiles:sitting_step", args=[name])


def _has_verified_email(sitter: SitterProfile) -> bool:
    return EmailAddress.objects.filter(user=sitter.user, verified=True).exists()


def _missing_services(sitter: SitterProfile) -> list[tuple[str, str]]:
    services = list(sitter.services.filter(is_active=True).prefetch_related("rates"))
    if not any(service.rates.all() for service in services):
        sentence = _("Offer at least one kind of care, with a price.")
        return [(sentence, reverse("profiles:sitting_services"))]
    return [
        (
            _("%(service)s: some animals that you take have no price yet.")
            % {"service": Kind(service.kind).label},
            reverse("profiles:sitting_prices", args=[service.kind]),
        )
        for service in services
        if set(service.species) - {rate.species for rate in service.rates.all()}
    ]


def submit_for_review(*, sitter: SitterProfile) -> None:
    """Ask our staff to look at the page. Raise NotPossibleNow if something is missing."""
    with editing(sitter) as fresh:
        _require(fresh, Status.DRAFT, Status.REJECTED)
        _require_complete(fresh)
        _change(fresh, Status.IN_REVIEW, submitted_at=clock.now())


def approve(*, sitter: SitterProfile, by: User, identity_until: date) -> None:
    """Publish a page that our staff has looked at, and tell the sitter.

    `identity_until` is the day on which the check of the sitter's identity runs out.
    """
    with editing(sitter) as fresh:
        _require(fresh, Status.IN_REVIEW)
        _require_complete(fresh)
        today = clock.today(fresh.time_zone)
        checked = {"checked_by": by, "checked_on": today, "expires_on": identity_until}
        fresh.checks.update_or_create(what=Check.What.IDENTITY, defaults=checked)
        _change(fresh, Status.PUBLISHED, published_at=fresh.published_at or clock.now())
        emails.page_approved(fresh)


def reject(*, sitter: SitterProfile, reason: str) -> None:
    """Send a page back with what has to change; the sitter may apply again."""
    with editing(sitter) as fresh:
        _require(fresh, Status.IN_REVIEW)
        _change(fresh, Status.REJECTED, reason)
        emails.page_rejected(fresh)


def pause(*, sitter: SitterProfile) -> None:
    """Take the page out of search; bookings that are agreed stay agreed."""
    with editing(sitter) as fresh:
        _require(fresh, Status.PUBLISHED)
        _change(fresh, Status.PAUSED)


def hide(*, sitter: SitterProfile) -> bool:
    """Take the page out of everybody's sight while its sitter thinks about leaving.

    Return whether it was open before; a page that waits for review does so no longer.
    """
    with editing(sitter) as fresh:
        was_open = fresh.is_published
        if was_open:
            _change(fresh, Status.PAUSED)
        elif fresh.status == Status.IN_REVIEW:
            _change(fresh, Status.DRAFT)
        return was_open


def erase(*, sitter: SitterProfile) -> None:
    """Blank the page of somebody who has left; only bookings point at it still."""
    with editing(sitter) as fresh:
        fresh.services.update(is_active=False)
        _change(
            fresh,
            Status.DRAFT,
            slug=f"closed-{secrets.token_hex(8)}",
            submitted_at=None,
            published_at=None,
            calendar_confirmed_on=None,
            town=None,
            **dict.fromkeys(PERSONAL_TEXTS, ""),
            **dict.fromkeys(PERSONAL_NUMBERS, 0),
        )


def resume(*, sitter: SitterProfile) -> None:
    with editing(sitter) as fresh:
        _require(fresh, Status.PAUSED)
        _require_complete(fresh)
        _change(fresh, Status.PUBLISHED)


def suspend(*, sitter: SitterProfile, reason: str) -> None:
    """Staff closes a page, from any state; the reason is shown to the sitter."""
    with editing(sitter) as fresh:
        _require(fresh, *(status for status in Status if status != Status.SUSPENDED))
        _change(fresh, Status.SUSPENDED, reason)
        emails.page_suspended(fresh)


def cover(sitter: SitterProfile) -> None:
    """The pages kept for an outage follow, where the person was kept out or let in, not the page."""
    is_shown = sitter.is_published and sitter.user.is_active
    show_or_hide = stale.unbury if is_shown else stale.bury
    transaction.on_commit(lambda: show_or_hide(sitter.slug))


def reinstate(*, sitter: SitterProfile) -> None:
    """Give a suspended page back: paused, so that the sitter opens it when the calendar is right."""
    with editing(sitter) as fresh:
        _require(fresh, Status.SUSPENDED)
        _change(fresh, Status.PAUSED if fresh.published_at else Status.DRAFT)
        emails.page_reinstated(fresh)


def _require(sitter: SitterProfile, *allowed: str) -> None:
    if sitter.status not in allowed:
        raise NotPossibleNow(
            _("This is not possible while the page is: %(status)s.")
            % {"status": sitter.get_status_display().lower()}
        )


def _require_complete(sitter: SitterProfile) -> None:
    if found := missing(sitter):
        raise NotPossibleNow(" ".join(sentence for sentence, _url in found))


def _change(sitter: SitterProfile, status: str, reason: str = "", **moments) -> None:
    # Pages kept for an outage follow: what is closed now must not be shown then.
    show_or_hide = stale.unbury if status == Status.PUBLISHED else stale.bury
    slug = sitter.slug  # the one under which it is kept, whatever becomes of it below
    transaction.on_commit(lambda: show_or_hide(slug))
    values = {"status": status, "status_reason": reason, **moments}
    for name, value in values.items():
        setattr(sitter, name, value)
    sitter.save(update_fields=[*values])
