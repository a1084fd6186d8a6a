"""Catalogue and stock."""

import datetime as dt

import factory

from inventory.models import Bin, Channel, MerchantCode, Movement, Product, Sku, Warehouse
from tests.factories.staff import BranchFactory

AT = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)


class ChannelFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Channel

    code = factory.Sequence(lambda n: f"CH{n}")
    name = factory.Sequence(lambda n: f"Channel {n}")
    branch = factory.SubFactory(BranchFactory)


class WarehouseFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Warehouse

    code = factory.Sequence(lambda n: f"WH{n}")
    name = factory.Sequence(lambda n: f"Warehouse {n}")
    branch = factory.SubFactory(BranchFactory)
    priority = 100  # the same for all: among equals the older one comes first, however many a process has made


class ProductFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Product

    code = factory.Sequence(lambda n: f"P{n}")
    name = factory.Sequence(lambda n: f"Product {n}")


class SkuFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Sku

    product = factory.SubFactory(ProductFactory)
    code = factory.Sequence(lambda n: f"SKU{n}")
    name = factory.Sequence(lambda n: f"Sku {n}")
    price = "10.00"


class MerchantCodeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = MerchantCode

    channel = factory.SubFactory(ChannelFactory)
    code = factory.Sequence(lambda n: f"MC{n}")
    sku = factory.SubFactory(SkuFactory)


class BinFactory(factory.django.DjangoModelFactory):
    """A shared bin with ``on_hand`` pieces and the movement that explains them."""

    class Meta:
        model = Bin
        skip_postgeneration_save = True

    sku = factory.SubFactory(SkuFactory)
    warehouse = factory.SubFactory(WarehouseFactory)
    on_hand = 0

    @factory.post_generation
    def explained(self, create, _extracted, **_kwargs):
        if self.on_hand:
            Movement.objects.create(bin=self, kind="receive", on_hand_delta=self.on_hand, at=AT)
