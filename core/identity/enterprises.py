"""What follows once an enterprise is known for certain by its credit code: who names enterprises by code before that
registers here what is to be written then."""

from collections.abc import Callable

from core.act import Act

_Follow = Callable[[Act, int, str], None]
_followers: list[_Follow] = []


def on_certified(follow: _Follow) -> _Follow:
    """A decorator for who is to be told of the act, the enterprise's id and its code, with each certification."""
    _followers.append(follow)
    return follow


def tell_certified(act: Act, id: int, uscc: str) -> None:
    for follow in _followers:
        follow(act, id, uscc)
