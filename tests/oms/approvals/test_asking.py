"""What a supervisor reads of what is asked."""

import ast
from pathlib import Path

from oms.approvals.asking import FACT_LABELS, shown

ROOT = Path(__file__).parents[3]
NUMBERS = {"guest"}  # of rows: compared, and never shown


def keys_asked():
    """The keys of every ``facts={…}`` that the rooms' commands are written with."""
    for floor in ("hotel", "orders", "inventory", "interception"):
        for path in (ROOT / floor).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.keyword) and node.arg == "facts" and isinstance(node.value, ast.Dict):
                    yield from (key.value for key in node.value.keys)


def test_every_fact_a_command_asks_with_has_a_label():
    found = set(keys_asked())

    assert {"amount", "charged", "member", "prices"} <= found
    assert found - set(FACT_LABELS) == NUMBERS


def test_facts_are_shown_under_their_labels_in_order_and_numbers_of_rows_are_not():
    facts = {"amount": "80.00", "guest": 7, "nights": ["11-24", "11-25"]}

    assert shown(facts) == [("Amount", "80.00"), ("Nights", "11-24, 11-25")]
