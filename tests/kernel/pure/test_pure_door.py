"""The door itself: no Django behind it, every name in it, words and faults that travel."""

import pickle
import subprocess
import sys

from hanfeng.kernel import pure
from hanfeng.kernel.pure import Fault, Words


def test_the_first_door_loads_no_django() -> None:
    code = "import sys, hanfeng.kernel.pure; print([m for m in sys.modules if m.partition('.')[0] == 'django'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_name_of_the_door_is_there_once() -> None:
    assert len(set(pure.__all__)) == len(pure.__all__)
    assert [name for name in pure.__all__ if not hasattr(pure, name)] == []
    shown = {name for name, value in vars(pure).items() if getattr(value, "__module__", "").startswith("hanfeng")}
    assert shown <= set(pure.__all__)


def test_words_answer_in_the_language_asked() -> None:
    chinese = "\u5f00\u5dde"
    word = Words(chinese, "Kaizhou")
    assert [word.get(lang) for lang in ("zh-hans", "zh_CN", "en", "fr")] == [chinese, chinese, "Kaizhou", "Kaizhou"]
    assert str(word) == Words(chinese).get("en") == chinese


def test_a_fault_survives_the_way_between_processes() -> None:
    fault = pickle.loads(pickle.dumps(Fault("late", "%(days)s days late", {"days": 3})))
    assert (fault.code, fault.params, str(fault)) == ("late", {"days": 3}, "3 days late")
