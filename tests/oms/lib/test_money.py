from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.lib.money import cents, share_by_weight


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        ("10.00", ["1", "1", "1"], ["3.34", "3.33", "3.33"]),
        ("0.05", ["3", "7"], ["0.02", "0.03"]),
        ("-10.00", ["1", "1", "1"], ["-3.34", "-3.33", "-3.33"]),
        ("1.00", ["0", "0"], ["0.50", "0.50"]),
        ("0.00", ["5", "1"], ["0.00", "0.00"]),
        ("5.00", [], []),
    ],
)
def test_share_by_weight_gives_the_odd_cents_to_the_largest_remainders(total, weights, shares):
    assert share_by_weight(Decimal(total), [Decimal(w) for w in weights]) == [Decimal(s) for s in shares]


MONEY = st.decimals(min_value=0, max_value=10**9, places=2)


@given(MONEY, st.lists(MONEY, min_size=1, max_size=40))
def test_shares_always_add_up_and_are_within_a_cent_of_exact(total, weights):
    shares = share_by_weight(total, weights)

    assert sum(shares) == total
    if whole := sum(weights):
        assert all(
            abs(share - total * weight / whole) < Decimal("0.01") for share, weight in zip(shares, weights, strict=True)
        )


def test_cents_rounds_half_up():
    assert [cents(Decimal(x)) for x in ("0.005", "0.0049", "-0.005")] == [
        Decimal("0.01"),
        Decimal("0.00"),
        Decimal("-0.01"),
    ]
