"""Every text that code or a template gives to gettext is in the Chinese catalogue."""

import ast
import re
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

from tests.architecture.test_translations import MESSAGES

ROOT = Path(__file__).parents[2]
PACKAGES = ("oms", "inventory", "orders", "interception", "hotel")
CONTEXT = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
PLAIN = {"gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
KNOWN = {entry.key for entry in MESSAGES}
TEXT = r"""[urU]?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
CALL = re.compile(rf"(?<![\w.])(_|gettext|pgettext|ngettext|npgettext)\(({TEXT})(?:, *({TEXT}))?")


def python_messages(source):
    """Message keys of a module: literal arguments of gettext's functions, under whatever name it imports them."""
    tree, names = ast.parse(source), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation":
            names |= {alias.asname or alias.name: alias.name for alias in node.names}
    for node in ast.walk(tree):
        called = names.get(node.func.id) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None
        if called not in PLAIN | CONTEXT:
            continue
        literals = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
        if called in CONTEXT and len(literals) > 1:
            yield f"{literals[0]}\x04{literals[1]}"
        elif called in PLAIN and literals:
            yield literals[0]


def template_messages(source):
    """Message keys of a template, read as makemessages reads it."""
    for called, first, second in CALL.findall(templatize(source)):
        text = ast.literal_eval(first)
        yield f"{text}\x04{ast.literal_eval(second)}" if called in {"pgettext", "npgettext"} else text


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_of_the_code_is_in_the_catalogue(package):
    files = [path for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts]
    used = {(key, path.name) for path in files for key in python_messages(path.read_text("utf-8")) if key}
    assert sorted(each for each in used if each[0] not in KNOWN) == []


@pytest.mark.parametrize("folder", sorted(path.name for path in (ROOT / "templates").iterdir()))
def test_every_text_of_the_templates_is_in_the_catalogue(folder):
    top = ROOT / "templates" / folder
    files = [top] if top.is_file() else list(top.rglob("*.html"))
    used = {(key, path.name) for path in files for key in template_messages(path.read_text("utf-8"))}
    assert sorted(each for each in used if each[0] not in KNOWN) == []
