"""Pages and API, for granian."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")
from oms.embedded import ensure_services

ensure_services()
application = get_wsgi_application()
