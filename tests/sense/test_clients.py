"""Two public clients that nobody here wrote, unmodified, each in an environment of its own: they overwrite each other."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hanfeng.kernel.sense.scope import KEEPER

CLIENTS = (("frost_sta_client", "frost_sta_client"), ("staplus_client", "staplus-client"))


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """environment(package) -> the Python of an environment that holds it; HANFENG_CLIENT_VENVS keeps them between runs."""

    def make(package: str) -> str:
        kept = os.environ.get("HANFENG_CLIENT_VENVS")
        folder = (Path(kept) if kept else tmp_path_factory.mktemp("clients")) / package
        python = folder / "bin" / "python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
            fetched = subprocess.run(
                [python, "-m", "pip", "install", "-q", package, "numpy"], check=False, capture_output=True
            )
            if fetched.returncode:
                pytest.skip(f"{package} cannot be fetched: {fetched.stderr.decode()[-200:]}")
        return str(python)

    return make


@pytest.mark.soak
@pytest.mark.parametrize(("module", "package"), CLIENTS, ids=[c[0] for c in CLIENTS])
def test_a_public_client_makes_its_journey(
    module: str, package: str, environment: Any, writer: Any, live_server: Any, account: Any
) -> None:
    user = account("device", KEEPER)
    user.set_password("long enough 216")
    user.save()
    script = Path(__file__).parent / "client_journey.py"
    address = f"{live_server.url}/sta/v1.1/"
    command = [environment(package), str(script), module, address, "device", "long enough 216"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "done" in ran.stdout
