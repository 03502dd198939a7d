"""Pages of django-allauth's that do a little more than its own, at the same addresses."""

import time
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import activate_totp
from allauth.mfa.webauthn.views import LoginWebAuthnView, ReauthenticateWebAuthnView, add_webauthn
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from accounts.decorators import reauthenticated
from accounts.redirects import safe_next
from accounts.second_factor import one_at_a_time

SHOWN_SECONDS = 10 * 60  # recovery codes: long enough to print, or to look at the page twice

app_add = one_at_a_time(activate_totp)
passkey_add = one_at_a_time(add_webauthn)


def passkeys(request):
    """allauth has a page for them alone, and comes here after it renamed or removed one."""
    return redirect("mfa_index")


@require_GET
@never_cache
@reauthenticated
def recovery_codes(request):
    codes = _codes_of(request.user)
    if codes is None:
        return redirect("mfa_index")
    codes.mark_as_viewed()
    context = {"codes": codes.get_unused_codes() if _may_be_shown(codes) else []}
    return render(request, "mfa/recovery_codes/index.html", context)


@require_GET
@never_cache
@reauthenticated
def recovery_codes_download(request):
    codes = _codes_of(request.user)
    if codes is None or not _may_be_shown(codes):
        return redirect("mfa_index")
    codes.mark_as_viewed()
    title = _("Recovery codes for %(email)s on PawSitters. Each works once.")
    lines = [title % {"email": request.user.email}, "", *codes.get_unused_codes(), ""]
    response = HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="pawsitters-recovery-codes.txt"'
    return response


def _codes_of(user):
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return row and row.wrap()


def _may_be_shown(codes) -> bool:
    seen_at = codes.instance.data.get("viewed_at")
    return not seen_at or time.time() - seen_at < SHOWN_SECONDS


class PasskeyLogin(LoginWebAuthnView):
    """allauth's, but a mistake does not lose the way, and "stay logged in" is asked here too."""

    def form_valid(self, form):
        response = super().form_valid(form)
        if self.request.user.is_authenticated and not self.request.POST.get("remember"):
            self.request.session.set_expiry(0)
        return response

    def form_invalid(self, form):
        response = super().form_invalid(form)
        onward = safe_next(self.request)
        query = f"?{urlencode({REDIRECT_FIELD_NAME: onward})}" if onward else ""
        return redirect(reverse("accounts:login") + query) if query else response


passkey_login = login_not_required(PasskeyLogin.as_view())


class PasskeyProof(ReauthenticateWebAuthnView):
    """allauth's, but a mistake leads back to the question."""

    def form_invalid(self, form):
        super().form_invalid(form)
        return redirect(self.request.get_full_path())


passkey_proof = PasskeyProof.as_view()
