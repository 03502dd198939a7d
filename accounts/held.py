"""A form that arrives after its session ended is kept until the person has logged in again.

Likewise one that first needs a fresh proof of who is there (accounts/decorators.py).

The middleware holds it, the view asks for it when it is opened next:

    form = PetForm(request.POST or held_form(request), …)
"""

import time

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from accounts.encryption import Unreadable, decrypt, encrypt

SESSION_KEY = "held_form"
MAX_BYTES = 60_000
MAX_AGE_SECONDS = 3600
# Not kept for whoever logs in next at this browser; only for the one who is asked again.
PRIVATE = ("access_notes",)
LOGGED_OUT, PROVED = "logged_out", "proved"  # why the form did not go through at once
SECRETS = (
    "password",
    "oldpassword",
    "password1",
    "password2",
    "csrfmiddlewaretoken",
)


def hold_form(request: HttpRequest, reason: str = LOGGED_OUT) -> bool:
    """Keep what was typed (never passwords, never files). Return whether there was anything.

    Strangers may send forms as well, so there is a limit on how many rows they make us keep.
    """
    typed = request.POST.copy()
    if reason != PROVED and any(name in typed for name in PRIVATE):
        return False
    for name in SECRETS:
        typed.pop(name, None)
    encoded = typed.urlencode()
    if not encoded or len(encoded) > MAX_BYTES or not consume(request, action="hold_form"):
        return False
    request.session[SESSION_KEY] = {
        "path": request.path,
        "typed": encrypt(encoded),  # door codes too, which no table holds in the clear
        "at": time.time(),
        "reason": reason,
    }
    return True


def held_form(request: HttpRequest) -> QueryDict | None:
    """What was typed on this page before the session ended, once; None where there is nothing."""
    if request.method != "GET":
        return None
    held = request.session.get(SESSION_KEY)
    if not held or held["path"] != request.path:
        return None
    del request.session[SESSION_KEY]
    if time.time() - held["at"] > MAX_AGE_SECONDS:
        return None
    try:
        typed = QueryDict(decrypt(held["typed"]))
    except Unreadable:  # FIELD_KEYS were changed meanwhile
        return None
    if held.get("reason") == PROVED:
        sentence = _("Thank you. Here is what you typed; please send it again.")
    else:
        sentence = _(
            "You were logged out while writing. It is all here still; please send it again."
        )
    messages.info(request, sentence)
    return typed
