"""Staff: the queue of sitters' pages, looking at one, suspending; towns and pets to look up.

Nothing here writes a page or its status directly: staff decide through profiles.services.publishing.
"""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, F, When
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin_common import CsvExport, Decisions, Shown
from pawsitters import clock
from profiles.exceptions import NotPossibleNow
from profiles.forms.review import ApproveForm, ReasonForm
from profiles.kinds import Kind, Species
from profiles.models import Check, Pet, SitterProfile, Town
from profiles.money import amount
from profiles.services import publishing
from profiles.services.sitting import editing


@admin.register(Town)
class TownAdmin(Shown):
    list_display = ["name", "region", "country", "population", "time_zone"]
    list_filter = ["country"]
    search_fields = ["^key"]


@admin.register(Pet)
class PetAdmin(Shown):
    list_display = ["name", "species", "owner", "state"]
    list_filter = ["species", "state"]
    list_select_related = ["owner"]
    search_fields = ["name", "owner__email", "owner__name"]


class CheckInline(admin.TabularInline):
    model = Check
    extra = 0
    fields = ["what", "how", "checked_on", "expires_on", "checked_by"]
    readonly_fields = ["checked_by"]


@admin.register(SitterProfile)
class SitterProfileAdmin(CsvExport, Decisions, admin.ModelAdmin):
    refusals = (NotPossibleNow,)
    list_display = ["__str__", "status", "submitted_at", "town", "published_at"]
    list_filter = ["status"]
    list_select_related = ["user", "town"]
    search_fields = ["user__email", "user__name", "slug"]
    # Waiting pages first, the longest waiting on top.
    ordering = [
        Case(When(status=SitterProfile.Status.IN_REVIEW, then=0), default=1).asc(),
        F("submitted_at").asc(nulls_last=True),
        "pk",
    ]
    inlines = [CheckInline]
    change_form_template = "admin/profiles/sitterprofile/change_form.html"
    fieldsets = [
        (None, {"fields": ["user", "slug", "status", "status_reason", "submitted_at"]}),
        (
            gettext_lazy("Page"),
            {"fields": ["headline", "about", "experience_years", "languages", "payment_note"]},
        ),
        (gettext_lazy("Place (not public)"), {"fields": ["street", "postcode", "town"]}),
        (
            gettext_lazy("Home"),
            {
                "fields": [
                    "home_type",
                    "has_fenced_yard",
                    "is_smoke_free",
                    "children",
                    "own_pets",
                    "cameras",
                    "max_alone_hours",
                ]
            },
        ),
    ]
    readonly_fields = [name for _title, part in fieldsets for name in part["fields"]]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        """Nobody looks at their own page for us, or writes down that they were checked."""
        is_own = obj is not None and obj.user_id == request.user.pk
        may = super().has_change_permission(request, obj)
        return may and (request.user.is_superuser or not is_own)

    def people_of(self, sitter):
        return (sitter.user,)

    def save_model(self, request, obj, form, change):
        """The page itself is read-only here; only its checks are saved."""

    def save_related(self, request, form, formsets, change):
        with editing(form.instance):
            super().save_related(request, form, formsets, change)

    def save_formset(self, request, form, formset, change):
        for check in formset.save(commit=False):
            check.checked_by = request.user
            check.save()
        for check in formset.deleted_objects:
            check.delete()

    # --- Decisions -----------------------------------------------------------------------------
    def get_urls(self):
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/review/", view(self.review), name="profiles_sitterprofile_review"),
            path("<int:pk>/suspend/", view(self.suspend), name="profiles_sitterprofile_suspend"),
            path(
                "<int:pk>/reinstate/",
                view(self.reinstate),
                name="profiles_sitterprofile_reinstate",
            ),
            *super().get_urls(),
        ]

    def review(self, request, pk):
        """Look at one page and approve or refuse it."""
        sitter = self._sitter(request, pk)
        is_refusal = request.POST.get("decision") == "refuse"
        today = clock.today(sitter.time_zone)
        approve = ApproveForm(
            request.POST if request.method == "POST" and not is_refusal else None, today=today
        )
        refuse = ReasonForm(request.POST if is_refusal else None)
        if is_refusal and refuse.is_valid():
            reason = refuse.cleaned_data["reason"]
            return self._decide(
                request,
                sitter,
                lambda: publishing.reject(sitter=sitter, reason=reason),
                _("Refused: %(reason)s") % {"reason": reason},
            )
        if approve.is_bound and approve.is_valid():
            until = approve.cleaned_data["identity_until"]
            return self._decide(
                request,
                sitter,
                lambda: publishing.approve(sitter=sitter, by=request.user, identity_until=until),
                _("Approved; identity checked until %(date)s.") % {"date": until.isoformat()},
            )
        context = {"approve": approve, "refuse": refuse, "page": _preview(sitter)}
        return TemplateResponse(
            request,
            "admin/profiles/sitterprofile/review.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "original": sitter,
                "title": _("Look at this page"),
                "missing": publishing.missing(sitter),
                **context,
            },
        )

    def suspend(self, request, pk):
        sitter = self._sitter(request, pk)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            reason = form.cleaned_data["reason"]
            return self._decide(
                request,
                sitter,
                lambda: publishing.suspend(sitter=sitter, reason=reason),
                _("Suspended: %(reason)s") % {"reason": reason},
            )
        return self.ask(
            request,
            sitter,
            form,
            title=_("Suspend this sitter?"),
            lede=_("The page leaves search at once. Agreed bookings still stand."),
            button=_("Suspend this sitter"),
            who=_who(sitter),
        )

    def reinstate(self, request, pk):
        """Giving a page back needs a reason too, for the next person who looks."""
        sitter = self._sitter(request, pk)
        form = ReasonForm(request.POST or None)
        form.fields["reason"].help_text = _("For our own record.")
        if request.method == "POST" and form.is_valid():
            reason = form.cleaned_data["reason"]
            return self._decide(
                request,
                sitter,
                lambda: publishing.reinstate(sitter=sitter),
                _("Reinstated: %(reason)s") % {"reason": reason},
            )
        return self.ask(
            request,
            sitter,
            form,
            title=_("Give this page back?"),
            lede=_("The page is paused afterwards; the sitter publishes it again."),
            button=_("Give the page back"),
            who=_who(sitter),
        )

    def _sitter(self, request, pk) -> SitterProfile:
        if not self.has_change_permission(request):
            raise PermissionDenied
        rows = SitterProfile.objects.select_related("user", "town", "capacity")
        return get_object_or_404(rows, pk=pk)

    def _decide(self, request, sitter, change, words):
        back = reverse("admin:profiles_sitterprofile_change", args=[sitter.pk])
        return self.decide(request, sitter, change, words, back)


def _who(sitter: SitterProfile) -> str:
    return f"{sitter.user.email} · {sitter.get_status_display()}"


def _preview(sitter: SitterProfile) -> dict:
    """The page in plain words, from what others would read."""
    snapshot = sitter.snapshot
    return {
        "facts": [
            (_("Headline"), sitter.headline),
            (_("About"), sitter.about),
            (_("Experience"), _("%(years)d years") % {"years": sitter.experience_years}),
            (_("Languages"), sitter.languages or "–"),
            (_("Home"), sitter.get_home_type_display()),
            (_("Own animals"), sitter.own_pets or "–"),
            (_("Cameras"), sitter.cameras or "–"),
            (_("Payment"), sitter.payment_note),
            (_("Address (not public)"), f"{sitter.street}, {sitter.postcode} {sitter.town or ''}"),
        ],
        "photos": sitter.photos.all(),
        "services": [
            (Kind(service["kind"]).label, [_rate_words(rate) for rate in service["rates"]])
            for service in snapshot.get("services", [])
        ],
    }


def _rate_words(rate: list) -> str:
    """ "Dog: €40.00, each further €20.00", "Cat, 30 minutes: …"."""
    species, minutes, base, additional, *_others = rate
    name = Species(species).label
    if minutes:
        name = _("%(animal)s, %(minutes)d minutes") % {"animal": name, "minutes": minutes}
    return _("%(animal)s: %(base)s, each further %(further)s") % {
        "animal": name,
        "base": amount(base),
        "further": amount(additional),
    }
