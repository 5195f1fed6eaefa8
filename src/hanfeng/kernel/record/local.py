"""Stored words carry both languages; which one is shown is the reader's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import get_language, override

from hanfeng.kernel.base.words import Words

Note = str | Words
"""A note of an event: as somebody wrote it, or in both languages."""


def local(record: Any, name: str) -> Any:
    """A stored word in the reader's language: `name_en` in English where there is one, else `name`."""
    english = getattr(record, f"{name}_en", "") if (get_language() or "").startswith("en") else ""
    return english or getattr(record, name)


PERSON = "person"
"""By this name an account knows whose it is (commons/people)."""


def name_of(user: Any) -> str:
    """How the person of an account is called, in the reader's language; the account's own name where nobody is kept for it."""
    person = getattr(user, PERSON, None)
    return str(local(person, "name") if person else user.get_full_name() or user.get_username())


def names_of_accounts(accounts: Iterable[str]) -> dict[str, str]:
    """How the people of these accounts are called; an account that is gone stands for itself."""
    asked = set(accounts)
    users = get_user_model()._default_manager.filter(username__in=asked).select_related(PERSON)
    return {account: account for account in asked} | {user.get_username(): name_of(user) for user in users}


def as_words(said: Note) -> Words:
    """What was said, in both languages or in one."""
    return said if isinstance(said, Words) else Words(said)


def in_both(say: Callable[[], object]) -> Words:
    """What a sentence says in each language, whoever reads the page on which it is written."""
    with override("zh-hans"):
        chinese = str(say())
    with override("en"):
        return Words(chinese, str(say()))
