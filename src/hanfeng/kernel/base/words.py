"""What pure code says to people: stored bilingual words, and faults that whoever shows them can translate."""

from collections.abc import Mapping
from dataclasses import dataclass


def gettext_noop(text: str) -> str:
    """Mark an English sentence for the catalogue and return it unchanged."""
    return text


def is_chinese(lang: str) -> bool:
    """Whether a language tag such as `zh-hans` or `zh_CN` asks for Chinese; every other tag gets English."""
    return lang.lower().startswith("zh")


@dataclass(frozen=True)
class Words:
    """A stored word in both languages; an empty English form falls back to the Chinese one."""

    zh: str
    en: str = ""

    def get(self, lang: str) -> str:
        return self.zh if is_chinese(lang) else self.en or self.zh

    def __str__(self) -> str:
        return self.zh


class Fault(ValueError):
    """A refusal a reader can act on: a machine word, and a sentence that says what, where and how to mend it.

    `str(fault)` is English. For another language translate `template` and fill it with `% params`.
    """

    def __init__(self, code: str, template: str, params: Mapping[str, object]) -> None:
        super().__init__(code, template, params)
        self.code, self.template, self.params = code, template, params

    def __str__(self) -> str:
        return self.template % self.params
