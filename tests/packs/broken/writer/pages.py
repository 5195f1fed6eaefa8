"""A page that writes rows itself and sets a state by hand."""

from typing import Any


def close(case: Any) -> None:
    """Three ways past the kernel."""
    case.state = "closed"
    case.save()
    type(case).objects.filter(pk=case.pk).update(state="closed")
