"""Changes of a confirmed booking."""

from django.urls import path

from bookings.views import changes

urlpatterns = [
    path("bookings/<str:public_id>/change/", changes.change, name="change"),
    path("bookings/<str:public_id>/changes/<int:number>/", changes.proposal, name="proposal"),
    path(
        "bookings/<str:public_id>/changes/<int:number>/decline/",
        changes.proposal_decline,
        name="proposal_decline",
    ),
    path(
        "bookings/<str:public_id>/changes/<int:number>/withdraw/",
        changes.proposal_withdraw,
        name="proposal_withdraw",
    ),
]
