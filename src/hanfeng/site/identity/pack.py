"""The door as one value: its lock-out rule, what it tells people, and the timer that forgets old sessions."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from hanfeng.kernel.job.timers import Timer
from hanfeng.kernel.pack import Pack

from . import lockout, sessions
from .notices import NOTICES

pack = Pack(
    name="identity",
    title=_("Sign-in"),
    owner=_("plan office"),
    serves=(),
    face=None,
    icon="key",
    parameters=((lockout.RULE, "登录失败锁定", "Lock-out after failed sign-ins"),),
    notices=NOTICES,
    timers=(Timer("identity.sessions", timedelta(hours=1), sessions.clear),),
)
