from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.auth.views import redirect_to_login
from django.dispatch import receiver
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from accounts.held import hold_form
from accounts.redirects import page_of_form
from accounts.second_factor import has_second_factor

COOKIE = "signed_in"


class AccountMiddleware(LoginRequiredMiddleware):
    """Sends strangers to the login page without losing what they typed, and says who is in.

    The cookie is a hint without content: public pages are the same for everybody and read no
    session, so their script looks at it before it asks for the person's own menu.
    """

    def process_view(self, request, view_func, view_args, view_kwargs):
        # Django's own order asks for the user first, which reads the session on public pages too.
        if not getattr(view_func, "login_required", True):
            return None
        request.is_private = True
        answer = super().process_view(request, view_func, view_args, view_kwargs)
        return answer or _ask_staff_for_second_factor(request)

    def handle_no_permission(self, request, view_func):
        if request.method in ("GET", "HEAD"):
            return super().handle_no_permission(request, view_func)
        # Many addresses only take POST, so the way back leads to the page with the form.
        page = page_of_form(request)
        if request.method == "POST" and urlsplit(page).path == request.path:
            hold_form(request)
        return redirect_to_login(page, super().get_login_url(view_func))

    def process_response(self, request, response):
        if getattr(request, "is_private", False) and "Cache-Control" not in response:
            # Not left to a cache in between to guess from Vary.
            patch_cache_control(response, private=True)
        signed_in = getattr(request, "has_signed_in", None)
        if signed_in:
            until_closed = request.session.get_expire_at_browser_close()
            response.set_cookie(
                COOKIE,
                "1",
                max_age=None if until_closed else request.session.get_expiry_age(),
                secure=request.is_secure(),
                samesite="Lax",
            )
        elif signed_in is False:
            response.delete_cookie(COOKIE, samesite="Lax")
        return response


def _ask_staff_for_second_factor(request):
    """What staff see of everybody must not hang on one password. Logging out stays possible."""
    match = request.resolver_match
    if not settings.STAFF_SECOND_FACTOR or match.app_name != "admin" or match.url_name == "logout":
        return None
    if not request.user.is_staff or has_second_factor(request.user):
        return None
    messages.warning(request, _("The admin opens once your account has a second step."))
    return redirect("mfa_index")


@receiver(user_logged_in)
def remember_login(request, **kwargs):
    if request is not None:
        request.has_signed_in = True


@receiver(user_logged_out)
def remember_logout(request, **kwargs):
    if request is not None:
        request.has_signed_in = False
