"""What the `hanfeng` command does, one module a matter. Nothing here imports Django at the top of a module."""
