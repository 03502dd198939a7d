from django.urls import path

from bookings.views import access, care

urlpatterns = [
    path("bookings/<str:public_id>/access/", access.access, name="access"),
    path("bookings/<str:public_id>/ticks/", care.tick, name="tick_changes"),
]
