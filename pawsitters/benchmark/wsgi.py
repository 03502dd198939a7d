"""The site with one more address, an empty view: gunicorn pawsitters.benchmark.wsgi

Only the benchmark starts it. The empty view behind the same middleware is F, the unit of its ratios.
"""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pawsitters.settings")
settings.ROOT_URLCONF = "pawsitters.benchmark.urls"
settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "ask": "1000000/m/user"}
application = get_wsgi_application()
