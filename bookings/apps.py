from django.apps import AppConfig


class BookingsConfig(AppConfig):
    name = "bookings"

    def ready(self):
        # Models have to be there first.
        from bookings.held import RequestHeld
        from bookings.public_pages import addresses
        from bookings.services.care_updates import pet_edited
        from pawsitters.operations.hooks import register_held_form, register_public_pages
        from profiles.services.pets import FOLLOWERS

        FOLLOWERS.append(pet_edited)
        register_public_pages(addresses)
        register_held_form("bookings:new", RequestHeld())
