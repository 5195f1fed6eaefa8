"""The addresses of the door. Of allauth's pages only those named here exist: none to sign up, none to reset by mail."""

from allauth.socialaccount.providers.openid_connect import views as openid
from django.urls import path
from django.views.generic import RedirectView

from . import doors, own

urlpatterns = [
    path("sign-in/", doors.SignIn.as_view(), name="account_login"),
    path("sign-in/code/", doors.Code.as_view(), name="mfa_authenticate"),
    path("sign-in/with/<slug:provider_id>/", openid.login, name="openid_connect_login"),
    path("sign-in/with/<slug:provider_id>/back/", openid.callback, name="openid_connect_callback"),
    path("sign-in/cancelled/", RedirectView.as_view(url="/sign-in/"), name="socialaccount_login_cancelled"),
    path("sign-out/", doors.sign_out, name="sign-out"),
    path("me/confirm/", doors.Confirm.as_view(), name="account_reauthenticate"),
    path("me/confirm/code/", doors.ConfirmCode.as_view(), name="mfa_reauthenticate"),
    path("me/password/", own.Password.as_view(), name="account_change_password"),
    path("me/second-factor/", own.factor_page, name="mfa_index"),
    path("me/second-factor/add/", own.Activate.as_view(), name="mfa_activate_totp"),
    path("me/second-factor/qr.svg", own.qr_page, name="factor-qr"),
    path("me/second-factor/remove/", own.Deactivate.as_view(), name="mfa_deactivate_totp"),
    path("me/second-factor/codes/", own.Codes.as_view(), name="mfa_view_recovery_codes"),
    path("me/second-factor/codes/new/", own.NewCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("me/sessions/", own.sessions_page, name="sessions"),
    path("me/sessions/<slug:ref>/end/", own.end_page, name="session-end"),
    path("me/other-sign-in/", own.others_page, name="socialaccount_connections"),
    path("me/other-sign-in/<slug:name>/end/", own.disconnect_page, name="disconnect"),
]
