from django.urls import path

from bookings.views import care

urlpatterns = [
    path("bookings/<str:public_id>/ticks/", care.tick, name="tick_changes"),
]
