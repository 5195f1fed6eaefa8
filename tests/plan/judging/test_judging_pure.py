"""Judging is pure: it loads no Django, nor anything slow."""

import subprocess
import sys


def test_it_loads_no_django() -> None:
    code = "import sys, hanfeng.plan.judging; print(sorted({'django', 'numpy', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
