from django.urls import path

from bookings.views import favourites, pet_notes

urlpatterns = [
    path("favourites/", favourites.favourite_list, name="favourites"),
    path("favourites/mine/", favourites.favourite_slugs, name="favourite_slugs"),
    path("favourites/add/<slug:slug>/", favourites.favourite_add, name="favourite_add"),
    path("favourites/note/<slug:slug>/", favourites.favourite_note, name="favourite_note"),
    path("favourites/remove/<slug:slug>/", favourites.favourite_remove, name="favourite_remove"),
    path("bookings/<str:public_id>/again/", favourites.booking_again, name="again"),
    path("bookings/<str:public_id>/notes/", pet_notes.pet_notes, name="pet_notes"),
]
