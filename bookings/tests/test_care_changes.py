"""Must-follow lines and care after the agreement: shown as old and new, ticked again (product.md 4)."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from bookings.exceptions import NotAllowedNow, RequestRefused
from bookings.models import Booking
from bookings.services.care import must_follow_lines, tick_key
from bookings.services.care_updates import changes_of, tick_changes
from bookings.services.rules import OWNER, SITTER
from bookings.services.transitions import accept_booking
from bookings.tests.effects import assert_refused
from bookings.tests.factories import accept, cancel, make_booking, make_confirmed, make_owner
from bookings.tests.page_tools import page, user_of
from bookings.tests.race import run_at_once
from pawsitters import clock
from profiles.forms.pets import PetCareForm
from profiles.kinds import Kind
from profiles.models import Pet
from profiles.services.pets import save_pet
from profiles.tests.factories import make_pet, make_sitter

pytestmark = pytest.mark.django_db
OLD, NEW = "Never off the lead", "Half a tablet at eight"


def make_agreed(**pet) -> Booking:
    owner = make_owner()
    fields = {"must_follow": OLD, "feeding": "300 g", **pet}
    return make_confirmed(owner=owner, pets=[make_pet(owner, **fields)])


def edit(booking, **changes) -> list[str]:
    """The owner saves the care tab, with what it shows but for `changes`."""
    pet = Pet.objects.get(pk=row_of(booking).pet_id)
    shown = {name: getattr(pet, name) for name in PetCareForm._meta.fields}
    form = PetCareForm({**shown, "max_alone_hours": "", **changes}, instance=pet)
    assert form.is_valid(), form.errors
    return save_pet(form=form)


def row_of(booking):
    return booking.booking_pets.get()


def tick(booking, keys=None):
    keys = changes_of(row_of(booking)).keys if keys is None else keys
    return tick_changes(booking=booking, by=booking.sitter.user, ticked=keys)


def told(booking, kind) -> list:
    return [notice.recipient for notice in booking.notices.filter(kind=kind)]


# --- At acceptance --------------------------------------------------------------------------


def test_at_acceptance_the_ticked_lines_are_kept_with_the_moment():
    owner = make_owner()
    booking = make_booking(owner=owner, pets=[make_pet(owner, must_follow=f"{OLD}\n{NEW}")])
    moment = clock.now() + timedelta(minutes=5)
    with clock.at(moment):
        accept(booking)

    row = row_of(booking)
    assert (row.must_follow, row.ticked_at) == ([OLD, NEW], moment)
    assert booking.events.last().data["ticked"] == [tick_key(row, OLD), tick_key(row, NEW)]


def test_an_instant_booking_counts_no_line_that_nobody_ticked(monkeypatch):
    """The owner adds a line in another tab while the first one books at once."""
    owner = make_owner()
    pet = make_pet(owner)
    sitter = make_sitter(service_fields={"is_instant": True})
    Pet.objects.filter(pk=pet.pk).update(must_follow=NEW)
    booking = make_booking(owner=owner, sitter=sitter, pets=[pet])

    row = row_of(booking)
    assert booking.status == Booking.Status.CONFIRMED
    assert (row.must_follow, row.newer_must_follow, row.ticked_at) == ([], [NEW], None)
    assert row.changed_at


# --- An edit --------------------------------------------------------------------------------


def test_an_edit_is_shown_as_old_and_new_and_the_copy_stays_until_it_is_ticked(client):
    booking = make_agreed()
    assert edit(booking, must_follow=NEW, feeding="400 g") == [
        "Mara is asked to tick what changed."
    ]

    for role, title in {
        OWNER: "Mara has not ticked your changes yet",
        SITTER: "Lena changed what to follow",
    }.items():
        html = page(client, booking, role)
        assert title in html
        assert "Not ticked yet" in html
        for text in (f"<del>{OLD}</del>", NEW, "<del>300 g</del>", "<ins>400 g</ins>"):
            assert text in html
    row = row_of(booking)
    assert row.must_follow == [OLD]
    assert ["Feeding", "300 g"] in row.care_sheet["care"]
    assert told(booking, "care_changed") == [booking.sitter.user]


def test_with_the_ticks_the_newer_sheet_takes_the_place_of_the_agreed_one(client):
    booking = make_agreed()
    edit(booking, must_follow=f"{OLD}\n{NEW}", feeding="400 g")
    keys = changes_of(row_of(booking)).keys
    assert keys[0] == tick_key(row_of(booking), NEW)  # the line that was ticked before is not asked
    moment = clock.now() + timedelta(hours=1)
    client.force_login(booking.sitter.user)
    with clock.at(moment):
        answer = client.post(f"{booking.get_absolute_url()}ticks/", {"ticked": keys})

    assert answer.url == booking.get_absolute_url()
    row = row_of(booking)
    assert (row.must_follow, row.changed_at, row.ticked_at) == ([OLD, NEW], None, moment)
    assert ["Feeding", "400 g"] in row.care_sheet["care"]
    assert "Not ticked yet" not in page(client, booking, OWNER)
    assert told(booking, "care_ticked") == [booking.owner]
    assert [event.verb for event in booking.events.all()][-2:] == ["care_changed", "care_ticked"]
    call_command("check_history")


def test_a_tick_that_is_missing_takes_nothing_over_and_says_so(client):
    booking = make_agreed()
    edit(booking, must_follow=NEW)
    client.force_login(booking.sitter.user)
    answer = client.post(f"{booking.get_absolute_url()}ticks/", {"ticked": ["1:forged"]})

    assert "Please tick every line that changed." in answer.content.decode()
    assert_refused(booking, lambda: tick(booking, keys=[]), with_=RequestRefused)
    assert row_of(booking).must_follow == [OLD]


def test_ticks_never_count_for_what_the_owner_wrote_meanwhile():
    booking = make_agreed()
    edit(booking, must_follow=NEW, feeding="400 g")
    keys = changes_of(row_of(booking)).keys
    edit(booking, must_follow=NEW, feeding="500 g")

    assert_refused(booking, lambda: tick(booking, keys=keys), with_=RequestRefused)
    tick(booking)
    assert ["Feeding", "500 g"] in row_of(booking).care_sheet["care"]


def test_a_change_that_is_taken_back_needs_no_tick():
    booking = make_agreed()
    edit(booking, feeding="400 g")
    edit(booking, feeding="300 g")

    assert row_of(booking).changed_at is None
    assert booking.events.last().verb == "care_restored"
    assert_refused(booking, lambda: tick(booking, keys=[]), with_=NotAllowedNow)


def test_a_run_of_small_edits_is_one_mail_and_a_new_line_another():
    booking = make_agreed()
    for feeding in ("310 g", "320 g", "330 g"):
        edit(booking, feeding=feeding)
    assert len(told(booking, "care_changed")) == 1

    edit(booking, must_follow=NEW, feeding="330 g")
    assert len(told(booking, "care_changed")) == 2


def test_saving_without_a_change_says_nothing():
    booking = make_agreed()

    assert edit(booking) == []
    assert not booking.events.filter(verb="care_changed").exists()


def test_no_mail_and_no_record_holds_what_the_sheet_says():
    booking = make_agreed()
    edit(booking, must_follow=NEW, feeding="Ground glass")
    tick(booking)

    texts = [notice.subject + notice.text for notice in booking.notices.all()]
    texts += [str(event.data) for event in booking.events.all()]
    assert not [text for text in texts if NEW in text or "Ground glass" in text]


def test_only_agreed_bookings_hear_of_an_edit():
    owner = make_owner()
    pet = make_pet(owner, must_follow=OLD)
    sitter = make_sitter(night_places=4)
    asked = make_booking(owner=owner, pets=[pet], sitter=sitter)
    ended = cancel(make_confirmed(owner=owner, pets=[pet], sitter=sitter))
    edit(asked, must_follow=NEW)

    assert not asked.booking_pets.filter(changed_at__isnull=False).exists()
    assert not ended.booking_pets.filter(changed_at__isnull=False).exists()
    assert must_follow_lines(asked)[0][1].endswith(NEW)


def test_neither_the_owner_nor_a_stranger_ticks(client):
    booking = make_agreed()
    edit(booking, must_follow=NEW)
    keys = changes_of(row_of(booking)).keys
    for person in (booking.owner, make_owner()):
        client.force_login(person)
        assert (
            client.post(f"{booking.get_absolute_url()}ticks/", {"ticked": keys}).status_code == 404
        )
    with pytest.raises(NotAllowedNow):
        tick_changes(booking=booking, by=booking.owner, ticked=keys)


def test_a_vaccination_that_was_added_waits_for_the_sitters_eye_too(client):
    booking = make_agreed()
    client.force_login(user_of(booking, OWNER))
    pet = row_of(booking).pet
    today = clock.now().date()
    data = {"kind": "Rabies", "given_on": today, "expires_on": today + timedelta(days=900)}
    answer = client.post(f"/pets/{pet.pk}/vaccinations/", data, follow=True)

    assert "Mara is asked to tick what changed." in answer.content.decode()
    assert changes_of(row_of(booking)).answers[0][0] == "Rabies"


def test_the_day_sheet_has_what_is_new_before_it_is_ticked(client):
    booking = make_agreed()
    edit(booking, must_follow=NEW, feeding="400 g")
    client.force_login(booking.sitter.user)
    with clock.at(booking.starts_at):
        html = client.get("/sitting/day/").content.decode()

    assert "Biscuit, new and not ticked yet" in html
    for text in (NEW, "Feeding: 400 g", "Biscuit, no longer"):
        assert text in html


# --- At once --------------------------------------------------------------------------------


@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
def test_an_edit_while_the_sitter_accepts_is_either_refused_or_waits_for_a_tick():
    sitter = make_sitter(night_places=20, kinds=[Kind.BOARDING])
    outcomes = set()
    for _round in range(12):
        owner = make_owner()
        booking = make_booking(
            owner=owner, sitter=sitter, pets=[make_pet(owner, must_follow=OLD, feeding="300 g")]
        )
        ticked = [key for key, _line in must_follow_lines(booking)]
        found = run_at_once(
            [
                lambda b=booking, t=ticked: (
                    accept_booking(booking=b, by=b.sitter.user, ticked=t).status
                ),
                lambda b=booking: str(edit(b, must_follow=NEW, feeding="300 g")),
            ]
        )
        assert not [one for one in found if one.startswith("error")], found
        booking.refresh_from_db()
        row = row_of(booking)
        if booking.status == Booking.Status.CONFIRMED:
            assert (row.must_follow, row.newer_must_follow) == ([OLD], [NEW])
        else:
            assert "RequestRefused" in found
        outcomes.add(booking.status)
    assert outcomes <= {"confirmed", "requested"}
