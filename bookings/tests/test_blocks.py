"""A block between two people works both ways, accuses nobody and can be taken back."""

import pytest

from accounts import blocks
from accounts.models import Block
from bookings.exceptions import NotAllowedNow, RequestRefused
from bookings.models import Booking, Proposal
from bookings.tests.factories import accept, cancel, make_booking, make_confirmed, make_owner
from bookings.tests.test_proposals import longer, propose
from bookings.tests.test_request_page import choice, send, text, url_of
from profiles.tests.factories import make_pet, make_sitter

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["owner", "sitter"])
def pair(request):
    """An owner and a sitter of whom one has blocked the other."""
    owner, sitter = make_owner(), make_sitter()
    people = {"owner": owner, "sitter": sitter.user}
    blocker = people.pop(request.param)
    (blocked,) = people.values()
    blocks.block(blocker=blocker, blocked=blocked)
    return owner, sitter


def test_t1_refuses_a_request_while_either_side_has_blocked_the_other(pair):
    owner, sitter = pair
    with pytest.raises(RequestRefused) as refused:
        make_booking(owner=owner, sitter=sitter)

    assert str(refused.value) == "Messages and requests between you and Mara are switched off."
    assert not Booking.objects.exists()


def test_the_request_page_says_so_before_anything_is_sent(client, pair):
    owner, sitter = pair
    make_pet(owner)
    client.force_login(owner)
    url = url_of(sitter, **choice())
    assert "between you and Mara are switched off" in text(client.get(url))
    send(client, url)
    assert not Booking.objects.exists()


@pytest.mark.parametrize("side", ["owner", "sitter"])
def test_a_request_from_before_the_block_is_not_accepted_any_more(side):
    booking = make_booking()
    people = {"owner": booking.owner, "sitter": booking.sitter.user}
    blocker = people.pop(side)
    (blocked,) = people.values()
    blocks.block(blocker=blocker, blocked=blocked)
    with pytest.raises(NotAllowedNow, match="are switched off"):
        accept(booking)
    booking.refresh_from_db()
    assert booking.status == Booking.Status.REQUESTED


def test_a_block_is_one_row_and_its_own_sides_to_take_back():
    one, other = make_owner(), make_owner()
    for _time in range(2):
        blocks.block(blocker=one, blocked=other)
    assert Block.objects.count() == 1

    blocks.unblock(blocker=other, blocked=one)
    assert blocks.is_blocked(one, other)
    assert blocks.is_blocked(other, one)
    blocks.unblock(blocker=one, blocked=other)
    assert not blocks.is_blocked(other, one)


def test_others_may_still_ask_the_same_sitter(pair):
    _owner, sitter = pair
    assert make_booking(sitter=sitter).pk


@pytest.mark.parametrize("side", ["owner", "sitter"])
def test_a_block_ends_new_proposals_of_either_side_and_never_a_cancellation(client, side):
    booking = make_confirmed()
    owner, sitter = booking.owner, booking.sitter.user
    by, other = (owner, sitter) if side == "owner" else (sitter, owner)
    blocks.block(blocker=other, blocked=by)
    with pytest.raises(NotAllowedNow, match="are switched off"):
        propose(booking, longer(booking, 1), by=by, message="Why do you not answer me?")
    assert not Proposal.objects.exists()

    client.force_login(by)
    page = client.get(f"{booking.get_absolute_url()}change/", follow=True)
    assert page.redirect_chain
    assert "are switched off" in text(page)
    assert cancel(booking).status == Booking.Status.CANCELLED_BY_OWNER
