"""The commands and the example of the two README pages work as they stand."""

from __future__ import annotations

import contextlib
import io
import json
import re

import pytest
from django.core.management import get_commands

from oms.embedded import CHECKOUT
from orders.models import Order
from tests.factories.inventory import BinFactory, ChannelFactory, SkuFactory
from tests.orders.intake.signed import SignedClient

PAGES = ["README.md", "README.zh-CN.md"]


def text_of(page: str) -> str:
    return (CHECKOUT / page).read_text()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("page", PAGES)
def test_the_example_stores_its_order(page, live_server):
    channel = ChannelFactory(code="tmall")
    BinFactory(sku=SkuFactory(code="TM-4001"), on_hand=10)
    shop = SignedClient(channel)
    code = re.search(r"```python\n(.+?)```", text_of(page), re.DOTALL)[1]
    line = f'BASE, KEY, SECRET = "{live_server.url}", "{shop.key.key}", "{shop.secret.decode()}"'
    code, replaced = re.subn(r"(?m)^BASE, KEY, SECRET = .*$", line, code)
    assert replaced == 1

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(code, {})

    assert '"outcome": "stored"' in json.dumps(eval(said.getvalue()))
    assert Order.objects.get().external_no == "T-1001"


@pytest.mark.parametrize("page", [*PAGES, "docs/OPERATIONS.md"])
def test_every_command_named_exists(page):
    text = text_of(page)
    targets = set(re.findall(r"(?m)^([a-z]+):", (CHECKOUT / "Makefile").read_text()))

    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= get_commands().keys()
    assert set(re.findall(r"(?m)(?:^|`)make ([a-z]+)", text)) <= targets


@pytest.mark.parametrize("page", [*PAGES, "docs/OPERATIONS.md"])
def test_every_page_and_picture_linked_exists(page):
    folder = (CHECKOUT / page).parent
    links = re.findall(r"\]\(([^)#]+)\)", text_of(page))

    assert [link for link in links if "://" not in link and not (folder / link).exists()] == []


def test_both_languages_show_the_same_commands_and_links():
    english, chinese = map(text_of, PAGES)
    shell = r"```sh\n(.+?)```"
    commands = [
        [re.sub(r"\s*#.*", "", line) for block in re.findall(shell, text, re.DOTALL) for line in block.splitlines()]
        for text in (english, chinese)
    ]

    assert commands[0] == commands[1]
    assert set(re.findall(r"\]\((docs/[^)]+)\)", english)) == set(re.findall(r"\]\((docs/[^)]+)\)", chinese))


def test_the_operations_page_lists_every_variable():
    text = text_of("docs/OPERATIONS.md")
    read = re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (CHECKOUT / "oms/settings.py").read_text())

    assert [name for name in read if f"`{name}`" not in text and name != "OMS_EMBEDDED"] == []
