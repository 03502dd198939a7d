"""Who gets what from every address of the project: the table behind test_url_walk.

An answer is a status code, the beginning of the address one is sent to, or a tuple of those where
it depends on the booking's state. `{names}` in a path are filled in from bookings/tests/world.py;
`{booking}` stands for a booking in every status.
"""

from bookings.tests import urls_care
from bookings.tests.url_rows import (
    ASKED,
    BOOKING,
    BOTH,
    DONE,
    OVERVIEW,
    POST_ONLY,
    PUBLIC,
    PUBLIC_POST,
    everybody,
    only,
    row,
    signed_in,
    sitters,
)
from bookings.tests.urls_changes import TABLE as CHANGES
from bookings.tests.urls_data import ADMIN as DATA_ADMIN
from bookings.tests.urls_data import ADMIN_MODELS as DATA_MODELS
from bookings.tests.urls_data import TABLE as DATA
from bookings.tests.urls_feeds import TABLE as FEEDS
from bookings.tests.urls_messages import TABLE as MESSAGES
from bookings.tests.urls_reviews import TABLE as REVIEWS
from bookings.tests.urls_safety import SHADOWED as FACTORS_SHADOWED
from bookings.tests.urls_safety import TABLE as SAFETY
from bookings.tests.urls_series import TABLE as SERIES
from bookings.tests.urls_visits import TABLE as VISITS
from bookings.tests.world import OTHER_SITTER, OWNER, SITTER
from bookings.views.help import TOPICS
from profiles.views.pets import STEPS as PET_STEPS
from profiles.views.sitting import STEPS as PAGE_STEPS

TABLE = {
    # --- The site itself ---------------------------------------------------------------------
    "robots": row("/robots.txt", get=PUBLIC),
    "favicon": row("/favicon.ico", get=everybody("/static/icons/")),
    "operations:livez": row("/livez", get=PUBLIC),
    "operations:readyz": row("/readyz", get=PUBLIC),
    "operations:healthz": row("/healthz", get=PUBLIC),
    "operations:status": row("/status/", get=PUBLIC),
    "operations:incident": row("/status/incidents/2024-08-12T140000Z/", get=everybody(404)),
    "operations:held": row("/requests/held/4K7H20PW/", get=signed_in(404)),
    "bookings:home": row("/", get=PUBLIC),
    "bookings:help_index": row("/help/", get=PUBLIC),
    "bookings:help": row(*(f"/help/{slug}/" for slug in TOPICS), get=PUBLIC),
    "bookings:sitter": row("/sitters/{slug}/", "/sitters/{slug}/?{choice}", get=PUBLIC),
    "bookings:search": row(
        "/search/", "/search/?where=Berlin", "/search/?where=Berlin&{choice}", get=PUBLIC
    ),
    "bookings:places": row("/places/?q=ber", get=PUBLIC),
    "accounts:media": row("/media/people/gh78.webp", "/media/sitters/ef50.webp", get=PUBLIC),
    "accounts:me": row("/me/", get=everybody(200, visitor=204), post=PUBLIC_POST),
    # --- What everybody who is logged in has --------------------------------------------------
    "accounts:settings": row("/settings/", get=signed_in(200), post=signed_in(200)),
    "bookings:overview": row("/overview/", get=signed_in(200)),
    "bookings:list": row(
        *(f"/bookings/?show={show}" for show in ("upcoming", "running", "past")),
        get=signed_in(200),
    ),
    "bookings:notices": row("/notices/", get=signed_in(200)),
    "bookings:notices_read": row("/notices/read/", get=POST_ONLY, post=signed_in("/notices/")),
    "bookings:notice": row("/notices/{notice}/", get=only(BOOKING, OWNER)),
    "profiles:home_edit": row("/home/", get=signed_in(200), post=signed_in(200)),
    "profiles:pet_list": row("/pets/", get=signed_in(200)),
    "profiles:pet_add": row("/pets/add/", get=signed_in(200), post=signed_in(200)),
    # --- Pets and their pictures --------------------------------------------------------------
    "profiles:pet_edit": row(
        *(f"/pets/{{pet}}/{step}/" for step in PET_STEPS),
        get=only(200, OWNER),
        post=only((200, "/pets/"), OWNER),  # some steps may be left empty
    ),
    "profiles:pet_archive": row("/pets/{pet}/archive/", get=POST_ONLY, post=only("/pets/", OWNER)),
    "profiles:pet_restore": row("/pets/{pet}/restore/", get=POST_ONLY, post=only("/pets/", OWNER)),
    "profiles:vaccination_delete": row(
        "/pets/{pet}/vaccinations/{vaccination}/delete/",
        get=POST_ONLY,
        post=only("/pets/", OWNER),
    ),
    "bookings:private_media": row(
        "/media/pets/ab12.webp",
        "/media/pets/ab12-480.webp",
        "/media/vaccinations/cd34.webp",
        get=BOTH,
    ),
    # --- The sitter's own page ----------------------------------------------------------------
    "profiles:sitting_start": row(
        "/sitting/start/",
        get=signed_in(200, sitter="/sitting/page/", other_sitter="/sitting/page/"),
        post=signed_in("/sitting/page/"),
    ),
    "profiles:sitting_page": row("/sitting/page/", get=sitters(200)),
    "profiles:sitting_step": row(
        *(f"/sitting/page/{step}/" for step in PAGE_STEPS), get=sitters(200), post=sitters(200)
    ),
    "profiles:sitting_publish": row(
        *(f"/sitting/page/{action}/" for action in ("submit", "pause", "resume")),
        get=POST_ONLY,
        post=sitters("/sitting/page/"),
    ),
    "profiles:sitting_photo_caption": row(
        "/sitting/page/photos/{photo}/caption/",
        get=sitters(200, other_sitter=404),
        post=sitters(200, other_sitter=404),
    ),
    "profiles:sitting_photo_delete": row(
        "/sitting/page/photos/{photo}/delete/",
        get=sitters(200, other_sitter=404),
        post=sitters("/sitting/page/photos/", other_sitter=404),
    ),
    "profiles:sitting_photo_move": row(
        "/sitting/page/photos/{photo}/down/",
        get=POST_ONLY,
        post=sitters("/sitting/page/photos/", other_sitter=404),
    ),
    "profiles:sitting_services": row("/sitting/services/", get=sitters(200)),
    "profiles:sitting_holidays": row(
        "/sitting/services/holidays/", get=sitters(200), post=sitters(200)
    ),
    "profiles:sitting_christmas": row(
        "/sitting/services/holidays/christmas/",
        get=POST_ONLY,
        post=sitters("/sitting/services/holidays/"),
    ),
    "profiles:sitting_holiday_remove": row(
        "/sitting/services/holidays/{holiday}/remove/",
        get=POST_ONLY,
        post=sitters("/sitting/services/holidays/", other_sitter=404),
    ),
    "profiles:sitting_service": row(
        *(f"/sitting/services/{kind}/" for kind in ("boarding", "dog_walk")),
        get=sitters(200),
        post=sitters(200),
    ),
    "profiles:sitting_prices": row(
        "/sitting/services/dog_walk/prices/",
        get=sitters(200, other_sitter=404),
        post=sitters(200, other_sitter=404),
    ),
    "profiles:sitting_offer": row(
        "/sitting/services/dog_walk/offer/",
        get=POST_ONLY,
        post=sitters("/sitting/services/", other_sitter=404),
    ),
    "bookings:sitter_preview": row("/sitting/preview/", get=only(200, SITTER, OTHER_SITTER)),
    "bookings:sitting": row("/sitting/", get=sitters(200)),
    # --- The calendar -------------------------------------------------------------------------
    "bookings:calendar": row("/sitting/calendar/", get=sitters(200), post=sitters(200)),
    "bookings:calendar_week": row("/sitting/calendar/week/", get=sitters(200), post=sitters(200)),
    "bookings:calendar_day": row("/sitting/calendar/{day}/", get=sitters(200), post=sitters(200)),
    "bookings:calendar_confirm": row(
        "/sitting/calendar/confirm/", get=POST_ONLY, post=sitters("/sitting/calendar/")
    ),
    "bookings:calendar_exception_remove": row(
        "/sitting/calendar/exceptions/{exception}/remove/",
        get=POST_ONLY,
        post=sitters("/sitting/calendar/", other_sitter=404),
    ),
    # --- Bookings -----------------------------------------------------------------------------
    "bookings:new": row("/bookings/new/{slug}/?{choice}", get=signed_in(200), post=signed_in(200)),
    "bookings:detail": row("/bookings/{booking}/", get=BOTH),
    "bookings:record": row("/bookings/{booking}/record/", get=BOTH),
    "bookings:accept": row(
        "/bookings/{booking}/accept/", get=only(BOOKING, SITTER), post=only(DONE, SITTER)
    ),
    "bookings:decline": row(
        "/bookings/{booking}/decline/", get=only(ASKED, SITTER), post=only(DONE, SITTER)
    ),
    "bookings:cancel": row(
        "/bookings/{booking}/cancel/",
        get=only(ASKED, OWNER, SITTER),
        post=only(DONE, OWNER, SITTER),
    ),
    **{
        f"bookings:{verb}": row(
            f"/bookings/{{booking}}/{verb.replace('_', '-')}/",
            get=only(ASKED, side),
            post=only(BOOKING, side),
        )
        for verb, side in {
            "withdraw": OWNER,
            "report_missed": OWNER,
            "agree_no_access": OWNER,
            "check_in": SITTER,
            "check_out": SITTER,
            "claim_no_access": SITTER,
            "give_back": SITTER,
            "reply": SITTER,
        }.items()
    },
    # --- django-allauth -----------------------------------------------------------------------
    "accounts:login": row(
        "/sign/login/", get=signed_in(OVERVIEW, visitor=200), post=signed_in(OVERVIEW, visitor=200)
    ),
    "account_signup": row(
        "/sign/signup/", get=signed_in(OVERVIEW, visitor=200), post=signed_in(OVERVIEW, visitor=200)
    ),
    "account_logout": row("/sign/logout/", get=everybody(200, visitor="/"), post=everybody("/")),
    "account_inactive": row("/sign/inactive/", get=PUBLIC),
    "account_reauthenticate": row("/sign/reauthenticate/", get=signed_in(200), post=signed_in(200)),
    "account_email": row("/sign/email/", get=signed_in(200), post=signed_in("/sign/email/")),
    "account_email_verification_sent": row("/sign/confirm-email/", get=PUBLIC),
    "account_confirm_email": row("/sign/confirm-email/abc/", get=PUBLIC, post=everybody(404)),
    "account_change_password": row(
        "/sign/password/change/", get=signed_in(200), post=signed_in(200)
    ),
    "account_set_password": row(
        "/sign/password/set/",
        get=signed_in("/sign/password/change/"),
        post=signed_in("/sign/password/change/"),
    ),
    "account_reset_password": row("/sign/password/reset/", get=PUBLIC, post=PUBLIC),
    "account_reset_password_done": row("/sign/password/reset/done/", get=PUBLIC),
    "account_reset_password_from_key": row(
        "/sign/password/reset/key/1-abc/", get=PUBLIC, post=PUBLIC
    ),
    "account_reset_password_from_key_done": row("/sign/password/reset/key/done/", get=PUBLIC),
    "account_confirm_login_code": row(
        "/sign/login/code/confirm/", get=signed_in(OVERVIEW), post=signed_in(OVERVIEW)
    ),
}
TABLE |= urls_care.TABLE
# allauth's own login page stands behind ours, at the same address.
SHADOWED = {"account_login"} | FACTORS_SHADOWED
# The same for everybody and kept by caches: these read no session and set no cookie. /status/ is kept
# by none and shows more to staff, so it is not among them.
ANONYMOUS = (
    "robots",
    "favicon",
    "operations:livez",
    "operations:readyz",
    "operations:healthz",
    "bookings:home",
    "bookings:help_index",
    "bookings:help",
    "bookings:search",
    "bookings:places",
    "bookings:sitter",
    "bookings:sitter_reviews",
    "bookings:sitter_record",
    "bookings:search_why",
    "bookings:search_stop",
    "bookings:calendar_feed",
    "accounts:media",
)

# --- Staff ------------------------------------------------------------------------------------
# Everybody but staff is sent to log in, so only what staff get is written down: (path, GET, POST).
ADMIN = {
    "admin:index": ("/admin/", 200, 200),
    "admin:held": ("/admin/held/", 200, "/admin/held/"),
    "admin:firewall_changes": ("/admin/firewall/", 200, 200),
    "admin:firewall_change": ("/admin/firewall/none/", 404, 404),
    "admin:app_list": ("/admin/profiles/", 200, 200),
    "admin:login": ("/admin/login/", "/admin/", 200),
    "admin:logout": ("/admin/logout/", 405, 200),
    "admin:password_change": ("/admin/password_change/", 200, 200),
    "admin:password_change_done": ("/admin/password_change/done/", 200, 405),
    "admin:autocomplete": ("/admin/autocomplete/", 403, 405),
    "admin:jsi18n": ("/admin/jsi18n/", 200, 405),
    "admin:view_on_site": ("/admin/r/1/1/", 404, 404),
    "admin:auth_user_password_change": ("/admin/accounts/user/{user}/password/", 200, 200),
    "admin:bookings_booking_cancel": ("/admin/bookings/booking/{confirmed}/cancel/", 200, 200),
    "admin:bookings_booking_no_show": ("/admin/bookings/booking/{flagged}/no-show/", 200, 200),
    "admin:profiles_sitterprofile_review": (
        "/admin/profiles/sitterprofile/{sitter}/review/",
        200,
        200,
    ),
    "admin:profiles_sitterprofile_suspend": (
        "/admin/profiles/sitterprofile/{sitter}/suspend/",
        200,
        200,
    ),
    "admin:profiles_sitterprofile_reinstate": (
        "/admin/profiles/sitterprofile/{sitter}/reinstate/",
        200,
        200,
    ),
}
# model: (id, may add, may change, may delete)
ADMIN_MODELS = {
    "auth_group": ("{group}", True, True, True),
    "accounts_user": ("{user}", True, True, True),
    "account_emailaddress": ("{email}", True, True, True),
    "mfa_authenticator": ("{authenticator}", False, False, True),
    "profiles_town": ("{town}", False, False, False),
    "profiles_pet": ("{pet}", False, False, False),
    "profiles_sitterprofile": ("{sitter}", False, True, False),
    "bookings_booking": ("{confirmed}", False, False, False),
    "bookings_notice": ("{notice}", False, False, False),
}

ADMIN |= DATA_ADMIN
ADMIN_MODELS |= DATA_MODELS


def _model_rows() -> dict:
    rows = {}
    for model, (pk, may_add, may_change, may_delete) in ADMIN_MODELS.items():
        start = f"/admin/{model.replace('_', '/', 1)}"
        add, change, delete = (200 if may else 403 for may in (may_add, may_change, may_delete))
        rows |= {
            f"admin:{model}_changelist": (f"{start}/", 200, 200),
            f"admin:{model}_add": (f"{start}/add/", add, add),
            f"admin:{model}_history": (f"{start}/{pk}/history/", 200, 200),
            f"admin:{model}_delete": (f"{start}/{pk}/delete/", delete, delete),
            f"admin:{model}_change": (f"{start}/{pk}/change/", 200, change),
        }
    return rows


ADMIN |= _model_rows()

TABLE |= CHANGES
TABLE |= SERIES
TABLE |= DATA
TABLE |= FEEDS
TABLE |= REVIEWS
TABLE |= SAFETY
TABLE |= VISITS
TABLE |= MESSAGES
