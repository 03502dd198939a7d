from functools import wraps
from urllib.parse import urlencode, urlsplit

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.shortcuts import redirect
from django.urls import reverse

from accounts.held import PROVED, hold_form
from accounts.proof import can_be_asked, is_proof_recent
from accounts.redirects import page_of_form


def reauthenticated(view):
    """Ask for password, code or passkey again where the last proof is older than 15 minutes.

    For pages that change where money goes, show or change secrets, hand out all data or close the
    account. It leads back to the page, and a form that was sent is filled in again there, if the
    view asks for it: `Form(request.POST or held_form(request))`.
    """

    @wraps(view)
    def ask_again(request, *args, **kwargs):
        if is_proof_recent(request) or not can_be_asked(request):
            return view(request, *args, **kwargs)
        page = request.get_full_path()
        if request.method not in ("GET", "HEAD"):
            # Many addresses only take POST, so the way back leads to the page with the form.
            page = page_of_form(request)
            if request.method == "POST" and urlsplit(page).path == request.path:
                hold_form(request, reason=PROVED)
        question = reverse("account_reauthenticate")
        return redirect(f"{question}?{urlencode({REDIRECT_FIELD_NAME: page})}")

    return ask_again
