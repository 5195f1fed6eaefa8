"""The forms of the door, in our words and without allauth's placeholders."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm as AllauthChangePassword
from allauth.account.forms import LoginForm as AllauthLogin
from allauth.account.forms import ReauthenticateForm as AllauthReauthenticate
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm as AllauthAuthenticate
from allauth.mfa.base.forms import ReauthenticateForm as AllauthMfaReauthenticate
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm as AllauthActivate
from allauth.mfa.totp.internal.auth import validate_totp_code
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import factor, lockout
from .adapters import refused


def bare(form: Any, **labels: Any) -> None:
    """Take the placeholders out and give the fields our labels: a placeholder is not a label."""
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        field.help_text = ""
        if name in labels:
            field.label = labels[name]


class SignInForm(AllauthLogin):  # type: ignore[misc]
    """User name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bare(self, login=gettext_lazy("Username"), password=gettext_lazy("Password"))
        self.fields["login"].max_length = 150


class PasswordForm(AllauthChangePassword):  # type: ignore[misc]
    """The old password, and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bare(
            self,
            oldpassword=gettext_lazy("Password so far"),
            password1=gettext_lazy("New password"),
            password2=gettext_lazy("New password again"),
        )

        self.fields["password1"].help_text = " ".join(password_validators_help_texts())

    def clean_oldpassword(self) -> str:
        """The password so far must be right; trying it out is counted like a sign-in."""
        request, name = context.request, self.user.get_username()
        if lock := lockout.locked(name, request):
            raise refused(request, lock)
        if not self.user.check_password(self.cleaned_data["oldpassword"]):
            lockout.failed(name, request, why="password change")
            raise ValidationError(_("That is not your password so far."))
        return str(self.cleaned_data["oldpassword"])


class ConfirmForm(AllauthReauthenticate):  # type: ignore[misc]
    """The password once more, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bare(self, password=gettext_lazy("Password"))


CODE = gettext_lazy("Code from the app, or a recovery code")


class _Codes:
    """What both forms that take a code share: the lock, the log, and a code that is good once."""

    def clean_code(self: Any) -> str:
        """A right code of the app or a recovery code, spent by this."""
        request, name = context.request, self.user.get_username()
        if lock := lockout.locked(name, request):
            raise refused(request, lock)
        code = str(self.cleaned_data["code"])
        kept = {kind.type: kind for kind in Authenticator.objects.filter(user=self.user)}
        app, codes = kept.get(Authenticator.Type.TOTP), kept.get(Authenticator.Type.RECOVERY_CODES)
        if app and factor.spend(app, code):
            self.authenticator = app
        elif codes and codes.wrap().validate_code(code):
            self.authenticator = codes
        else:
            if lock := lockout.failed(name, request, why="second factor"):
                raise refused(request, lock)
            raise ValidationError(_("The code is not right."))
        self.authenticator.user = self.user
        return code


class CodeForm(_Codes, AllauthAuthenticate):  # type: ignore[misc]
    """The code after the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bare(self, code=CODE)


class ConfirmCodeForm(_Codes, AllauthMfaReauthenticate):  # type: ignore[misc]
    """A code once more, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bare(self, code=CODE)


class ActivateForm(AllauthActivate):  # type: ignore[misc]
    """The first code of the app proves that it has the secret."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bare(self, code=gettext_lazy("The code that the app shows now"))

    def clean_code(self) -> str:
        """A right first code."""
        code = str(self.cleaned_data["code"])
        if not validate_totp_code(self.secret, code):
            raise ValidationError(_("The code is not right. Is the clock of the telephone right?"))
        return code
