"""Amounts always add up, whatever comes in."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from orders.intake.drafting import ChannelFacts, Draft, read_message, write_rows
from orders.intake.schema import read_order

AT = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)
SHOP = {"C": ChannelFacts(id=1, code="C", currency="CNY", is_active=True, zone=ZoneInfo("Asia/Shanghai"))}
BUNDLES = {
    (1, "one"): [(1, 1, Decimal("10.00"))],
    (1, "pack"): [(1, 6, Decimal("10.00"))],
    (1, "pair"): [(1, 1, Decimal("10.00")), (2, 3, Decimal("0.33"))],
    (1, "free"): [(1, 1, Decimal(0)), (2, 1, Decimal(0)), (3, 2, Decimal(0))],
}
cents = st.decimals(0, 10**6, places=2)
lines = st.lists(
    st.fixed_dictionaries(
        {
            "merchant_code": st.sampled_from(["one", "pack", "pair", "free", "nobody's"]),
            "quantity": st.integers(1, 1000),
            "unit_price": st.decimals(0, 10**4, places=4),
            "discount": st.one_of(st.just(Decimal(0)), cents),
        }
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=300, deadline=None)
@given(lines=lines, discount=st.one_of(st.just(Decimal(0)), cents), freight=cents)
def test_shares_and_amounts_add_up(lines, discount, freight):
    order = read_order(
        {"channel": "C", "external_no": "1", "placed_at": AT, "lines": lines, "discount": discount, "freight": freight}
    )
    draft = Draft(0, order, "")
    read_message(draft, SHOP, AT)
    if draft.errors:
        assert {error.code for error in draft.errors} == {"discount_too_large"}
        return

    write_rows(draft, BUNDLES)

    assert sum(line.goods_amount for line in draft.lines) == draft.goods_amount == sum(draft.goods)
    assert sum(line.discount_share for line in draft.lines) == discount
    assert sum(line.discount + line.discount_share for line in draft.lines) == draft.discount_amount
    assert sum(line.amount for line in draft.lines) + freight == draft.payable
    for line in draft.lines:
        assert line.amount == line.goods_amount - line.discount - line.discount_share
        assert min(line.goods_amount, line.discount, line.discount_share, line.amount) >= 0
        assert line.goods_amount == round(line.goods_amount, 2)
    assert [line.position for line in draft.lines] == list(range(len(draft.lines)))
    assert len(draft.sources) == len(draft.lines)
    assert sorted(set(draft.sources)) == list(range(len(lines)))
