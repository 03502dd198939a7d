"""Looks at a booking's page as one of its two sides."""

import re

from django.urls import reverse

from bookings.pages.actions import VERBS
from bookings.services.rules import OWNER
from pawsitters import clock


def user_of(booking, role):
    return booking.owner if role == OWNER else booking.sitter.user


def page(client, booking, role, moment=None) -> str:
    client.force_login(user_of(booking, role))
    with clock.at(moment or clock.now()):
        response = client.get(booking.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def url(booking, verb) -> str:
    return reverse(f"bookings:{VERBS[verb][0]}", args=[booking.public_id])


def buttons(html: str, booking) -> set[str]:
    """The verbs whose addresses the page links or posts to."""
    return {verb for verb in VERBS if re.search(f'(href|action)="{url(booking, verb)}"', html)}


def post(client, booking, verb, role, **data):
    client.force_login(user_of(booking, role))
    return client.post(url(booking, verb), data, follow=True)
