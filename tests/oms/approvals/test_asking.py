"""What a supervisor reads of what is asked."""

import ast
from pathlib import Path

from oms.approvals.asking import FACT_LABELS, shown

ROOT = Path(__file__).parents[3]
NUMBERS = {"guest"}  # of rows: compared, and never shown


def keys_asked():
    """The keys of every ``facts={…}`` and ``facts = {…}`` that commands are written with."""
    for floor in ("hotel", "orders", "inventory", "interception"):
        for path in (ROOT / floor).glob("*/services/*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = [node.arg] if isinstance(node, ast.keyword) else [t.id for t in targets(node)]
                if "facts" in names and isinstance(node.value, ast.Dict):
                    yield from (key.value for key in node.value.keys)


def targets(node):
    return [t for t in node.targets if isinstance(t, ast.Name)] if isinstance(node, ast.Assign) else []


def test_every_fact_a_command_asks_with_has_a_label():
    found = set(keys_asked())

    assert {"amount", "charged", "member", "prices", "was_away"} <= found
    assert found - set(FACT_LABELS) == NUMBERS


def test_facts_are_shown_under_their_labels_in_order_and_numbers_of_rows_are_not():
    facts = {"amount": "80.00", "guest": 7, "nights": ["11-24", "11-25"], "was_away": False}

    assert shown(facts) == [("Amount", "80.00"), ("Nights", "11-24, 11-25"), ("Was away meanwhile", "no")]
