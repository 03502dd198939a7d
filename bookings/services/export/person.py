"""What people have alone: themselves, their household, their page as a sitter, what they were told."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from accounts.models import Block, Closing, Session, Suspension, User
from bookings.models import CalendarFeed, Export, Favourite, Notice, PetNote, Report
from bookings.services.export.kinds import TEXT, Kind, named
from profiles.models import (
    AddOn,
    CalendarException,
    Check,
    Home,
    HomeAccess,
    LongStayTier,
    OutsideCalendar,
    Pet,
    Rate,
    SavedSearch,
    Service,
    SitterCapacity,
    SitterHoliday,
    SitterPhoto,
    SitterProfile,
    Vaccination,
    WeekdayHours,
)

PERSON = (
    # Password and rights are the site's business; nobody reads them back.
    Kind(
        "person",
        User,
        "pk",
        "person",
        "name email phone time_zone photo face unwanted_mails date_joined last_login",
        omit="id password is_superuser is_staff is_active",
        about="You, as your settings have it.",
    ),
    Kind(
        "email_addresses",
        EmailAddress,
        "user",
        "person",
        "email verified primary",
        omit="id user",
        about="Addresses with which you can sign in.",
    ),
    Kind(
        "second_factors",
        Authenticator,
        "user",
        "person",
        "type created_at last_used_at",
        omit="id user data",  # the secret itself
        about="Apps, keys and recovery codes with which you log in; never their secrets.",
    ),
    Kind(
        "devices",
        Session,
        "user",
        "person",
        "browser system started_at seen_at",
        omit="session_key session_data expire_date user",  # what is in a cookie is a secret
        about="Browsers in which you are logged in.",
    ),
    Kind(
        "calendar_feed",
        CalendarFeed,
        "user",
        "person",
        "shows_addresses changed_at",
        omit="user key",  # half of the secret in its address
        about="That other programs may read your bookings; never the secret address.",
    ),
    Kind(
        "closing",
        Closing,
        "user",
        "person",
        "requested_at closes_at",
        omit="id user has_paused_page reminded_at closed_at files files_removed_at",
        about="That you asked to close the account, while you can still change your mind.",
    ),
    Kind(
        "suspensions",
        Suspension,
        "user",
        "person",
        "reason at ended_at",
        omit="id user by ended_by",  # which colleague it was is theirs
        about="When and why our staff kept you out.",
    ),
    Kind(
        "notices",
        Notice,
        "recipient",
        "person",
        "created_at kind subject text path read_at sent_at booking=booking__public_id",
        # How far the outbox has come with the mail.
        omit="id recipient key action stop_path send_after leased_until attempts last_error",
        about="What the site told you, and when it was mailed.",
    ),
    Kind(
        "favourites",
        Favourite,
        "owner",
        "person",
        "note created_at removed_at",
        omit="id owner sitter",
        needs="sitter__user__name",
        made={"sitter": TEXT},
        shape=named("sitter", "sitter__user__name"),
        about="Sitters whom you want to find again.",
    ),
    Kind(
        "saved_searches",
        SavedSearch,
        "user",
        "person",
        "name query often mails created_at last_checked_at told_at over_at deleted_at",
        omit="id user seen next_check_at",  # whom we found at the last look, and our timetable
        about="Searches that we repeat for you; `query` is the address of the search page.",
    ),
    Kind(
        "blocks",
        Block,
        "blocker",
        "person",
        "created_at",
        omit="id blocker blocked",
        needs="blocked__name",
        made={"person": TEXT},
        shape=named("person", "blocked__name"),
        about="People from whom you want to hear nothing.",
    ),
    Kind(
        "reports",
        Report,
        "reporter",
        "person",
        "about reason text state created_at handled_at outcome",
        # What it is about is the other person's; who handled it is a colleague.
        omit="id reporter subject_id open_key handled_by",
        about="What you reported to our staff.",
    ),
    Kind(
        "exports",
        Export,
        "user",
        "person",
        "requested_at state ready_at expires_at size_bytes",
        # The file's name is its key on our disk; the rest is the worker's.
        omit="id user is_open progress attempts leased_until file",
        about="When you asked for a file like this.",
    ),
)

HOUSEHOLD = (
    Kind(
        "home",
        Home,
        "user",
        "person",
        "street postcode town=town__name lat_e6 lng_e6 emergency_name emergency_phone",
        omit="id user",
        about="Your home; the point is in millionths of a degree.",
    ),
    Kind(
        "home_access",
        HomeAccess,
        "home__user",
        "person",
        "notes is_kept written_at",
        omit="id home",
        about="Your access notes, as you wrote them. Keep this file somewhere safe.",
    ),
    Kind(
        "pets",
        Pet,
        "owner",
        "person",
        "id state name species breed sex is_neutered born_on weight_grams microchip photo portrait"
        " good_with_dogs good_with_cats good_with_children good_with_strangers has_bitten"
        " bite_history separation_anxiety escape_risk house_trained off_leash feeding walks sleeps"
        " max_alone_hours medication conditions allergies vet_name vet_phone vet_address"
        " must_follow updated_at",
        omit="owner",
        about="Your animals, archived ones too.",
    ),
    Kind(
        "vaccinations",
        Vaccination,
        "pet__owner",
        "person",
        "pet kind given_on expires_on document",
        omit="id",
        about="`pet` is the `id` in pets.",
    ),
)

SITTING = (
    Kind(
        "sitter_page",
        SitterProfile,
        "user",
        "person",
        "slug status status_reason submitted_at published_at headline about experience_years"
        " languages street postcode town=town__name time_zone lat_e6 lng_e6 grid_lat_e6"
        " grid_lng_e6 home_type has_fenced_yard is_smoke_free children own_pets cameras"
        " max_alone_hours payment_note calendar_confirmed_on rating_sum rating_count"
        " answered_count asked_count completed_count confirmed_count late_cancellation_count"
        " repeat_owner_count owner_count check_in_count on_time_count review_counts counted_at"
        " updated_at",
        omit="id user snapshot",  # the snapshot is a copy of the rows
        about="Your page as a sitter, with the numbers it shows. `grid` is the public point.",
    ),
    Kind(
        "sitter_photos",
        SitterPhoto,
        "sitter",
        "sitter",
        "image scene caption position",
        omit="id sitter",
        about="Photos on your page.",
    ),
    Kind(
        "checks",
        Check,
        "sitter",
        "sitter",
        "what how checked_on expires_on",
        omit="id sitter checked_by",  # which colleague looked is theirs
        about="What our staff has looked at, and until when it holds.",
    ),
    Kind(
        "outside_calendars",
        OutsideCalendar,
        "sitter",
        "sitter",
        "url host busy entries skipped created_at good_at error",
        omit="id sitter next_fetch_at failures",  # our timetable
        about="Calendars elsewhere that we read for you; `busy` are days that one says are taken.",
    ),
    Kind(
        "places",
        SitterCapacity,
        "sitter",
        "sitter",
        "night_places day_places",
        omit="sitter version",
        about="How many animals you take at once.",
    ),
    Kind(
        "weekday_hours",
        WeekdayHours,
        "sitter",
        "sitter",
        "weekday takes_nights takes_away takes_days visits_from visits_until",
        omit="id sitter",
        about="Your usual week; 0 is Monday.",
    ),
    Kind(
        "calendar_exceptions",
        CalendarException,
        "sitter",
        "sitter",
        "starts_on ends_on is_away night_places day_places note",
        omit="id sitter",
        about="Dates that differ; `ends_on` is the day after the last.",
    ),
    Kind(
        "holidays",
        SitterHoliday,
        "sitter",
        "sitter",
        "on name",
        omit="id sitter",
        about="Dates with holiday prices.",
    ),
    Kind(
        "services",
        Service,
        "sitter",
        "sitter",
        "id kind is_active species max_dog_kg min_age_months max_pets lead_hours horizon_days"
        " is_instant cancellation_tier is_one_household needs_vaccinations charges_late_pickup"
        " buffer_minutes group_size",
        omit="sitter",
        about="Kinds of care that you offer, and their rules.",
    ),
    Kind(
        "rates",
        Rate,
        "service__sitter",
        "sitter",
        "service species minutes base_cents additional_cents holiday_cents young_cents"
        " young_additional_cents",
        omit="id",
        about="Your prices; `service` is the `id` in services.",
    ),
    Kind(
        "long_stay_tiers",
        LongStayTier,
        "service__sitter",
        "sitter",
        "service min_units discount_bps",
        omit="id",
        about="Reductions in hundredths of a per cent.",
    ),
    Kind(
        "pet_notes",
        PetNote,
        "sitter",
        "sitter",
        "pet=pet__name text updated_at",
        omit="id sitter",
        about="What you noted for yourself about animals in your care.",
    ),
    Kind(
        "add_ons",
        AddOn,
        "service__sitter",
        "sitter",
        "service name amount_cents per is_active",
        omit="id",
        about="What you offer besides.",
    ),
)
