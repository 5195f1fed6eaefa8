"""`python -m hanfeng`: the command, also where its script is not on the path."""

from hanfeng.cli import main

main(prog_name="hanfeng")
