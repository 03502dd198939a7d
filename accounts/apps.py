from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self):
        from accounts.second_factor import is_trusted_staff
        from pawsitters.operations.hooks import register_staff_check

        register_staff_check(is_trusted_staff)
