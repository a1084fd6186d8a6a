"""Held orders: the interception and the hold it asks for."""

import factory

from interception.checks.base import digest
from interception.models import BlacklistEntry, Interception
from tests.factories.inventory import AT
from tests.factories.orders import OrderFactory


class InterceptionFactory(factory.django.DjangoModelFactory):
    """An open review of the blacklist, its order held, unless told."""

    class Meta:
        model = Interception
        skip_postgeneration_save = True

    order = factory.SubFactory(OrderFactory)
    check_code = "blacklist"
    kind = "review"
    cause = "phone"
    evidence = factory.LazyFunction(lambda: {"entries": [{"id": 1, "field": "phone", "reason": "Refused parcels"}]})
    facts = factory.LazyFunction(lambda: digest("facts"))
    opened_at = AT
    checked_at = AT

    @factory.post_generation
    def hold(self, create, extracted, **_kwargs):
        if self.status == "open" and self.order.hold != "system":
            self.order.hold = self.kind
            self.order.save(update_fields=["hold"])


class BlacklistEntryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = BlacklistEntry

    field = "phone"
    value = "13800136021"
    reason = "Refused parcels"
