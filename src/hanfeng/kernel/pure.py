"""Door 1 of the kernel: everything that needs no Django, for standards, rules and packs alike."""

from hanfeng.kernel.base.answer import Answer, Between, Verdict, all_of, any_of
from hanfeng.kernel.base.bound import Bound
from hanfeng.kernel.base.clocks import OFFICE_HOURS, BeyondCalendar, Calendar, Clock, Hours, Limit, Standing, standing
from hanfeng.kernel.base.codes import (
    CitizenId,
    CodeError,
    Region,
    check_citizen_id,
    check_region,
    check_uscc,
    make_uscc,
    mask_id,
    mask_name,
    mask_phone,
    organisation_code,
)
from hanfeng.kernel.base.hashing import canonical, digest, merkle_root, salted
from hanfeng.kernel.base.parameter import Confidence, Dated, Declared, NoParameter, Parameter, declared_parameters
from hanfeng.kernel.base.period import Period, PeriodError
from hanfeng.kernel.base.words import Fault, Words, gettext_noop, is_chinese
from hanfeng.kernel.sense.quality import Sufficiency, valid_day, valid_hour, valid_month

__all__ = [
    "OFFICE_HOURS", "Answer", "Between", "BeyondCalendar", "Bound", "Calendar", "CitizenId", "Clock", "CodeError",
    "Confidence", "Dated", "Declared", "Fault", "Hours", "Limit", "NoParameter", "Parameter", "Period", "PeriodError", "Region",
    "Standing", "Sufficiency", "Verdict", "Words", "all_of", "any_of", "canonical", "check_citizen_id", "check_region",
    "check_uscc", "declared_parameters", "digest", "gettext_noop", "is_chinese", "make_uscc", "mask_id", "mask_name",
    "mask_phone", "merkle_root", "organisation_code", "salted", "standing", "valid_day", "valid_hour", "valid_month",
]  # fmt: skip
