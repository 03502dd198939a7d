from urllib.parse import urlencode

from allauth.account.decorators import secure_admin_login
from allauth.account.views import login as allauth_login
from django.conf import settings as django_settings
from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from accounts.forms import SettingsForm
from accounts.held import held_form
from accounts.media import serve_image
from accounts.redirects import safe_next
from accounts.second_factor import ways_in
from accounts.sessions import live_sessions

# One door for everybody, so that the limits on attempts hold for staff too.
admin.site.login = secure_admin_login(admin.site.login)


@login_not_required
def login(request):
    """allauth's page, by a short way for a browser that has no session: most who come here."""
    if request.method != "GET" or django_settings.SESSION_COOKIE_NAME in request.COOKIES:
        return allauth_login(request)
    onward = safe_next(request)
    query = f"?{urlencode({REDIRECT_FIELD_NAME: onward})}" if onward else ""
    context = {"onward": onward, "signup_url": reverse("account_signup") + query}
    response = render(request, "account/login.html", context)
    add_never_cache_headers(response)
    return response


@login_not_required
@require_GET
@cache_control(private=True, no_store=True)
def me(request):
    """The signed-in person's menu, which script puts into public pages. See static/js/me.js."""
    if not request.user.is_authenticated:
        request.has_signed_in = False  # takes back a hint that has outlived the session
        return HttpResponse(status=204)
    return render(request, "components/me.html", {"user": request.user})


def settings(request):
    if request.method == "POST":
        form = SettingsForm(request.POST, request.FILES, instance=request.user)
        if form.is_valid():
            form.save()
            messages.success(request, _("Saved."))
            return redirect("accounts:settings")
        # The form has written into the person that the header shows.
        request.user.refresh_from_db()
    else:
        form = SettingsForm(held_form(request), instance=request.user)
    context = {
        "form": form,
        "ways_in": ways_in(request.user),
        "browser_count": len(live_sessions(request.user)),
    }
    return render(request, "accounts/settings.html", context)


@login_not_required
@require_GET
def public_media(request, path):
    """Faces and photos on sitters' pages: anybody may see them, under names nobody can guess."""
    return serve_image(request, path, is_public=True)
