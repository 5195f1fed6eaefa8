"""The command's surface: help without Django, the reader's language, sentences instead of tracebacks."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from hanfeng import cli
from hanfeng.site.commands.terminal import Refused

LOADED = """
import sys
from click.testing import CliRunner
from hanfeng.cli import main
result = CliRunner().invoke(main, {arguments!r})
heavy = {{"django", "numpy", "altair", "vl_convert", "rich"}}
print(result.exit_code, sorted({{m.split(".")[0] for m in sys.modules}} & heavy))
"""


def hanfeng(*arguments, **env):
    return subprocess.run(
        [sys.executable, "-m", "hanfeng", *arguments],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *([name, "--help"] for name in cli.main.commands)])
def test_help_loads_nothing_heavy(arguments):
    done = subprocess.run([sys.executable, "-c", LOADED.format(arguments=arguments)], capture_output=True, text=True)
    assert done.stdout.strip() == "0 []", done.stderr


def test_every_command_says_what_it_does():
    for name, command in cli.main.commands.items():
        assert command.help, name
        for option in command.params:
            assert option.param_type_name == "argument" or option.help, (name, option.name)


def test_every_report_offers_json():
    reporting = {"check", "trace", "explain", "evaluate", "seal", "backup", "restore", "backups"}
    for name in reporting:
        (found,) = [p for p in cli.main.commands[name].params if p.name == "form"]
        assert {"table", "json"} <= set(found.type.choices)


def test_help_speaks_chinese_in_a_chinese_terminal():
    told = hanfeng("up", "--help", HANFENG_LANGUAGE="", LC_ALL="zh_CN.UTF-8").stdout
    assert "演示" in told
    assert "演示" not in hanfeng("up", "--help", HANFENG_LANGUAGE="en").stdout


def test_a_bad_date_is_a_sentence():
    with pytest.raises(Refused, match="2025-13-01 is not a day"):
        cli.as_date(None, None, "2025-13-01")


def test_home_option_names_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HANFENG_HOME", "elsewhere")
    seen = []
    monkeypatch.setattr("hanfeng.site.up.up", lambda *a, **k: seen.append((os.environ["HANFENG_HOME"], a, k)) or 0)
    done = CliRunner().invoke(cli.main, ["up", "--home", str(tmp_path / "a"), "--port", "8123", "--empty"])
    assert done.exit_code == 0, done.output
    assert seen == [(str(tmp_path / "a"), ("127.0.0.1", 8123), {"empty": True, "demo_public": False, "pair": None})]


def test_a_home_that_was_never_started_is_a_sentence(tmp_path):
    done = hanfeng("check", "history", HANFENG_HOME=str(tmp_path), HANFENG_LANGUAGE="en", HANFENG_DATABASE="")
    assert done.returncode == 1
    assert "Has `hanfeng up` run here?" in done.stderr
    assert "Traceback" not in done.stderr
