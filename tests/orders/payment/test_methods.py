"""What payment methods are called."""

import pytest
from django.utils.translation import override

from orders.payment.methods import METHODS, method_label
from orders.payment.models import Payment


@pytest.mark.parametrize(
    ("code", "label"), [("alipay", "Alipay"), ("WeChat", "WeChat Pay"), ("礼品卡", "礼品卡"), ("barter", "barter")]
)
def test_method_label_knows_the_usual_ones_and_shows_others_as_typed(code, label):
    with override("en"):
        assert method_label(code) == label


@pytest.mark.parametrize("code", METHODS)
def test_every_method_fits_its_column(code):
    assert len(code) <= Payment._meta.get_field("method").max_length
