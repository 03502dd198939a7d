"""The one JSON copy of a sitter's terms that public pages, prices and availability read.

The rows (services, rates, hours, exceptions …) are what sitters edit; reading them takes eight
statements. `profiles.services.snapshot.sitter_changed` writes this copy in the transaction of every
edit, so a page needs one. Shape (dates and times are ISO text):

    {"services": [{"id": 7, "kind": "boarding", "species": ["dog", "cat"], "max_dog_kg": 45,
                   "min_age_months": 0, "max_pets": 3, "lead_hours": 24, "horizon_days": 180,
                   "is_instant": false, "tier": "one_day", "one_household": false,
                   "needs_vaccinations": false, "late_pickup": true, "buffer": 15, "group_size": 1,
                   "rates": [["dog", 0, 4000, 2000, 5000, null, null], …],
                   "long_stay": [[7, 1000], …],
                   "add_ons": [[3, "Bath", 1500, "pet"], …]}, …],
     "holidays": [["2027-12-24", "Christmas Eve"], …],
     "hours": {"0": [true, true, true, "08:00", "18:00"], …},
     "exceptions": [["2027-07-01", "2027-07-15", true, null, null], …],
     "busy": [["2027-08-02", "2027-08-04"], …],
     "photos": [["sitters/x.webp", "", "The garden"], ["", "scene-garden", "The garden"]],
     "checks": [["identity", "Identity", "checked by our staff", "2028-05-01"], …]}

A rate is [species, minutes, base, additional, holiday, young, young additional] in cents; hours
are [nights, away, days, visits from, visits until] by weekday; an exception is [from, until
(exclusive), away, night places, day places]; what outside calendars say is busy is closed whatever
the exceptions say. Only active services and add-ons are in it.
"""

from django.db.models import Prefetch

from profiles.models import OutsideCalendar, SitterProfile

# What to prefetch, so that `build_snapshot` needs no statement of its own.
PARTS = (
    "services__rates",
    "services__long_stay_tiers",
    "services__add_ons",
    "holidays",
    "weekday_hours",
    "calendar_exceptions",
    # Not the address, which is encrypted.
    Prefetch("outside_calendars", OutsideCalendar.objects.only("sitter", "busy")),
    "photos",
    "checks",
)


def build_snapshot(sitter: SitterProfile) -> dict:
    """Turn a sitter's rows, prefetched by PARTS, into the shape above."""
    return {
        "services": [_service(row) for row in sitter.services.all() if row.is_active],
        "holidays": [[day.on.isoformat(), day.name] for day in sitter.holidays.all()],
        "hours": {str(row.weekday): _hours(row) for row in sitter.weekday_hours.all()},
        "exceptions": [
            [
                row.starts_on.isoformat(),
                row.ends_on.isoformat(),
                row.is_away,
                row.night_places,
                row.day_places,
            ]
            for row in sitter.calendar_exceptions.all()
        ],
        "busy": sorted(days for row in sitter.outside_calendars.all() for days in row.busy),
        "photos": [[photo.image.name, photo.scene, photo.caption] for photo in sitter.photos.all()],
        "checks": [
            [
                row.what,
                str(row.get_what_display()),
                row.how,
                row.expires_on.isoformat() if row.expires_on else None,
            ]
            for row in sitter.checks.all()
        ],
    }


def _service(service) -> dict:
    return {
        "id": service.pk,
        "kind": service.kind,
        "species": service.species,
        "max_dog_kg": service.max_dog_kg,
        "min_age_months": service.min_age_months,
        "max_pets": service.max_pets,
        "lead_hours": service.lead_hours,
        "horizon_days": service.horizon_days,
        "is_instant": service.is_instant,
        "tier": service.cancellation_tier,
        "one_household": service.is_one_household,
        "needs_vaccinations": service.needs_vaccinations,
        "late_pickup": service.charges_late_pickup,
        "buffer": service.buffer_minutes if service.kind_enum.is_visits else 0,
        "group_size": service.group_size,
        "rates": [
            [
                rate.species,
                rate.minutes,
                rate.base_cents,
                rate.additional_cents,
                rate.holiday_cents,
                rate.young_cents,
                rate.young_additional_cents,
            ]
            for rate in service.rates.all()
        ],
        "long_stay": [
            [tier.min_units, tier.discount_bps] for tier in service.long_stay_tiers.all()
        ],
        "add_ons": [
            [add_on.pk, add_on.name, add_on.amount_cents, add_on.per]
            for add_on in service.add_ons.all()
            if add_on.is_active
        ],
    }


def _hours(row) -> list:
    return [
        row.takes_nights,
        row.takes_away,
        row.takes_days,
        row.visits_from.isoformat("minutes") if row.visits_from else None,
        row.visits_until.isoformat("minutes") if row.visits_until else None,
    ]
