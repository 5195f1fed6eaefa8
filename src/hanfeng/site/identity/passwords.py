"""Password rules beside Django's own: length and kinds of characters (GB/T 22239-2019, 8.1.4.1 a)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

KINDS = 3


class Mixed:
    """At least three of: small letters, capitals, digits, other signs. A sentence of Chinese has other signs enough."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse a password of too few kinds of characters."""
        tests = (str.islower, str.isupper, str.isdigit, lambda sign: not (sign.isascii() and sign.isalnum()))
        kinds = sum(any(test(sign) for sign in password) for test in tests)
        if kinds < KINDS and len(password) < 20:
            raise ValidationError(self.get_help_text(), code="password_too_plain")

    def get_help_text(self) -> str:
        """The rule in words."""
        return _(
            "Use at least three of: small letters, capital letters, digits, other signs; or twenty characters or more."
        )
