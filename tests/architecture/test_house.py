"""The house rules that a linter does not know."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from django.template import engines

ROOT = Path(settings.BASE_DIR)
FLOORS = ("oms", "inventory", "orders", "interception", "hotel")
SOURCES = [p for floor in FLOORS for p in (ROOT / floor).rglob("*.py") if "migrations" not in p.parts]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def test_no_source_file_is_longer_than_four_hundred_lines():
    assert [str(p) for p in SOURCES if len(p.read_text("utf-8").splitlines()) > 400] == []


def test_no_folder_or_file_is_named_after_nothing():
    banned = {"utils", "helpers", "common", "misc"}

    assert [str(p) for p in SOURCES if banned & {*p.parts, p.stem}] == []


def test_every_template_compiles():
    for path in TEMPLATES:
        engines["django"].get_template(str(path.relative_to(ROOT / "templates")))


def test_no_template_has_inline_style_or_script():
    """The content security policy would refuse them silently."""
    import re

    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", re.IGNORECASE)

    tags = re.compile(r"{%.*?%}", re.DOTALL)  # their arguments are no attributes

    found = {str(p): inline.findall(tags.sub("", p.read_text("utf-8"))) for p in TEMPLATES}
    assert {path: hits for path, hits in found.items() if hits} == {}


def our_models():
    return [m for m in apps.get_models() if m._meta.app_label in FLOORS and not hasattr(m, "pgh_tracked_model")]


@pytest.mark.parametrize("model", our_models(), ids=lambda m: m.__name__)
def test_every_choice_field_is_held_to_its_values_by_the_database(model):
    held = " ".join(str(c.condition) for c in model._meta.constraints if isinstance(c, models.CheckConstraint))
    free = [f.name for f in model._meta.local_fields if f.choices and f.column and f"'{f.name}__in'" not in held]

    assert free == []


@pytest.mark.parametrize("model", our_models(), ids=lambda m: m.__name__)
def test_every_model_says_what_it_is(model):
    assert model.__doc__
    assert not model.__doc__.startswith(f"{model.__name__}(")


def test_services_never_read_the_clock():
    clocks = []
    for path in SOURCES:
        if path.name.startswith(("services", "moves")) or "services" in path.parts:
            clocks += [
                f"{path}:{node.lineno}"
                for node in ast.walk(ast.parse(path.read_text("utf-8")))
                if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}
            ]

    assert clocks == []


def test_a_planted_upward_import_breaks_the_contract(tmp_path):
    """The import contract is alive: a lower floor that imports a higher one is refused."""
    import shutil

    for floor in FLOORS:
        shutil.copytree(ROOT / floor, tmp_path / floor, ignore=shutil.ignore_patterns("__pycache__", "migrations"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    planted = tmp_path / "oms" / "lib" / "planted.py"
    planted.write_text("import orders.models\n")

    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert outcome.returncode == 1
    assert "oms.lib.planted" in outcome.stdout
