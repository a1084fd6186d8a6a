"""A warehouse outside, in memory: what the contract tests run beside the built-in one."""

from orders.dispatch.gateways.base import Answer, GatewayUnreachable


class FakeWarehouse:
    local = False
    known: dict = {}
    packed: set = set()
    refuses: dict = {}  # document number → (error, permanent)
    reachable = True

    @classmethod
    def reset(cls):
        cls.known, cls.packed, cls.refuses, cls.reachable = {}, set(), {}, True

    def send(self, documents):
        self._reach()
        return [self._send(document) for document in documents]

    def void(self, documents):
        self._reach()
        return [self._void(document) for document in documents]

    def _reach(self):
        if not self.reachable:
            raise GatewayUnreachable("no route to warehouse")

    def _send(self, document):
        if document.number in self.refuses:
            return Answer(document.document_id, *self.refuses[document.number])
        self.known[document.number] = document
        return Answer(document.document_id)

    def _void(self, document):
        if document.number in self.packed:
            return Answer(document.document_id, "already packed", permanent=True)
        self.known.pop(document.number, None)
        return Answer(document.document_id)
