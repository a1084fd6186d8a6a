"""Whatever the OpenAPI document allows, and what it doesn't, is answered as it says: never by a server error."""

import io
import time
from itertools import count

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from orders.intake.api.signing import sign
from orders.intake.keys import secrets_of
from tests.factories.intake import ApiKeyFactory
from tests.factories.inventory import BinFactory, ChannelFactory, SkuFactory

pytestmark = pytest.mark.django_db
_nonces = count(1)


@pytest.fixture
def api():
    """The API behind a sender that signs whatever passes."""
    key = ApiKeyFactory(channels=[ChannelFactory(code="tmall")])
    BinFactory(sku=SkuFactory(code="A"), on_hand=1000)
    secret, django = secrets_of(key.key, key.salt)[0], WSGIHandler()

    def signing(environ, start_response):
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        if not environ["PATH_INFO"].isascii():  # the sender leaves it as text; WSGI wants bytes in disguise
            environ["PATH_INFO"] = environ["PATH_INFO"].encode().decode("latin-1")
        signed = {"timestamp": str(int(time.time())), "nonce": f"fuzz{next(_nonces)}"}
        path, method = WSGIRequest(environ).get_full_path(), environ["REQUEST_METHOD"]
        signature = sign(secret=secret, method=method, path=path, body=body, **signed)
        for name, value in {"key": key.key, "signature": signature, **signed}.items():
            environ[f"HTTP_X_OMS_{name.upper()}"] = value
        return django(environ, start_response)

    for signal in (request_started, request_finished):  # as Django's test client does: they would end our transaction
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/openapi.json", signing)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = [
    ("/api/v1/orders", "POST"),
    ("/api/v1/orders/batch", "POST"),
    ("/api/v1/orders", "GET"),
    ("/api/v1/orders/{number}", "GET"),
    ("/api/v1/stock", "GET"),
]


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_answer_is_documented(api, path, method, mode):
    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(case=api[path][method].as_strategy(generation_mode=mode))
    def answer(case):
        case.call_and_validate(checks=CHECKS)

    answer()


def test_no_operation_is_left_out(api):
    found = {(operation.ok().path, operation.ok().method.upper()) for operation in api.get_all_operations()}

    assert found == set(OPERATIONS)
