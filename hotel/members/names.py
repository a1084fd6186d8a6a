"""Names as people type them: every reading in pinyin, and initials."""

from __future__ import annotations

import os
import unicodedata
from functools import cache
from itertools import islice, product
from typing import Any

LONGEST = 300  # of Guest.name_keys
MOST_READINGS = 24
NORMAL = 0  # of pypinyin's styles: without accents


def plain(text: str) -> str:
    """Letters and digits only, lower case, without accents: what keys are made of and searched by."""
    folded = unicodedata.normalize("NFKD", text)
    return "".join(c for c in folded.lower() if c.isascii() and c.isalnum())


@cache
def _pinyin() -> Any:
    """``pypinyin.pinyin``, loaded when the first Chinese name is read: its dictionaries hold some 40 MB."""
    os.environ.setdefault("PYPINYIN_NO_DICT_COPY", "1")  # we add no readings of our own
    from pypinyin import pinyin

    return pinyin


def is_chinese(text: str) -> bool:
    """Whether there is a Chinese character in it."""
    return any("\u3400" <= c <= "\u9fff" for c in text)


def keys_of(name: str) -> list[str]:
    """Keys of a name, the likeliest reading first: full pinyin, then initials; a name in letters turned round too.

    A character with several readings gives a key for each (曾 ceng, zeng), within ``MOST_READINGS`` and ``LONGEST``.
    """
    readings = _chinese(name) if is_chinese(name) else _letters(name)
    keys: list[str] = []
    for reading in readings:
        keys += ["".join(reading), "".join(part[0] for part in reading)]
    kept: list[str] = []
    for key in dict.fromkeys(key for key in keys if key):
        if len(" ".join([*kept, key])) > LONGEST:
            break
        kept.append(key)
    return kept


def _chinese(name: str) -> list[tuple[str, ...]]:
    letters = [c for c in name if c.isalnum()]
    in_words = [found[0] for found in _pinyin()("".join(letters), style=NORMAL, errors=_as_they_are)]
    # Word by word first (重庆 is chongqing), then each character by itself: surnames are read otherwise (单 shan).
    alone = [_readings(c, likely) for c, likely in zip(letters, in_words, strict=True)]
    return list(islice(product(*alone), MOST_READINGS))


def _as_they_are(text: str) -> Any:
    """What is no Chinese, character by character, so that readings and characters stay in step."""
    return list(text)


def _readings(character: str, likely: str) -> list[str]:
    others = _pinyin()(character, style=NORMAL, heteronym=True)[0]
    return [key for key in dict.fromkeys(plain(text) for text in (likely, *others)) if key] or ["x"]


def _letters(name: str) -> list[tuple[str, ...]]:
    words = [key for key in (plain(word) for word in name.replace(",", " ").replace("/", " ").split()) if key]
    turned = [(*words[-1:], *words[:-1]), (*words[1:], *words[:1])]
    return list(dict.fromkeys(reading for reading in [tuple(words), *turned] if reading))
