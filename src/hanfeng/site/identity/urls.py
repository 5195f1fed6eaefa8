"""The addresses of the door. Of allauth's pages only those named here exist: none to sign up, none to reset by mail."""

from django.urls import path
from django.views.generic import RedirectView

from . import accounts, doors, own

urlpatterns = [
    path("sign-in/", doors.SignIn.as_view(), name="account_login"),
    path("sign-in/code/", doors.Code.as_view(), name="mfa_authenticate"),
    path("sign-in/with/<slug:provider_id>/", doors.to_other, name="openid_connect_login"),
    path("sign-in/with/<slug:provider_id>/back/", doors.from_other, name="openid_connect_callback"),
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
    path("accounts/", accounts.list_page, name="accounts"),
    path("accounts/new/", accounts.new_page, name="account-new"),
    path("accounts/<int:pk>/", accounts.account_page, name="account"),
    path("accounts/<int:pk>/role/", accounts.role_page, name="account-role"),
    path("accounts/<int:pk>/sessions/<slug:ref>/end/", accounts.end_page, name="account-session-end"),
    path("accounts/<int:pk>/<slug:act>/", accounts.act_page, name="account-act"),
]
