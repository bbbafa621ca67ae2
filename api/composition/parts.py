"""Parts of a whole that are built when first asked for and given back together."""

import contextlib
import threading
from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

Part = TypeVar("Part")


class Parts:
    """Holds what `lazily` builds. `closing` takes what gives a part back, last built first."""

    def __init__(self) -> None:
        self._parts: dict[str, object] = {}
        self.building = threading.RLock()
        self.closing = contextlib.ExitStack()

    def part(self, name: str, build: Callable[[Any], Part]) -> Part:
        """Give a part, built by the first thread that asks."""
        with self.building:
            if name not in self._parts:
                self._parts[name] = build(self)
            return self._parts[name]  # type: ignore[return-value]  # each name has one builder

    def is_built(self, name: str) -> bool:
        """Whether anybody has asked for this part."""
        return name in self._parts

    def close(self) -> None:
        """Give back what was opened."""
        self.closing.close()


class lazily(Generic[Part]):  # noqa: N801  reads as a decorator
    """A method of Parts that builds one part, read as an attribute."""

    def __init__(self, build: Callable[[Any], Part]) -> None:
        self.build = build
        self.__doc__ = build.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, whole: None, owner: type) -> Self: ...

    @overload
    def __get__(self, whole: Parts, owner: type) -> Part: ...

    def __get__(self, whole: Parts | None, owner: type) -> Self | Part:
        if whole is None:
            return self
        return whole.part(self.name, self.build)
