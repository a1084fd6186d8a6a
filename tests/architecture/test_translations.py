"""The Chinese catalogue: complete, with the placeholders of its source, and compiled as it was written."""

import ast
import gettext
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "locale" / "zh_Hans" / "LC_MESSAGES"
LINE = re.compile(r'(?:(msgctxt|msgid_plural|msgid|msgstr)(?:\[(\d+)\])? )?(".*")')
NAMED = re.compile(r"%\((\w+)\)")


@dataclass
class Entry:
    flags: set = field(default_factory=set)
    texts: dict = field(default_factory=dict)  # (keyword, index) → text

    @property
    def key(self):
        context = self.texts.get(("msgctxt", ""))
        return f"{context}\x04{self.msgid}" if context is not None else self.msgid

    @property
    def msgid(self):
        return self.texts["msgid", ""]

    @property
    def is_plural(self):
        return ("msgid_plural", "") in self.texts

    @property
    def translations(self):
        return {index: text for (keyword, index), text in self.texts.items() if keyword == "msgstr"}


def entries_of(text):
    """Entries of a .po file, the header with the empty msgid among them; obsolete ones (``#~``) are comments."""
    entries, entry, where = [], Entry(), None
    for line in text.splitlines():
        if line.startswith(("#", "msgctxt", "msgid ")) and where and where[0] == "msgstr":
            entries.append(entry)
            entry, where = Entry(), None
        if line.startswith("#,"):
            entry.flags |= {flag.strip() for flag in line[2:].split(",")}
        elif found := LINE.fullmatch(line):
            keyword, index, quoted = found.groups()
            where = (keyword, index or "") if keyword else where
            entry.texts[where] = entry.texts.get(where, "") + ast.literal_eval(quoted)
        else:
            assert not line or line.startswith("#"), line
    return [*entries, entry] if entry.texts else entries


ENTRIES = entries_of((FOLDER / "django.po").read_text("utf-8"))
HEADER, MESSAGES = ENTRIES[0], ENTRIES[1:]


def test_the_parser_reads_what_a_catalogue_may_hold():
    one, two = entries_of(
        '#, fuzzy, python-format\nmsgctxt "order"\nmsgid ""\n"a\\n"\n"b"\nmsgstr "c"\n\n'
        '#~ msgid "old"\n#~ msgstr "alt"\n\nmsgid "%(n)s x"\nmsgid_plural "%(n)s xs"\nmsgstr[0] "%(n)s 个"\n'
    )

    assert (one.key, one.flags, one.translations) == ("order\x04a\nb", {"fuzzy", "python-format"}, {"": "c"})
    assert (two.key, two.is_plural, two.translations) == ("%(n)s x", True, {"0": "%(n)s 个"})


def test_no_entry_is_fuzzy_or_there_twice():
    assert [entry.key for entry in MESSAGES if "fuzzy" in entry.flags] == []
    assert [key for key, count in Counter(entry.key for entry in ENTRIES).items() if count > 1] == []


def test_every_message_is_translated():
    assert HEADER.msgid == ""
    assert [e.key for e in MESSAGES if not e.translations or not all(map(str.strip, e.translations.values()))] == []
    assert [e.key for e in MESSAGES if e.is_plural and set(e.translations) != {"0"}] == []


@pytest.mark.parametrize("number", [0, 1])
def test_named_placeholders_are_those_of_the_source(number):
    """Each one that stands in the translation is in its source, and the other way round (a plural's in its plural)."""
    wrong = []
    for entry in MESSAGES:
        source = entry.texts["msgid_plural", ""] if entry.is_plural else entry.msgid
        wanted = set(NAMED.findall(source))
        for text in entry.translations.values():
            lacks, strange = wanted - set(NAMED.findall(text)), set(NAMED.findall(text)) - wanted
            if (lacks, strange)[number]:
                wrong.append((entry.key, text))
    assert wrong == []


def test_the_compiled_catalogue_holds_exactly_what_is_written():
    """Compile after every change: ``manage.py compilemessages``, or any msgfmt."""
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = dict(gettext.GNUTranslations(file)._catalog)
    compiled.pop("")

    written = {}
    for entry in MESSAGES:
        for index, text in entry.translations.items():
            written[(entry.key, int(index)) if entry.is_plural else entry.key] = text
    assert sorted(map(str, compiled.keys() ^ written.keys())) == []
    assert [key for key, text in written.items() if compiled[key] != text] == []
