"""Rows of the URL table: second factor, passkeys, devices, which mails."""

from bookings.tests.url_rows import LOGIN, OVERVIEW, POST_ONLY, only, row, signed_in
from bookings.tests.world import OWNER

FACTORS = "/sign/2fa/"
DEVICES = "/settings/devices/"
CODES = f"{FACTORS}recovery-codes/"
PASSWORD = "/sign/reauthenticate/"
TABLE = {
    "bookings:notice_choices": row(
        "/settings/mails/", get=signed_in(200), post=signed_in("/settings/mails/")
    ),
    "accounts:devices": row(DEVICES, get=signed_in(200)),
    "accounts:device_log_out": row(f"{DEVICES}log-out/", get=POST_ONLY, post=signed_in(404)),
    "accounts:others_log_out": row(
        f"{DEVICES}log-out-others/", get=POST_ONLY, post=signed_in(DEVICES)
    ),
    "mfa_index": row(FACTORS, get=signed_in(200)),
    "mfa_authenticate": row(
        f"{FACTORS}authenticate/",
        get=signed_in(OVERVIEW, visitor=LOGIN),
        post=signed_in(OVERVIEW, visitor=LOGIN),
    ),
    # The owner has an app, codes and a passkey. Who has none is asked for the password.
    "mfa_reauthenticate": row(
        f"{FACTORS}reauthenticate/",
        get=signed_in(PASSWORD, owner=200),
        post=signed_in(PASSWORD, owner=200),
    ),
    "accounts:passkey_proof": row(
        f"{FACTORS}webauthn/reauthenticate/",
        get=signed_in(PASSWORD, owner=200),
        post=signed_in(PASSWORD, owner=f"{FACTORS}webauthn/reauthenticate/"),
    ),
    "accounts:app_add": row(
        f"{FACTORS}totp/activate/",
        get=signed_in(200, owner=f"{FACTORS}totp/deactivate/"),
        post=signed_in(200, owner=f"{FACTORS}totp/deactivate/"),
    ),
    "mfa_deactivate_totp": row(
        f"{FACTORS}totp/deactivate/", get=only(200, OWNER), post=only(FACTORS, OWNER)
    ),
    "accounts:recovery_codes": row(CODES, get=signed_in(FACTORS, owner=200)),
    "accounts:recovery_codes_download": row(f"{CODES}download/", get=signed_in(FACTORS, owner=200)),
    "mfa_generate_recovery_codes": row(
        f"{CODES}generate/", get=signed_in(200), post=signed_in(200, owner=CODES)
    ),
    "accounts:passkeys": row(
        f"{FACTORS}webauthn/", get=signed_in(FACTORS), post=signed_in(FACTORS)
    ),
    "accounts:passkey_add": row(f"{FACTORS}webauthn/add/", get=signed_in(200), post=signed_in(200)),
    "accounts:passkey_login": row(
        f"{FACTORS}webauthn/login/",
        get=signed_in(OVERVIEW, visitor=LOGIN),
        post=signed_in(OVERVIEW, visitor=LOGIN),
    ),
    "mfa_edit_webauthn": row(
        f"{FACTORS}webauthn/keys/{{passkey}}/edit/", get=only(200, OWNER), post=only(200, OWNER)
    ),
    "mfa_remove_webauthn": row(
        f"{FACTORS}webauthn/keys/{{passkey}}/remove/",
        get=only(200, OWNER),
        post=only(FACTORS, OWNER),
    ),
}
# allauth's own pages that stand behind ours, at the same addresses.
SHADOWED = {
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_download_recovery_codes",
    "mfa_list_webauthn",
    "mfa_reauthenticate_webauthn",
    "mfa_login_webauthn",
    "mfa_view_recovery_codes",
}
