"""The folder a site lives in, its lock, and the port."""

import json
import socket
import stat
import subprocess
import sys

import pytest

from hanfeng.site.commands import home
from hanfeng.site.commands.terminal import Refused

HOLDER = """
import sys
from pathlib import Path
from hanfeng.site.commands import home
with home.lock(Path(sys.argv[1]), "http://127.0.0.1:9/"):
    print("held", flush=True)
    sys.stdin.read()
"""


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_home_is_for_its_owner(tmp_path):
    assert mode(home.make_home(tmp_path / "a" / "b")) == 0o700


def test_a_home_that_others_may_write_is_closed(tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    assert mode(home.make_home(tmp_path / "open")) == 0o700


def test_a_home_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="cannot be made"):
        home.make_home(tmp_path / "file" / "home")


def test_private_files_are_private_also_when_written_again(tmp_path):
    target = tmp_path / "passwords.txt"
    target.write_text("old")
    target.chmod(0o644)
    home.write_private(target, "新")
    assert (mode(target), target.read_text(encoding="utf-8")) == (0o600, "新")
    assert list(tmp_path.iterdir()) == [target]


def test_a_second_site_on_the_same_home_is_refused_until_the_first_is_gone(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Refused, match=rf"process {holder.pid}, http://127.0.0.1:9/"), home.lock(tmp_path, "x"):
            pass
        holder.kill()
    with home.lock(tmp_path, "http://127.0.0.1:8000/"):
        assert json.loads((tmp_path / "up.lock").read_text())["address"] == "http://127.0.0.1:8000/"


def test_a_taken_port_is_told_with_one_that_is_free():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            Refused, match=rf"Port {port} on 127.0.0.1 cannot be used: .* hanfeng up --port (\d+)"
        ) as told:
            home.require_port("127.0.0.1", port)
    other = int(told.value.message.rsplit(" ", 1)[1])
    home.require_port("127.0.0.1", other)


@pytest.mark.parametrize(
    ("host", "inside"),
    [("127.0.0.1", True), ("127.8.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
)
def test_loopback(host, inside):
    assert home.is_loopback(host) is inside


def test_an_address_this_machine_cannot_know():
    with pytest.raises(Refused, match="There is no address"):
        home.is_loopback("no.such.host.invalid")


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/"),
        ("0.0.0.0", "http://127.0.0.1:8000/"),
        ("::", "http://[::1]:8000/"),
        ("10.0.0.5", "http://10.0.0.5:8000/"),
        ("::1", "http://[::1]:8000/"),
    ],
)
def test_the_address_to_open(host, shown):
    assert home.address(host, 8000) == shown


def test_the_names_of_a_site_beyond_loopback():
    assert home.own_names("10.1.2.3") == ["10.1.2.3"]
    assert socket.gethostname() in home.own_names("0.0.0.0")
