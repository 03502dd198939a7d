"""Weekly series: one agreement, one booking for each date."""

from datetime import date, datetime, time, timedelta
from secrets import token_hex
from zoneinfo import ZoneInfo

import pytest

from accounts import blocks
from bookings.exceptions import NotAllowedNow, PriceChanged, RequestRefused
from bookings.models import Booking, Notice, Series
from bookings.services import history, reliability, series_asking
from bookings.services import series as services
from bookings.services.clocks import run_clocks
from bookings.services.schedule import Choice
from bookings.services.seat_check import differences
from bookings.services.series_dates import AHEAD, make_dates
from bookings.tests.factories import cancel, make_choice, make_confirmed, make_owner
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import CalendarException, Pet, Rate, SitterProfile
from profiles.services.snapshot import sitter_changed
from profiles.tests.factories import make_home, make_pet, make_sitter

State, Status = Series.State, Booking.Status
pytestmark = pytest.mark.django_db
MONDAY, WEDNESDAY = 0, 2
BERLIN = ZoneInfo("Europe/Berlin")


def next_monday(weeks: int = 1) -> date:
    """At least three days ahead, so that notice and free cancelling are never the question."""
    first = clock.now().date() + timedelta(days=3)
    return first + timedelta(days=-first.weekday() % 7 + 7 * (weeks - 1))


def walks(starts_on: date, last_on: date | None = None, **fields) -> Choice:
    defaults = {"weekdays": frozenset({MONDAY}), "visit_times": (time(12),), "minutes": 30}
    return Choice(Kind.DOG_WALK, starts_on, last_on or starts_on, **{**defaults, **fields})


def make_walker(**fields) -> SitterProfile:
    return make_sitter(kinds=[Kind.DOG_WALK, Kind.DAY_CARE], **fields)


def ask(*, sitter=None, owner=None, pets=None, choice=None, last_on=None, **fields) -> Series:
    sitter = sitter or make_walker()
    owner = owner or make_owner()
    if not hasattr(owner, "home"):
        make_home(owner)
    draft = series_asking.draft_series(
        owner=owner,
        sitter=SitterProfile.objects.select_related("user", "capacity").get(pk=sitter.pk),
        choice=choice or walks(next_monday()),
        last_on=last_on,
        pets=pets or [make_pet(owner)],
        add_on_ids=(),
    )
    defaults = {"shown_cents": draft.series.date_cents, "idempotency_key": token_hex(16)}
    return series_asking.request_series(draft=draft, **{**defaults, **fields})


def agree(series: Series) -> Series:
    ticked = [key for key, _line in services.lines_to_tick(series)]
    services.accept_series(series=series, by=series.sitter.user, ticked=ticked)
    return Series.objects.get(pk=series.pk)


def make_running_series(**fields) -> Series:
    return agree(ask(**fields))


def assert_clean(series: Series) -> None:
    assert list(differences()) == []
    for row in series.dates.exclude(booking=None):
        assert list(history.faults(row.booking)) == []
        lines = sum(line.amount_cents for line in row.booking.lines.all())
        assert lines == row.booking.total_cents


# --- One yes, eight weeks ------------------------------------------------------------------


def test_a_series_is_accepted_once_and_booked_eight_weeks_ahead():
    series = ask(choice=walks(next_monday(), weekdays=frozenset({MONDAY, WEDNESDAY})))
    assert not Booking.objects.exists()

    series = agree(series)

    dates = list(series.dates.values_list("on", flat=True))
    assert {on.weekday() for on in dates} == {MONDAY, WEDNESDAY}
    until = clock.today("Europe/Berlin") + AHEAD
    assert dates[0] == next_monday()
    assert until - timedelta(days=7) <= dates[-1] < until
    bookings = Booking.objects.all()
    assert {booking.status for booking in bookings} == {Status.CONFIRMED}
    assert {booking.total_cents for booking in bookings} == {series.date_cents}
    assert_clean(series)


def test_making_dates_again_makes_nothing_twice_and_a_week_later_the_next_one():
    series = make_running_series()
    count = Booking.objects.count()
    make_dates(series=series)
    assert run_clocks()["series made"] == 0
    assert Booking.objects.count() == count
    with clock.at(clock.now() + timedelta(days=7)):
        assert run_clocks()["series made"] == 1
        assert run_clocks()["series made"] == 0
    assert Booking.objects.count() == count + 1


def test_owner_and_sitter_are_told_once_and_not_for_each_date():
    series = make_running_series()
    assert Notice.objects.filter(kind="series").count() == 2  # asked, accepted
    assert not Notice.objects.filter(booking__series_date__series=series).exists()


def test_must_follow_lines_are_ticked_once_and_stand_in_every_booking():
    owner = make_owner()
    pet = make_pet(owner, must_follow="Never off the lead")
    series = ask(owner=owner, pets=[pet])
    with pytest.raises(RequestRefused):
        services.accept_series(series=series, by=series.sitter.user)
    agree(series)
    for booking in Booking.objects.all():
        row = booking.booking_pets.get()
        assert row.must_follow == ["Never off the lead"]
        assert row.changed_at is None


def test_the_same_form_sent_twice_makes_one_series_and_a_forged_price_none():
    owner, sitter = make_owner(), make_walker()
    pets = [make_pet(owner)]
    same = {"owner": owner, "sitter": sitter, "pets": pets, "idempotency_key": token_hex(16)}
    assert ask(**same) == ask(**same)
    with pytest.raises(PriceChanged):
        ask(owner=owner, sitter=sitter, pets=pets, shown_cents=1)


def test_nobody_but_the_sitter_accepts_and_a_closed_request_stays_closed():
    series = ask()
    for by in (series.owner, make_owner()):
        with pytest.raises(NotAllowedNow):
            services.accept_series(series=series, by=by)
    services.withdraw_series(series=series, by=series.owner)
    with pytest.raises(NotAllowedNow, match="already withdrawn"):
        services.accept_series(series=series, by=series.sitter.user)
    late = ask(sitter=series.sitter)
    with clock.at(late.expires_at):
        with pytest.raises(NotAllowedNow, match="time to answer"):
            services.accept_series(series=late, by=late.sitter.user)
        assert run_clocks()["series closed"] == 1
    late.refresh_from_db()
    assert late.state == State.EXPIRED


def test_the_request_of_a_stranger_carries_no_links_and_that_of_a_known_owner_may():
    with pytest.raises(RequestRefused, match="no links"):
        ask(message="See https://example.com/walks")
    assert not Series.objects.exists()
    sitter = make_sitter(kinds=[Kind.BOARDING, Kind.DOG_WALK])
    booking = make_confirmed(sitter=sitter)
    assert ask(sitter=sitter, owner=booking.owner, message="Call 030 1234567").pk


@pytest.mark.parametrize("what", ["kept out", "blocked"])
def test_nobody_accepts_a_series_of_an_owner_who_is_kept_out_or_has_blocked_them(what):
    series = ask()
    if what == "blocked":
        blocks.block(blocker=series.owner, blocked=series.sitter.user)
    else:
        series.owner.is_active = False
        series.owner.save()
    with pytest.raises(NotAllowedNow):
        agree(series)
    assert not Booking.objects.exists()


def test_nights_are_not_weekly():
    with pytest.raises(RequestRefused):
        ask(sitter=make_sitter(), choice=make_choice())


# --- Dates that do not fit -----------------------------------------------------------------


def test_dates_that_do_not_fit_are_skipped_and_listed_with_the_reason():
    sitter = make_walker()
    full, away, holiday = (next_monday(weeks) for weeks in (2, 3, 4))
    neighbour = make_owner()
    make_confirmed(
        sitter=sitter,
        owner=neighbour,
        choice=make_choice(Kind.DOG_WALK, starts_on=full, units=1),
    )
    CalendarException.objects.create(
        sitter=sitter, starts_on=away, ends_on=away + timedelta(days=1), is_away=True
    )
    sitter.holidays.create(on=holiday, name="Feast")
    sitter_changed(sitter)

    series = make_running_series(sitter=sitter, last_on=next_monday(5))

    rows = list(series.dates.values_list("on", "reason", "booking__status"))
    assert rows == [
        (next_monday(1), "", "confirmed"),
        (full, "full", None),
        (away, "away", None),
        (holiday, "holiday", None),
        (next_monday(5), "", "confirmed"),
    ]
    assert_clean(series)


def test_a_date_that_does_not_fit_later_is_told_to_both():
    series = make_running_series()
    with clock.at(clock.now() + timedelta(days=7)):
        on = max(series.dates.values_list("on", flat=True)) + timedelta(days=7)
        series.sitter.holidays.create(on=on, name="Feast")
        sitter_changed(series.sitter)
        run_clocks()
    told = Notice.objects.filter(kind="series", text__contains="holiday")
    assert set(told.values_list("recipient", flat=True)) == {
        series.owner_id,
        series.sitter.user_id,
    }


def test_one_date_is_skipped_under_its_own_policy_and_the_series_goes_on():
    series = make_running_series()
    first, second = series.dates.all()[:2]
    cancelled = cancel(Booking.objects.get(pk=first.booking_id))
    assert cancelled.refund_cents == cancelled.total_cents
    make_dates(series=series)
    assert series.dates.filter(on=first.on).count() == 1
    assert Booking.objects.get(pk=second.booking_id).status == Status.CONFIRMED
    ahead = max(series.dates.values_list("on", flat=True)) + timedelta(days=7)
    services.skip_date(series=series, by=series.sitter.user, on=ahead)
    with pytest.raises(NotAllowedNow, match="none of its dates"):
        services.skip_date(series=series, by=series.owner, on=ahead + timedelta(days=1))
    with pytest.raises(NotAllowedNow, match="already"):
        services.skip_date(series=series, by=series.owner, on=second.on)
    with clock.at(clock.now() + timedelta(days=7)):
        run_clocks()
    assert series.dates.get(on=ahead).reason == "sitter"


@pytest.mark.parametrize("on", ["9999-12-31", "9999-12-27", "2001-01-01"])
def test_a_date_of_another_age_is_none_of_its_dates(client, on):
    series = make_running_series()
    client.force_login(series.owner)
    page = client.post(f"{series.get_absolute_url()}skip/", {"on": on}, follow=True)
    assert "none of its dates" in page.content.decode()
    assert Notice.objects.filter(subject__contains="leaves out").count() == 0


# --- Pause, resume, end --------------------------------------------------------------------


@pytest.mark.parametrize("side", ["owner", "sitter"])
def test_a_pause_gives_up_what_costs_nothing_and_going_on_books_it_again(side):
    series = make_running_series()
    by = series.owner if side == "owner" else series.sitter.user
    first = series.dates.first()
    with clock.at(first.booking.starts_at - timedelta(hours=2)):
        services.pause_series(series=series, by=by)
        held = Booking.objects.filter(status=Status.CONFIRMED)
        assert [booking.pk for booking in held] == [first.booking_id]
        given_up = Booking.objects.exclude(pk=first.booking_id)
        assert all(booking.refund_cents == booking.total_cents for booking in given_up)
        run_clocks()
        assert Booking.objects.filter(status=Status.CONFIRMED).count() == 1
        assert_clean(series)

        services.resume_series(series=series, by=by)
        assert Booking.objects.filter(status=Status.CONFIRMED).count() == 8
        assert_clean(series)
    # Nobody failed, so the sitter's record does not count them.
    assert reliability.confirmed(clock.now() + timedelta(days=90)).count() == 0


@pytest.mark.parametrize("side", ["owner", "sitter"])
def test_either_side_ends_it_with_fourteen_days_notice(side):
    series = make_running_series()
    by = series.owner if side == "owner" else series.sitter.user
    services.end_series(series=series, by=by)
    series.refresh_from_db()
    assert series.last_on == clock.today("Europe/Berlin") + timedelta(days=14)
    held = Booking.objects.filter(status=Status.CONFIRMED)
    assert held
    assert all(booking.starts_on <= series.last_on for booking in held)
    with pytest.raises(NotAllowedNow, match="already"):
        services.end_series(series=series, by=by)
    with clock.at(clock.now() + timedelta(days=17)):
        run_clocks()
    series.refresh_from_db()
    assert series.state == State.ENDED
    assert_clean(series)


@pytest.mark.parametrize("what", ["paused", "suspended", "closed"])
def test_a_sitter_who_takes_no_bookings_stops_the_series_and_both_are_told(what):
    series = make_running_series()
    count = Booking.objects.count()
    if what == "closed":
        series.sitter.user.is_active = False
        series.sitter.user.save()
    else:
        SitterProfile.objects.filter(pk=series.sitter_id).update(status=what)
    with clock.at(clock.now() + timedelta(days=7)):
        run_clocks()
        run_clocks()
    series.refresh_from_db()
    assert (series.state, series.paused_by) == (State.PAUSED, "clock")
    assert Booking.objects.count() == count
    assert Notice.objects.filter(kind="series", subject__contains="is paused").count() == 2
    with pytest.raises(NotAllowedNow):
        services.resume_series(series=series, by=series.owner)


def test_pausing_and_going_on_all_day_long_is_stopped(client, settings):
    limits = settings.ACCOUNT_RATE_LIMITS
    settings.ACCOUNT_RATE_LIMITS = {**limits, "series": "2/h/user"}
    series = make_running_series()
    client.force_login(series.owner)
    for verb in ("pause", "resume", "pause"):
        page = client.post(f"{series.get_absolute_url()}{verb}/", follow=True)
    assert "a lot of changes" in page.content.decode()
    series.refresh_from_db()
    assert series.state == State.RUNNING


# --- The price -----------------------------------------------------------------------------


@pytest.mark.parametrize("agrees", [True, False])
def test_the_price_stays_until_both_agree(agrees):
    series = make_running_series()
    old = series.date_cents
    Rate.objects.filter(service__sitter=series.sitter).update(base_cents=9900)
    sitter_changed(series.sitter)
    with clock.at(clock.now() + timedelta(days=7)):
        run_clocks()
    assert set(Booking.objects.values_list("total_cents", flat=True)) == {old}

    services.offer_price(series=series, by=series.sitter.user)
    with pytest.raises(NotAllowedNow):
        services.answer_price(series=series, by=series.sitter.user, agrees=True)
    services.answer_price(series=series, by=series.owner, agrees=agrees, shown_cents=9900)
    with clock.at(clock.now() + timedelta(days=14)):
        run_clocks()
    newest = Booking.objects.order_by("-starts_on").first()
    assert newest.total_cents == (9900 if agrees else old)
    assert Booking.objects.order_by("starts_on").first().total_cents == old


def test_nobody_agrees_to_a_price_that_was_raised_after_they_saw_it(client):
    series = make_running_series()
    old = series.date_cents

    def offer(cents: int) -> None:
        Rate.objects.filter(service__sitter=series.sitter).update(base_cents=cents)
        sitter_changed(SitterProfile.objects.select_related("user").get(pk=series.sitter_id))
        services.offer_price(series=series, by=series.sitter.user)

    offer(2100)
    client.force_login(series.owner)
    assert 'name="shown" value="2100"' in client.get(series.get_absolute_url()).content.decode()
    offer(99_00)
    url = f"{series.get_absolute_url()}answer/"
    for typed in ({"shown": "2100"}, {}, {"shown": "x"}):
        page = client.post(url, {"agrees": "yes", **typed}, follow=True)
        assert "Another price is asked for by now" in page.content.decode()
    series.refresh_from_db()
    assert (series.date_cents, series.offered_cents) == (old, 9900)
    client.post(url, {"agrees": "yes", "shown": "9900"})
    series.refresh_from_db()
    assert series.date_cents == 9900


# --- The calendar --------------------------------------------------------------------------


def test_a_clock_change_in_the_middle_keeps_the_hour_on_the_wall():
    with clock.at(datetime(2027, 3, 1, 9, tzinfo=BERLIN)):
        make_running_series(choice=walks(date(2027, 3, 15)), last_on=date(2027, 4, 12))
    starts = [booking.starts_at for booking in Booking.objects.order_by("starts_on")]
    assert {at.astimezone(BERLIN).hour for at in starts} == {12}
    assert {at.hour for at in starts} == {10, 11}


def test_the_29th_of_february_is_a_date_like_any_other():
    with clock.at(datetime(2028, 2, 1, 9, tzinfo=BERLIN)):
        choice = walks(date(2028, 2, 15), weekdays=frozenset({1}))
        series = make_running_series(choice=choice, last_on=date(2028, 3, 7))
    on = [row.on for row in series.dates.all()]
    assert on == [date(2028, 2, 15), date(2028, 2, 22), date(2028, 2, 29), date(2028, 3, 7)]


def test_an_archived_animal_gets_no_more_dates():
    series = make_running_series()
    Pet.objects.filter(owner=series.owner).update(state="archived")
    with clock.at(clock.now() + timedelta(days=7)):
        run_clocks()
    assert series.dates.last().reason == "pets"
