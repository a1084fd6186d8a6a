"""The demo is small here, but whole: every door, every command, and books that are right afterwards."""

import random
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from inventory.models import Channel, Sku, Warehouse
from oms.lib.books import breaches
from oms.models import OutboxMessage, Staff
from orders.demo import figures
from orders.models import IntakeMessage, Order, WarehouseDocument

ORDERS = 60


@pytest.mark.django_db
def test_the_demo_is_believable_and_its_books_are_right():
    out = StringIO()

    call_command("seed_demo", orders=ORDERS, seed=7, stdout=out)

    statuses = dict(Order.objects.values_list("status").annotate(Count("pk")))
    assert Order.objects.count() == ORDERS
    assert IntakeMessage.objects.filter(source="demo", outcome="stored").count() == ORDERS
    assert statuses["closed"] > statuses["shipped"] > 0
    assert WarehouseDocument.objects.filter(status="shipped").count() >= ORDERS * 0.7
    assert (Sku.objects.count(), Warehouse.objects.count(), Channel.objects.count()) == (800, 4, 4)
    assert Sku.objects.filter(picture="").count() == 0
    assert not OutboxMessage.objects.filter(published_at=None).exists()
    assert breaches() == []
    assert "qimu-demo-2026" in out.getvalue()


@pytest.mark.django_db
def test_the_demo_is_not_made_twice():
    call_command("seed_demo", orders=5, stdout=StringIO())
    out = StringIO()

    call_command("seed_demo", orders=5, stdout=out)

    assert Order.objects.count() == 5
    assert "there already" in out.getvalue()
    Staff.objects.filter(username="admin").delete()
    with pytest.raises(CommandError, match="interrupted"):
        call_command("seed_demo", orders=5, stdout=StringIO())


def test_popularity_adds_up_and_falls():
    weights = figures.popularity(800)

    assert len(weights) == 800
    assert sum(weights) == pytest.approx(1)
    assert weights == sorted(weights, reverse=True)
    assert sum(weights[:80]) == pytest.approx(0.424)


def test_quantiles_come_back_as_they_were_measured():
    rng = random.Random(1)
    drawn = sorted(figures.from_quantiles(rng, figures.SHIP_HOURS) for _ in range(20_000))

    for share, value in zip(figures.QUANTILES[1:-1], figures.SHIP_HOURS[1:-1], strict=True):
        assert drawn[int(20_000 * share)] == pytest.approx(value, rel=0.05)
