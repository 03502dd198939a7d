"""Leaving: what happens then, asking for it, and staying after all."""

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import reauthenticated
from accounts.models import Closing
from accounts.sessions import end_sessions
from bookings.exceptions import BookingError, StillAgreed
from bookings.services import closing as service


@require_safe
def close(request: HttpRequest) -> HttpResponse:
    """What happens, and the button; or the bookings in the way; or the way back."""
    closing = Closing.objects.filter(user=request.user, closed_at=None).first()
    context = {"closing": closing}
    if closing is None:
        context["bookings"] = service.obstacles(request.user)
        context["series"] = service.series_in_the_way(request.user)
    return render(request, "bookings/close.html", context)


@require_POST
@reauthenticated
def close_begin(request: HttpRequest) -> HttpResponse:
    try:
        service.ask_to_close(user=request.user)
    except StillAgreed:
        return redirect("bookings:close")  # which lists them
    except BookingError as error:
        messages.error(request, str(error))
        return redirect("bookings:close")
    end_sessions(request.user)
    logout(request)
    return redirect("bookings:closed")


@require_POST
def close_keep(request: HttpRequest) -> HttpResponse:
    if service.keep_account(user=request.user):
        messages.success(request, _("Good to have you back. Your account stays."))
    return redirect("bookings:close")


@login_not_required
@require_safe
def closed(request: HttpRequest) -> HttpResponse:
    return render(request, "bookings/closed.html")
