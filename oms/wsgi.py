"""Pages and API, for granian."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")
from oms.embedded import ensure_services
from oms.lib.wsgi import with_machines

ensure_services()
application = with_machines(get_wsgi_application(), "/api/v1/orders", "/api/v1/stock")
