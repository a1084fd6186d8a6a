import json

import pytest
from django.core.management import call_command

from oms.lib import books
from oms.lib.books import Invariant
from tests.factories.staff import BranchFactory

NO_BRANCH_IS_BAD = Invariant(
    "no_bad_branch", "SELECT code AS reference, name AS fact FROM oms_branch WHERE code = 'BAD'"
)


@pytest.fixture
def invariants(monkeypatch):
    monkeypatch.setattr(books, "all_invariants", lambda: [NO_BRANCH_IS_BAD])


@pytest.mark.django_db
def test_check_books_is_content_when_nothing_is_broken(invariants, capsys):
    call_command("check_books")

    assert capsys.readouterr().out == "ok      no_bad_branch\n1 invariants, 0 broken\n"


@pytest.mark.django_db
def test_check_books_lists_each_breach_and_exits_with_one(invariants, capsys):
    BranchFactory(code="BAD", name="a bad one")

    with pytest.raises(SystemExit) as exit_:
        call_command("check_books", "--json")

    assert exit_.value.code == 1
    assert json.loads(capsys.readouterr().out) == {
        "invariants": 1,
        "breaches": {"no_bad_branch": [["BAD", "a bad one"]]},
    }
