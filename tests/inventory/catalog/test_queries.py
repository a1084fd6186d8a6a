from decimal import Decimal

import pytest

from inventory.catalog.queries import mapped_codes
from tests.factories.inventory import ChannelFactory, MerchantCodeFactory, SkuFactory

pytestmark = pytest.mark.django_db


def test_mapped_codes_knows_bundles_channels_and_our_own_codes(django_assert_num_queries):
    shop, other = ChannelFactory(), ChannelFactory()
    tea, cup = SkuFactory(code="TEA", price="3.50"), SkuFactory(code="CUP", price="8.00")
    MerchantCodeFactory(channel=shop, code="SET", sku=tea, quantity=2)
    MerchantCodeFactory(channel=shop, code="SET", sku=cup, quantity=1)
    MerchantCodeFactory(channel=shop, code="CUP", sku=tea, quantity=1)  # their CUP is our tea

    with django_assert_num_queries(1):
        found = mapped_codes(
            [
                (shop.pk, "SET"),
                (shop.pk, "CUP"),
                (other.pk, "CUP"),
                (other.pk, "SET"),
                (shop.pk, "%s'"),
                (shop.pk, "SET"),
            ]
        )

    assert found == {
        (shop.pk, "SET"): [(tea.pk, 2, Decimal("3.50")), (cup.pk, 1, Decimal("8.00"))],
        (shop.pk, "CUP"): [(tea.pk, 1, Decimal("3.50"))],
        (other.pk, "CUP"): [(cup.pk, 1, Decimal("8.00"))],
    }
    assert mapped_codes([]) == {}
