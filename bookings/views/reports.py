"""Telling our staff that a message, a review or a sitter's page is not as it should be."""

from allauth.core.ratelimit import consume
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.held import held_form
from bookings.forms.messages import ReportForm
from bookings.models import Report
from bookings.services.reports import open_report, report, subject_of

About, Reason = Report.About, Report.Reason
TITLES = {
    About.MESSAGE: gettext_lazy("Report this message"),
    About.REVIEW: gettext_lazy("Report this review"),
    About.PAGE: gettext_lazy("Report this page"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def report_new(request: HttpRequest, about: str, key: str) -> HttpResponse:
    subject = subject_of(request.user, about, key)
    if subject is None:
        raise Http404
    if open_report(request.user, about, subject):
        return redirect("bookings:report_thanks")
    form = ReportForm(request.POST or held_form(request), reasons=Reason.choices)
    if request.method == "POST" and form.is_valid():
        if consume(request, action="report", user=request.user):
            report(reporter=request.user, about=about, subject=subject, **form.cleaned_data)
            return redirect("bookings:report_thanks")
        form.add_error(None, _("You have reported a lot just now. Please wait a while."))
    context = {
        "form": form,
        "title": TITLES[About(about)],
        "quote": _quote(subject),
        "back_url": _back_url(about, subject),
    }
    return render(request, "bookings/report.html", context)


@require_safe
def report_thanks(request: HttpRequest) -> HttpResponse:
    return render(request, "bookings/report_thanks.html")


def _quote(subject: Model) -> str:
    """What it is about, so that nobody reports the wrong thing."""
    return getattr(subject, "text", "") or getattr(subject, "headline", "")


def _back_url(about: str, subject: Model) -> str:
    """Where it stands."""
    if about == About.MESSAGE:
        return subject.thread.get_absolute_url()
    if about == About.REVIEW:
        return subject.booking.sitter.get_absolute_url()
    return subject.get_absolute_url()
