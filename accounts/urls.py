from django.urls import path, re_path

from accounts import views
from accounts.views import devices, second_factor

app_name = "accounts"
urlpatterns = [
    path("sign/login/", views.login, name="login"),  # before allauth's, which it hands over to
    # Likewise: ours where allauth's shows codes once only, or forgets where one was going.
    path("sign/2fa/totp/activate/", second_factor.app_add, name="app_add"),
    path("sign/2fa/recovery-codes/", second_factor.recovery_codes, name="recovery_codes"),
    path(
        "sign/2fa/recovery-codes/download/",
        second_factor.recovery_codes_download,
        name="recovery_codes_download",
    ),
    path("sign/2fa/webauthn/", second_factor.passkeys, name="passkeys"),
    path("sign/2fa/webauthn/add/", second_factor.passkey_add, name="passkey_add"),
    path("sign/2fa/webauthn/login/", second_factor.passkey_login, name="passkey_login"),
    path("sign/2fa/webauthn/reauthenticate/", second_factor.passkey_proof, name="passkey_proof"),
    path("me/", views.me, name="me"),
    path("settings/", views.settings, name="settings"),
    path("settings/devices/", devices.device_list, name="devices"),
    path("settings/devices/log-out/", devices.device_log_out, name="device_log_out"),
    path("settings/devices/log-out-others/", devices.others_log_out, name="others_log_out"),
    re_path(r"^media/(?P<path>(?:people|sitters)/[\w.-]+)$", views.public_media, name="media"),
]
