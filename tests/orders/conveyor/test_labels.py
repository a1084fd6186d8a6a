"""What a walk's codes are called."""

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from orders.conveyor import labels
from orders.conveyor.batch import CHANGED
from orders.conveyor.stages.dispatching import NO_DOCUMENT, UNROUTED
from orders.conveyor.stages.routing import CONTENDED

CHECKS = [import_string(path).code for path in settings.OMS_CHECKS]


@pytest.mark.parametrize("code", ["passed", "stopped", CHANGED, CONTENDED, UNROUTED, NO_DOCUMENT, *CHECKS])
def test_every_code_a_walk_may_hold_has_a_label(code):
    assert labels.told(code) not in {code, ""}


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("", ""),
        ("sku_unmapped, stock_short", "Merchant code not mapped to a SKU · Stock short"),
        ("error 12ab: ValueError", "Failed: 12ab: ValueError"),
        ("of an older time", "of an older time"),
    ],
)
def test_told_reason_puts_every_code_into_words(reason, text):
    assert labels.told_reason(reason) == text


def test_told_fills_in_facts_and_shows_the_code_where_they_are_missing():
    assert labels.told("chosen", {"warehouse": "HZ", "fit": 1, "of": 4}) == "HZ: best of 1/4"
    assert labels.told("chosen", {"warehouse": "HZ"}) == "chosen"
