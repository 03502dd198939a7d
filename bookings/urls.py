from django.urls import path

from bookings.views import bookings

app_name = "bookings"
urlpatterns = [
    path("bookings/<str:public_id>/", bookings.booking_detail, name="detail"),
]
