"""What a sitter offers: five kinds of care, their rules and prices, and holiday dates."""

from datetime import date

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.held import held_form
from pawsitters import clock
from profiles.decorators import for_sitter
from profiles.forms.sitting_services import HolidayForm, PricesForm, ServiceForm
from profiles.kinds import UNIT_WORDS, Kind, Species
from profiles.models import Service, SitterProfile
from profiles.money import short_amount
from profiles.querysets import own_or_gone
from profiles.services import sitting
from profiles.words import GONE


@require_safe
@for_sitter
def sitting_services(request, sitter):
    services = {service.kind: service for service in sitter.services.prefetch_related("rates")}
    context = {
        "current": "sitting",
        "sitting_tab": "services",
        "sitter": sitter,
        "rows": [(kind, service := services.get(kind), _summary(service)) for kind in Kind],
        "holidays": sitter.snapshot.get("holidays", []),
    }
    return render(request, "profiles/sitting_services.html", context)


def _summary(service: Service | None) -> str:
    """ "Dog, Cat · from €40 a night · up to 2 animals"."""
    if service is None:
        return ""
    parts = [", ".join(str(Species(value).label) for value in service.species)]
    prices = [rate.base_cents for rate in service.rates.all()]
    if prices:
        parts.append(
            _("from %(price)s a %(unit)s")
            % {"price": short_amount(min(prices)), "unit": UNIT_WORDS[Kind(service.kind)]}
        )
    else:
        parts.append(_("no price yet"))
    parts.append(
        ngettext("one animal", "up to %(count)s animals", service.max_pets)
        % {"count": service.max_pets}
    )
    return " · ".join(parts)


def _own_service(sitter: SitterProfile, kind: str) -> Service:
    service = get_object_or_404(Service, sitter=sitter, kind=kind)
    service.sitter = sitter
    return service


@for_sitter
def sitting_service(request, sitter, kind):
    """The rules of one kind; opening it for the first time writes nothing."""
    if kind not in Kind.values:
        raise Http404
    known = Service.objects.filter(sitter=sitter, kind=kind).first()
    form = ServiceForm(
        request.POST or held_form(request), instance=known or Service(sitter=sitter, kind=kind)
    )
    if request.method == "POST" and form.is_valid():
        service = sitting.save_service(sitter=sitter, kind=Kind(kind), values=form.values())
        messages.success(request, _("Saved."))
        priced = set(service.rates.values_list("species", flat=True))
        if set(service.species) - priced:
            return redirect("profiles:sitting_prices", kind=kind)
        return redirect("profiles:sitting_service", kind=kind)
    return _render(request, sitter, kind, "service", form, service=known)


@for_sitter
def sitting_prices(request, sitter, kind):
    service = _own_service(sitter, kind)
    form = PricesForm(request.POST or held_form(request), service=service)
    if request.method == "POST" and form.is_valid():
        is_first = sitting.save_prices(
            service=service, rates=form.rates, tiers=form.tiers, add_ons=form.add_ons
        )
        messages.success(
            request,
            _("Saved. %(service)s is offered now.") % {"service": service}
            if is_first
            else _("Saved."),
        )
        return redirect("profiles:sitting_prices", kind=kind)
    return _render(request, sitter, kind, "prices", form, service=service)


def _render(request, sitter, kind, page, form, **more):
    context = {
        "current": "sitting",
        "sitting_tab": "services",
        "sitter": sitter,
        "kind": Kind(kind),
        "unit": UNIT_WORDS[Kind(kind)],
        "page": page,
        "form": form,
        **more,
    }
    return render(request, f"profiles/sitting_{page}.html", context)


@require_POST
@for_sitter
def sitting_offer(request, sitter, kind):
    """Switch a kind of care on or off."""
    service = _own_service(sitter, kind)
    is_offered = request.POST.get("offered") == "1"
    if is_offered and not service.rates.exists():
        messages.error(request, _("It needs a price before it can be offered."))
        return redirect("profiles:sitting_prices", kind=kind)
    sitting.set_offered(service=service, is_offered=is_offered)
    sentence = (
        _("%(service)s is offered now.")
        if is_offered
        else _("%(service)s is no longer offered. What is agreed still stands.")
    )
    messages.success(request, sentence % {"service": service})
    return redirect("profiles:sitting_services")


# --- Holidays ------------------------------------------------------------------------------
def _next_christmas(today: date) -> list[tuple[date, str]]:
    year = today.year if today <= date(today.year, 12, 26) else today.year + 1
    names = (_("Christmas Eve"), _("Christmas Day"), _("Second day of Christmas"))
    return [(date(year, 12, 24 + number), name) for number, name in enumerate(names)]


@for_sitter
def sitting_holidays(request, sitter):
    today = clock.today(sitter.time_zone)
    form = HolidayForm(request.POST or held_form(request), today=today)
    if request.method == "POST" and form.is_valid():
        day = (form.cleaned_data["on"], form.cleaned_data["name"])
        sitting.add_holidays(sitter=sitter, days=[day])
        messages.success(request, _("Saved."))
        return redirect("profiles:sitting_holidays")
    context = {
        "current": "sitting",
        "sitting_tab": "services",
        "sitter": sitter,
        "form": form,
        "holidays": sitter.holidays.filter(on__gte=today),
        "christmas_year": _next_christmas(today)[0][0].year,
    }
    return render(request, "profiles/sitting_holidays.html", context)


@require_POST
@for_sitter
def sitting_christmas(request, sitter):
    days = _next_christmas(clock.today(sitter.time_zone))
    sitting.add_holidays(sitter=sitter, days=days)
    messages.success(request, _("24, 25 and 26 December have your holiday prices."))
    return redirect("profiles:sitting_holidays")


@require_POST
@for_sitter
def sitting_holiday_remove(request, sitter, pk):
    holiday = own_or_gone(sitter.holidays.all(), pk)
    if holiday is None:
        messages.warning(request, GONE)
    else:
        sitting.remove_holiday(holiday=holiday)
        messages.success(request, _("That day has usual prices again."))
    return redirect("profiles:sitting_holidays")
