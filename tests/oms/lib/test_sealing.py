import pytest
from cryptography.fernet import InvalidToken

from oms.lib import sealing


@pytest.fixture(autouse=True)
def _fresh_keys(settings):
    settings.OMS_DATA_KEYS = ["one"]
    sealing._box.cache_clear()
    yield
    sealing._box.cache_clear()


def test_a_sealed_number_comes_back_and_is_sealed_differently_each_time():
    first, second = sealing.seal("330106199001011234"), sealing.seal("330106199001011234")

    assert sealing.unseal(first) == sealing.unseal(memoryview(second)) == "330106199001011234"
    assert first != second
    assert b"3301" not in first


def test_a_new_key_still_opens_what_the_old_one_sealed_and_finds_what_it_hashed(settings):
    sealed, found = sealing.seal("13800138000"), sealing.keyed_hash("13800138000")

    settings.OMS_DATA_KEYS = ["two", "one"]
    sealing._box.cache_clear()

    assert sealing.unseal(sealed) == "13800138000"
    assert sealing.keyed_hash("13800138000") == found


def test_another_key_opens_nothing(settings):
    sealed, found = sealing.seal("13800138000"), sealing.keyed_hash("13800138000")

    settings.OMS_DATA_KEYS = ["two"]
    sealing._box.cache_clear()

    assert sealing.keyed_hash("13800138000") != found
    with pytest.raises(InvalidToken):
        sealing.unseal(sealed)


def test_the_hash_does_not_care_how_a_number_is_written():
    assert sealing.keyed_hash("138-0013 8000") == sealing.keyed_hash("13800138000")
    assert sealing.keyed_hash("11010519491231002x") == sealing.keyed_hash("11010519491231002X")
    assert len(sealing.keyed_hash("")) == 16
