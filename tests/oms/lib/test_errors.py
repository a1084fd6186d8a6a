from django.utils.translation import override

from oms.jobs.services import NotCancellable
from oms.lib.errors import DomainError, refusal_text


class TooFew(DomainError):
    code = "test_too_few"
    message = "Only %(left)s left."


def test_a_refusal_is_formatted_when_it_is_shown():
    assert str(TooFew(left=2)) == "Only 2 left."


def test_a_stored_refusal_speaks_the_readers_language():
    with override("en"):
        assert refusal_text("job_not_cancellable", {}) == str(NotCancellable.message)
    assert refusal_text("test_too_few", {"left": 3}) == "Only 3 left."
    assert refusal_text("test_too_few", {}) == "Only %(left)s left."
    assert refusal_text("gone", {"message": "as it was"}) == "as it was"
