from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import path

from pawsitters import urls as site

EMPTY = "/benchmark/empty/"


@login_not_required
def empty(request):
    return HttpResponse("nothing")


handler500 = site.handler500
urlpatterns = [path(EMPTY[1:], empty), *site.urlpatterns]
