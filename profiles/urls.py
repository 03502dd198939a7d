from django.urls import path, re_path

from profiles.views import homes, pets, sitting, sitting_services

app_name = "profiles"
urlpatterns = [
    path("home/", homes.home_edit, name="home_edit"),
    path("home/access/", homes.home_access, name="home_access"),
    path("pets/", pets.pet_list, name="pet_list"),
    path("pets/add/", pets.pet_add, name="pet_add"),
    re_path(
        rf"^pets/(?P<pk>\d{{1,18}})/(?P<step>{'|'.join(pets.STEPS)})/$",
        pets.pet_edit,
        name="pet_edit",
    ),
    path("pets/<int:pk>/archive/", pets.pet_archive, name="pet_archive"),
    path("pets/<int:pk>/restore/", pets.pet_restore, name="pet_restore"),
    path(
        "pets/<int:pk>/vaccinations/<int:vaccination_pk>/delete/",
        pets.vaccination_delete,
        name="vaccination_delete",
    ),
    path("sitting/start/", sitting.sitting_start, name="sitting_start"),
    path("sitting/page/", sitting.sitting_page, name="sitting_page"),
    re_path(
        rf"^sitting/page/(?P<step>{'|'.join(sitting.STEPS)})/$",
        sitting.sitting_step,
        name="sitting_step",
    ),
    re_path(
        rf"^sitting/page/(?P<action>{'|'.join(sitting.ACTIONS)})/$",
        sitting.sitting_publish,
        name="sitting_publish",
    ),
    path(
        "sitting/page/photos/<int:pk>/caption/",
        sitting.sitting_photo_caption,
        name="sitting_photo_caption",
    ),
    path(
        "sitting/page/photos/<int:pk>/delete/",
        sitting.sitting_photo_delete,
        name="sitting_photo_delete",
    ),
    re_path(
        r"^sitting/page/photos/(?P<pk>\d{1,18})/(?P<way>up|down)/$",
        sitting.sitting_photo_move,
        name="sitting_photo_move",
    ),
    path("sitting/services/", sitting_services.sitting_services, name="sitting_services"),
    path("sitting/services/holidays/", sitting_services.sitting_holidays, name="sitting_holidays"),
    path(
        "sitting/services/holidays/christmas/",
        sitting_services.sitting_christmas,
        name="sitting_christmas",
    ),
    path(
        "sitting/services/holidays/<int:pk>/remove/",
        sitting_services.sitting_holiday_remove,
        name="sitting_holiday_remove",
    ),
    path("sitting/services/<slug:kind>/", sitting_services.sitting_service, name="sitting_service"),
    path(
        "sitting/services/<slug:kind>/prices/",
        sitting_services.sitting_prices,
        name="sitting_prices",
    ),
    path(
        "sitting/services/<slug:kind>/offer/",
        sitting_services.sitting_offer,
        name="sitting_offer",
    ),
]
