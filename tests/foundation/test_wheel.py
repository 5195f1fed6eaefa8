"""The package as others get it: built, installed into an empty environment, run far from the checkout.

The environment holds the wheel and, linked out of the one that runs the tests, exactly what the wheel asks for and what
that asks for in turn: nothing of the development requirements, nothing of the checkout, and no network.
"""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from test_up import free_port, health, until

ROOT = Path(__file__).resolve().parents[2]
NAMES = {"HANFENG_ADMIN_SYSTEM": "li", "HANFENG_ADMIN_SECURITY": "wang", "HANFENG_ADMIN_AUDIT": "zhao"}

pytestmark = pytest.mark.wheel


def built(folder):
    """The wheel, built as `make wheel` does, from what git would give others."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    done = subprocess.run(
        [*command, "--wheel-dir", str(folder), str(ROOT)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


def asked(requirements, seen=None):
    """Every distribution that these requirements lead to, without extras that nobody asked for."""
    seen = {} if seen is None else seen
    for requirement in map(Requirement, requirements):
        for extra in ("", *requirement.extras):
            name = requirement.name.lower().replace("_", "-")
            if (requirement.marker and not requirement.marker.evaluate({"extra": extra})) or (name, extra) in seen:
                continue
            seen[name, extra] = metadata.distribution(requirement.name)
            for more in seen[name, extra].requires or ():
                needed = Requirement(more)
                if needed.marker is None or any(
                    needed.marker.evaluate({"extra": e}) for e in ("", *requirement.extras)
                ):
                    needed.marker = None
                    asked([str(needed)], seen)
    return seen


def link(distribution, target):
    """Link what a distribution installed into another site-packages; of folders that several share, what lies in them."""
    root = Path(str(distribution.locate_file("")))
    for file in distribution.files or ():
        source = root / file
        if ".." in file.parts or not source.exists() or "__pycache__" in file.parts:
            continue
        place = target / file
        place.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            place.hardlink_to(source) if source.stat().st_dev == target.stat().st_dev else place.symlink_to(source)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return built(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """An environment with nothing but the wheel and what it asks for: its folder."""
    folder = tmp_path_factory.mktemp("elsewhere") / "env"
    venv.create(folder, with_pip=False, symlinks=True)
    command = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), "install"]
    command += ["--quiet", "--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(wheel) as packed:
        told = next(name for name in packed.namelist() if name.endswith(".dist-info/METADATA"))
        needs = re.findall(r"^Requires-Dist: (.*)$", packed.read(told).decode(), re.MULTILINE)
    for distribution in set(asked(n for n in needs if "extra ==" not in n).values()):
        link(distribution, packages(folder))
    return folder


def packages(folder):
    (found,) = folder.glob("lib/python*/site-packages")
    return found


@pytest.fixture
def elsewhere(installed, tmp_path):
    """Run a program of the environment in an empty folder, as a user whose own folder is empty too."""
    for name in ("here", "mine"):
        (tmp_path / name).mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HANFENG_", "DJANGO_", "PYTHON", "VIRTUAL_ENV"))}
    own = {"HOME": str(tmp_path / "mine"), "XDG_CACHE_HOME": str(tmp_path / "mine"), "PYTHONDONTWRITEBYTECODE": "1"}
    variables = {
        **kept,
        **own,
        **NAMES,
        "HANFENG_LANGUAGE": "en",
        "PATH": f"{installed / 'bin'}:{kept.get('PATH', '')}",
    }

    class Elsewhere:
        here, mine, home = tmp_path / "here", tmp_path / "mine", tmp_path / "home"

        def run(self, *arguments, **env):
            return subprocess.run(
                arguments,
                cwd=self.here,
                env={**variables, **env},
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )

        def start(self, *arguments):
            with (tmp_path / "told.txt").open("w") as out:
                return subprocess.Popen(
                    arguments,
                    cwd=self.here,
                    env=variables,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                )

        def told(self):
            return (tmp_path / "told.txt").read_text(encoding="utf-8")

    return Elsewhere()


def fetch(port, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


def contents(folder):
    found = (p for p in (folder / "hanfeng").rglob("*"))
    return {str(p.relative_to(folder)): (p.stat().st_size, p.stat().st_mtime_ns) for p in found if p.is_file()}


def tracked():
    """The files of the package in the checkout that others must get."""
    left_out = {"tests.py", "__pycache__"}
    for path in (ROOT / "src/hanfeng").rglob("*"):
        if path.is_file() and path.suffix not in {".pyc", ".mo"} and left_out.isdisjoint(path.parts):
            yield "hanfeng/" + path.relative_to(ROOT / "src/hanfeng").as_posix()
    for path in (ROOT / "county").rglob("*"):
        if path.is_file():
            yield "hanfeng/county/" + path.relative_to(ROOT / "county").as_posix()


def test_the_wheel_holds_every_file_and_each_catalogue_compiled(wheel):
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    wanted = set(tracked())
    assert wanted - names == set()
    catalogues = {name for name in wanted if name.endswith("django.po")}
    assert catalogues
    assert {name[:-2] + "mo" for name in catalogues} <= names
    assert not [name for name in names if name.endswith(("/tests.py", ".pyc"))]


def test_the_environment_is_empty_but_for_what_the_wheel_asks_for(elsewhere, installed):
    told = elsewhere.run("python", "-c", "import hanfeng, sys; print(hanfeng.__file__); print(sys.path)").stdout
    assert told.startswith(str(packages(installed)))
    assert str(ROOT / "src") not in told
    for development in ("pytest", "babel", "mypy", "hatchling"):
        assert elsewhere.run("python", "-c", f"import {development}").returncode == 1


def test_a_site_runs_from_the_wheel_and_writes_to_its_home_only(elsewhere, installed):
    before, port = contents(packages(installed)), free_port()
    process = elsewhere.start("hanfeng", "up", "--home", str(elsewhere.home), "--empty", "--port", str(port))
    try:
        until(lambda: health(port)[0] == 200 or process.poll() is not None)
        assert process.poll() is None, elsewhere.told()
        until(lambda: health(port)[1].get("worker", {}).get("ok"))
        look_round(port)
        listing = json.loads(
            elsewhere.run("hanfeng", "trace", "--format", "json", "--home", str(elsewhere.home)).stdout
        )
        assert len(listing) > 100  # the county, its plan and its vocabulary came along
        checked = elsewhere.run("hanfeng", "check", "packs", "plan", "history", "--home", str(elsewhere.home))
        assert checked.returncode == 0, checked.stdout
        kept = elsewhere.run("hanfeng", "backup", "--home", str(elsewhere.home))
        assert kept.returncode == 0, kept.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in elsewhere.told()
    assert contents(packages(installed)) == before
    assert (list(elsewhere.here.iterdir()), list(elsewhere.mine.iterdir())) == ([], [])
    assert (elsewhere.home / "hanfeng.sqlite3").exists()


def look_round(port):
    """A page in both languages with what it loads."""
    status, page = fetch(port, "/sign-in/", **{"Accept-Language": "zh-CN"})
    assert status == 200
    assert 'lang="zh' in page
    assert "登录" in page
    assert "登录" not in fetch(port, "/sign-in/", **{"Accept-Language": "en"})[1]
    loaded = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page))
    assert loaded
    for address in loaded:
        status, text = fetch(port, address)
        assert (status, bool(text)) == (200, True), address
    assert fetch(port, "/portal/")[0] == 200
    assert fetch(port, "/no/such/page")[0] == 404


def test_the_command_speaks_chinese(elsewhere):
    told = elsewhere.run("hanfeng", "backup", "--help", HANFENG_LANGUAGE="zh-hans")
    assert "备份" in told.stdout, told.stderr


def test_what_writes_source_refuses_in_words(elsewhere, installed):
    before = contents(packages(installed))
    for command in (["new", "market/bees", "--title", "x"], ["eject", "places", "place", "list"]):
        done = elsewhere.run("hanfeng", *command, HANFENG_HOME=str(elsewhere.home))
        assert done.returncode == 1
        assert "checkout of the source" in done.stderr
        assert "Traceback" not in done.stderr
    assert contents(packages(installed)) == before
