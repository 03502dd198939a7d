"""Staff: what people report, and reviews that have to go."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_common import Decisions, Shown
from bookings.exceptions import BookingError
from bookings.forms.staff import PersonReasonForm, ReportForm
from bookings.models import Message, Report, Review
from bookings.services.reports import remove_message, settle_report
from bookings.services.reviews import remove_review
from profiles.models import SitterProfile


@admin.register(Report)
class ReportAdmin(Decisions, Shown):
    refusals = (BookingError,)
    list_display = ["created_at", "state", "about", "reason", "reporter", "handled_by"]
    list_filter = ["state", "about", "reason"]
    list_select_related = ["reporter", "handled_by"]
    search_fields = ["reporter__email", "text"]
    ordering = ["-pk"]
    fields = ["about", "reason", "text", "reporter", "created_at", "what_it_says", "who_wrote_it"]
    fields += ["state", "handled_by", "handled_at", "outcome"]
    readonly_fields = ["what_it_says", "who_wrote_it"]
    change_form_template = "admin/bookings/report/change_form.html"

    @admin.display(description=gettext_lazy("what it says"))
    def what_it_says(self, report):
        """The one thing that was reported; nothing else of a conversation is shown to staff."""
        target = report.target
        if target is None:
            return _("It is gone.")
        if isinstance(target, SitterProfile):
            return f"{target.headline}\n\n{target.about}"
        return target.text

    @admin.display(description=gettext_lazy("who wrote it"))
    def who_wrote_it(self, report):
        target = report.target
        person = _author(target)
        return person.email if person else "–"

    def get_queryset(self, request):
        """What is reported about a colleague, and by whom, is for the others to see."""
        user, rows = request.user, super().get_queryset(request)
        if user.is_superuser:
            return rows
        own = {
            Report.About.MESSAGE: Message.objects.filter(sender=user),
            Report.About.REVIEW: Review.objects.filter(author=user),
            Report.About.PAGE: SitterProfile.objects.filter(user=user),
        }
        for about, subjects in own.items():
            ids = subjects.order_by().values("pk")
            rows = rows.exclude(about=about, subject_id__in=ids)
        return rows

    def people_of(self, report):
        return (report.reporter,)

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/settle/", view(self.settle), name="bookings_report_settle"),
            path("<int:pk>/remove/", view(self.remove), name="bookings_report_remove"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        report = self.get_object(request, object_id)
        links = _links(report.target) if report else []
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "links": links}
        )

    def remove(self, request, pk):
        """Take the reported message away; reviews and pages have their own places."""
        report = self._report(request, pk)
        message = report.target
        if not isinstance(message, Message):
            raise Http404
        form = PersonReasonForm(
            request.POST or None,
            help_text=gettext_lazy("Both sides read it in the message’s place."),
        )
        if request.method == "POST" and form.is_valid():
            reason = form.cleaned_data["reason"]
            return self.decide(
                request,
                report,
                lambda: remove_message(message=message, by=request.user, reason=reason),
                _("Message removed: %(reason)s. It said: %(text)s")
                % {"reason": reason, "text": message.text},
                reverse("admin:bookings_report_change", args=[report.pk]),
            )
        return self.ask(
            request,
            report,
            form,
            title=_("Remove this message?"),
            lede=message.text,
            button=_("Remove it"),
            who=message.sender.email,
        )

    def _report(self, request, pk) -> Report:
        if not request.user.has_perm("bookings.change_report"):
            raise PermissionDenied
        return get_object_or_404(self.get_queryset(request).select_related("reporter"), pk=pk)

    def settle(self, request, pk):
        report = self._report(request, pk)
        form = ReportForm(
            request.POST or None, help_text=gettext_lazy("Whoever reported it reads this.")
        )
        if request.method == "POST" and form.is_valid():
            state, outcome = form.cleaned_data["state"], form.cleaned_data["reason"]
            return self.decide(
                request,
                report,
                lambda: settle_report(report=report, by=request.user, state=state, outcome=outcome),
                f"{Report.State(state).label}: {outcome}",
                reverse("admin:bookings_report_change", args=[report.pk]),
            )
        return self.ask(
            request,
            report,
            form,
            title=_("Settle this report"),
            lede=self.what_it_says(report),
            button=_("Settle it"),
            who=f"{report.reporter.email} → {self.who_wrote_it(report)}",
            links=_links(report.target),
        )


def _author(target):
    if isinstance(target, SitterProfile):
        return target.user
    if isinstance(target, Message):
        return target.sender
    return target.author if isinstance(target, Review) else None


def _links(target) -> list[tuple[str, str]]:
    """Where something can be done about it."""
    if target is None:
        return []
    links = []
    if isinstance(target, SitterProfile):
        page = reverse("admin:profiles_sitterprofile_change", args=[target.pk])
        links.append((_("The page"), page))
    if isinstance(target, Review):
        page = reverse("admin:bookings_review_change", args=[target.pk])
        links.append((_("The review"), page))
    if isinstance(target, Message):
        links += [(_("Photo"), photo.image.url) for photo in target.photos.all()]
    person = _author(target)
    return [*links, (_("Who wrote it"), reverse("admin:accounts_user_change", args=[person.pk]))]


@admin.register(Review)
class ReviewAdmin(Decisions, Shown):
    refusals = (BookingError,)
    list_display = ["written_at", "booking", "side", "author", "about", "stars", "removed_at"]
    list_filter = [("removed_at", admin.EmptyFieldListFilter), "side", "stars"]
    list_select_related = ["booking", "author", "about"]
    search_fields = ["author__email", "about__email", "text"]
    ordering = ["-pk"]
    change_form_template = "admin/bookings/review/change_form.html"

    def people_of(self, review):
        return (review.author, review.about)

    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/remove/", view(self.remove), name="bookings_review_remove"),
            *super().get_urls(),
        ]

    def remove(self, request, pk):
        if not request.user.has_perm("bookings.change_review"):
            raise PermissionDenied
        rows = Review.objects.select_related("booking", "author", "about")
        review = get_object_or_404(rows, pk=pk)
        form = PersonReasonForm(
            request.POST or None, help_text=gettext_lazy("Its author reads it.")
        )
        if request.method == "POST" and form.is_valid():
            reason = form.cleaned_data["reason"]
            return self.decide(
                request,
                review,
                lambda: remove_review(review=review, by=request.user, reason=reason),
                _("Removed: %(reason)s") % {"reason": reason},
                reverse("admin:bookings_review_change", args=[review.pk]),
            )
        return self.ask(
            request,
            review,
            form,
            title=_("Remove this review?"),
            lede=review.text,
            button=_("Remove it"),
            who=f"{review.author.email} → {review.about.email}",
        )
