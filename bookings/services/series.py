"""A weekly series from the answer to its end; asked for in series_asking.py, dates in series_dates.py.

Owner and sitter agree once. After that both may pause and go on, either may end it with 14 days'
notice, and the price stays until both agree on another one. Dates that a pause or the end gives up
cost nothing: those whose free cancellation is over (for a sitter: those of the next seven days) stay
booked, and can be cancelled one by one under the booking's own rules.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from accounts.blocks import is_blocked
from accounts.models import User
from bookings.emails import series as emails
from bookings.exceptions import NotAllowedNow, RequestRefused
from bookings.models import RELEASED, Booking, Series, SeriesDate
from bookings.outages import not_over
from bookings.services.agreements import free_until
from bookings.services.capacity import lock_capacity, release_seats
from bookings.services.care import tick_key
from bookings.services.late_cancellations import LATE_NOTICE
from bookings.services.notices import tell_person
from bookings.services.requests import (
    service_of,
)
from bookings.services.retry import in_transaction
from bookings.services.rules import CLOCK, OWNER, SITTER
from bookings.services.series_dates import (
    locked_series,
    make_dates,
    price_on,
    series_terms,
    weekly,
)
from bookings.services.transitions.moves import locked, move, write_kept
from pawsitters import clock
from profiles.models import SitterProfile

NOTICE = timedelta(days=14)
SKIPPED_AHEAD = timedelta(days=366)  # each is a row and a mail, so not a thousand years of them

State = Series.State


# --- answering ------------------------------------------------------------------------------


def lines_to_tick(series: Series) -> list[tuple[str, str]]:
    """(key, "Moss: half a tablet …") for each line that the sitter ticks once for all dates."""
    return [
        (tick_key(pet, line), f"{pet.name}: {line}")
        for pet in series.pets.order_by("pk")
        for line in pet.must_follow_lines
    ]


def accept_series(*, series: Series, by: User, ticked: Sequence[str] = ()) -> Series:
    """Agree to the series and make its first eight weeks. Raise RequestRefused without a tick."""
    series = _accept(series=series, by=by, ticked=ticked)
    make_dates(series=series)
    return series


@in_transaction
def _accept(*, series: Series, by: User, ticked: Sequence[str]) -> Series:
    series = locked_series(series.pk)
    _require(series, by, SITTER, State.REQUESTED)
    if clock.now() >= series.runs_out_at:
        raise NotAllowedNow(_("The time to answer is over."))
    if series.sitter.status == SitterProfile.Status.SUSPENDED:
        raise NotAllowedNow(_("Your page is suspended, so you cannot take new bookings."))
    if problem := unavailable(series):
        raise NotAllowedNow(problem)  # eight weeks with somebody who is kept out, or blocked
    missing = [key for key, _line in lines_to_tick(series) if key not in ticked]
    if missing:
        raise RequestRefused(
            dict.fromkeys(missing, _("Please tick every line that you promise to follow."))
        )
    series.must_follow = {str(pet.pk): pet.must_follow_lines for pet in series.pets.all()}
    _change(series, state=State.RUNNING, accepted_at=clock.now(), must_follow=series.must_follow)
    tell_side(series, "accepted", OWNER, emails.accepted(series))
    return series


@in_transaction
def decline_series(*, series: Series, by: User) -> Series:
    series = locked_series(series.pk)
    _require(series, by, SITTER, State.REQUESTED)
    _change(series, state=State.DECLINED, ended_at=clock.now())
    tell_side(series, "declined", OWNER, emails.declined(series))
    return series


@in_transaction
def withdraw_series(*, series: Series, by: User) -> Series:
    series = locked_series(series.pk)
    _require(series, by, OWNER, State.REQUESTED)
    _change(series, state=State.WITHDRAWN, ended_at=clock.now())
    tell_side(series, "withdrawn", SITTER, emails.withdrawn(series))
    return series


# --- going on -------------------------------------------------------------------------------


@in_transaction
def pause_series(*, series: Series, by: User) -> Series:
    """No more dates until somebody goes on; booked ones that can be given up for nothing are."""
    capacity = lock_capacity(series.sitter_id)
    series = locked_series(series.pk)
    role = _require(series, by, None, State.RUNNING)
    for row in releasable(series, role):
        _release(row, capacity, role, by)
    _change(series, state=State.PAUSED, paused_by=role, made_until=None)
    tell_side(series, "paused", _other(role), emails.paused(series, role))
    return series


def resume_series(*, series: Series, by: User) -> Series:
    series = _resume(series=series, by=by)
    make_dates(series=series)
    return series


@in_transaction
def _resume(*, series: Series, by: User) -> Series:
    series = locked_series(series.pk)
    role = _require(series, by, None, State.PAUSED)
    if problem := unavailable(series):
        raise NotAllowedNow(problem)
    _change(series, state=State.RUNNING, paused_by="", made_until=None)
    tell_side(series, "resumed", _other(role), emails.resumed(series, role))
    return series


@in_transaction
def end_series(*, series: Series, by: User) -> Series:
    """The last date is within 14 days from now; later ones are given up and cost nothing."""
    capacity = lock_capacity(series.sitter_id)
    series = locked_series(series.pk)
    role = _require(series, by, None, *Series.ACTIVE)
    last_on = last_day_if_ended_now(series)
    if series.last_on and series.last_on <= last_on:
        raise NotAllowedNow(_("It ends by then already."))
    for row in _booked(series).filter(on__gt=last_on):
        _release(row, capacity, role, by)
    _change(series, last_on=last_on)
    tell_side(series, f"ends:{last_on}", _other(role), emails.ending(series, role))
    return series


@in_transaction
def end_at_once(*, series: Series, by: User) -> Series:
    """For somebody who leaves: no more dates. Those that are booked stay, under their own rules."""
    series = locked_series(series.pk)
    role = _require(series, by, None, *Series.ACTIVE)
    _change(series, state=State.ENDED, ended_at=clock.now())
    tell_side(series, "ended", _other(role), emails.ended(series, role))
    return series


def last_day_if_ended_now(series: Series) -> date:
    return clock.today(series.sitter.time_zone) + NOTICE


@in_transaction
def skip_date(*, series: Series, by: User, on: date) -> SeriesDate:
    """Leave out one date that has no booking yet. A booked one is cancelled by its own rules."""
    series = locked_series(series.pk)
    role = _require(series, by, None, *Series.ACTIVE)
    today = clock.today(series.sitter.time_zone)
    is_near = today <= on <= today + SKIPPED_AHEAD
    if not is_near or on not in weekly(series, on, on + timedelta(days=1)):
        raise NotAllowedNow(_("This is none of its dates."))
    if series.dates.filter(on=on).exists():
        raise NotAllowedNow(_("This date is booked or left out already."))
    row = SeriesDate.objects.create(series=series, on=on, reason=role)
    tell_side(series, f"skipped:{on}", _other(role), emails.skipped(series, role, on))
    return row


# --- the price ------------------------------------------------------------------------------


@in_transaction
def offer_price(*, series: Series, by: User) -> Series:
    """The sitter asks for today's prices; nothing changes unless the owner agrees."""
    series = locked_series(series.pk)
    _require(series, by, SITTER, *Series.ACTIVE)
    service = service_of(series.sitter, series.kind_enum)
    if service is None:
        raise NotAllowedNow(_("You do not offer this at the moment."))
    terms = series_terms(series.sitter, service)
    cents = cents_with(series, terms)
    if cents == series.date_cents:
        raise NotAllowedNow(_("With the prices on your page a date costs the same."))
    _change(series, offered_terms=terms, offered_cents=cents)
    tell_side(series, f"price:{cents}", OWNER, emails.price_offered(series))
    return series


def cents_with(series: Series, terms: dict) -> int:
    """What one date from today on would cost with these terms."""
    today = clock.today(series.sitter.time_zone)
    on = next(weekly(series, today, today + timedelta(days=7)), series.starts_on)
    return price_on(series, on, list(series.pets.all()), terms).quote.total_cents


@in_transaction
def answer_price(
    *, series: Series, by: User, agrees: bool, shown_cents: int | None = None
) -> Series:
    """Yes: the new price counts for dates that are not booked yet. No: it goes on as it is.

    `shown_cents` is what the owner saw: nobody agrees to what was asked for a moment later.
    """
    series = locked_series(series.pk)
    _require(series, by, OWNER, *Series.ACTIVE)
    if series.offered_terms is None:
        raise NotAllowedNow(_("There is no new price to answer."))
    if agrees and shown_cents != series.offered_cents:
        raise NotAllowedNow(_("Another price is asked for by now. Please look at it once more."))
    changes = {"offered_terms": None, "offered_cents": None}
    if agrees:
        changes |= {"terms": series.offered_terms, "date_cents": series.offered_cents}
    _change(series, **changes)
    tell_side(
        series,
        f"price answered:{int(clock.now().timestamp())}",
        SITTER,
        emails.price_answered(series, agrees),
    )
    return series


# --- the clock ------------------------------------------------------------------------------


def go_on(*, series: Series) -> None:
    """Make the dates that are due, or pause where one side is not available; tell of what is not."""
    if stop_if_unavailable(series=series):
        return
    left_out = [row for row in make_dates(series=series) if row.reason]
    if left_out:
        series = Series.objects.select_related("owner", "sitter__user").get(pk=series.pk)
        message = emails.left_out(series, left_out)
        for role in (OWNER, SITTER):
            tell_side(series, f"left out:{left_out[0].on}", role, message)


@in_transaction
def stop_if_unavailable(*, series: Series) -> bool:
    """A sitter who is closed, suspended or paused gets no new dates; both are told, once."""
    series = locked_series(series.pk)
    if series.state != State.RUNNING or not unavailable(series):
        return False
    _change(series, state=State.PAUSED, paused_by=CLOCK, made_until=None)
    for role in (OWNER, SITTER):
        tell_side(series, f"stopped:{clock.now().date()}", role, emails.stopped(series))
    return True


def unavailable(series: Series) -> str:
    """Why no dates can be made now, whoever asks; empty if they can."""
    sitter = series.sitter
    if not sitter.is_published or not sitter.user.is_active:
        name = {"sitter": sitter.user.get_short_name()}
        return _("%(sitter)s takes no bookings at the moment.") % name
    if not series.owner.is_active:
        return _("The owner’s account is closed.")
    if is_blocked(series.owner, sitter.user):
        return _("One of you has blocked the other.")
    return ""


def over_by_now():
    """Series whose last date lies behind, and requests that nobody answered."""
    yesterday = clock.now().date() - timedelta(days=1)
    ended = Series.objects.filter(state__in=Series.ACTIVE, last_on__lt=yesterday)
    late = Series.objects.exclude(not_over())
    unanswered = late.filter(state=State.REQUESTED, expires_at__lte=clock.now())
    return (ended | unanswered).order_by("pk")


@in_transaction
def close_series(*, series: Series) -> None:
    series = locked_series(series.pk)
    if series.state == State.REQUESTED and clock.now() >= series.runs_out_at:
        _change(series, state=State.EXPIRED, ended_at=clock.now())
        tell_side(series, "expired", OWNER, emails.expired(series))
    elif series.state in Series.ACTIVE and series.last_on:
        _change(series, state=State.ENDED, ended_at=clock.now())


# --- shared ---------------------------------------------------------------------------------


def role_in(series: Series, user: User) -> str | None:
    if series.owner_id == user.pk:
        return OWNER
    return SITTER if series.sitter.user_id == user.pk else None


def releasable(series: Series, role: str) -> list[SeriesDate]:
    """Booked dates that a pause by this side gives up: nothing is due for them, nothing is late."""
    now = clock.now()
    return [row for row in _booked(series) if _is_releasable(row.booking, role, now)]


def _is_releasable(booking: Booking, role: str, now: datetime) -> bool:
    if role == OWNER:
        return now <= free_until(booking)
    return now <= booking.starts_at - LATE_NOTICE


def _booked(series: Series):
    today = clock.today(series.sitter.time_zone)
    return series.dates.filter(
        on__gte=today, booking__status=Booking.Status.CONFIRMED
    ).select_related("booking")


def _release(row: SeriesDate, capacity, role: str, by: User) -> None:
    """Cancel one date without cost and without a mail of its own; a resumed series makes it anew."""
    booking = locked(row.booking)
    write_kept(booking, [0] * len(booking.units.all()))
    release_seats(booking, capacity)
    status = Booking.Status
    move(
        booking,
        status.CANCELLED_BY_OWNER if role == OWNER else status.CANCELLED_BY_SITTER,
        verb="cancelled",
        role=role,
        by=by,
        data={"refund_cents": booking.total_cents, "kept_cents": 0},
        messages=lambda booking: {},
        ended_at=clock.now(),
        refund_cents=booking.total_cents,
        end_reason=RELEASED,
    )
    row.delete()


def _require(series: Series, by: User, side: str | None, *states: str) -> str:
    role = role_in(series, by)
    if role is None or (side and role != side):
        raise NotAllowedNow(
            _("Only the owner can do this.") if side == OWNER else _("Only the sitter can do this.")
        )
    if series.state not in states:
        raise NotAllowedNow(
            _("This series is already %(state)s.") % {"state": series.get_state_display().lower()}
        )
    return role


def _change(series: Series, **changes) -> None:
    for name, value in changes.items():
        setattr(series, name, value)
    series.save(update_fields=list(changes))


def _other(role: str) -> str:
    return SITTER if role == OWNER else OWNER


def tell_side(series: Series, what: str, role: str, message) -> None:
    recipient = series.owner if role == OWNER else series.sitter.user
    # Pausing, going on and ending may happen again; the same thing twice in a second does not.
    key = f"series:{series.public_id}:{what}:{role}"
    if what in ("paused", "resumed"):
        key += f":{int(clock.now().timestamp())}"
    tell_person(recipient, message, kind="series", key=key[:80], path=series.get_absolute_url())
