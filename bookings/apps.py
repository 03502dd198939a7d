from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "bookings"

    def ready(self):
        # Models have to be there first.
        from bookings.services.care_updates import pet_edited
        from profiles.services.pets import FOLLOWERS

        FOLLOWERS.append(pet_edited)
