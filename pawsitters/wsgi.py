"""What gunicorn serves: gunicorn pawsitters.wsgi."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pawsitters.settings")

application = get_wsgi_application()
# Views load here, before workers part: otherwise the first visitors of each worker wait for them,
# also of one that replaces a dead one during an outage (half a second, measured).
_ = get_resolver().url_patterns
