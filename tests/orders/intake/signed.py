"""A client that signs, like a shop's."""

import hashlib
import hmac
import itertools
import json
import time

from django.test import Client

from orders.intake.keys import forget_keys, secrets_of
from tests.factories.intake import ApiKeyFactory

_nonces = itertools.count(1)


class SignedClient:
    """Signs by the words of the documentation, not with our own function."""

    def __init__(self, *channels, key=None):
        forget_keys()
        self.key = key or ApiKeyFactory(channels=channels)
        self.secret = secrets_of(self.key.key, self.key.salt)[0]
        self.client = Client()

    def headers(self, method, path, body=b"", **changed):
        sent = {"key": self.key.key, "timestamp": str(int(time.time())), "nonce": f"n{next(_nonces)}"} | changed
        text = "\n".join([sent["timestamp"], sent["nonce"], method, path, hashlib.sha256(body).hexdigest()])
        sent.setdefault("signature", hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest())
        return {f"X-OMS-{name.title()}": value for name, value in sent.items()}

    def post(self, path, content, *, content_type="application/json", language="en", **changed):
        body = content if isinstance(content, bytes) else json.dumps(content, ensure_ascii=False).encode()
        path = f"/api/v1{path}"
        headers = self.headers("POST", path, body, **changed) | {"Accept-Language": language}
        return self.client.post(path, body, content_type=content_type, headers=headers)

    def get(self, path, **changed):
        path = f"/api/v1{path}"
        return self.client.get(path, headers=self.headers("GET", path, **changed) | {"Accept-Language": "en"})
