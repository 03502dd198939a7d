from django import template

from accounts.images import small_url

register = template.Library()
register.filter("small_url", small_url)
