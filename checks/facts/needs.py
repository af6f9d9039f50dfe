"""What a check asks for: from the annotations of its parameters to the facts behind them, and to their values.

A parameter may be ``VMHost`` (exactly one), ``VMHost | None`` (none or one), ``list[NetAdapter]`` (any number), a
:class:`Derived` class that is made of facts, ``Later[...]`` (judged only when the check reads it) or ``Cluster[...]``
(one value per node of a failover cluster).
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, Generic, TypeVar, cast, get_args, get_origin, get_type_hints

from checks.facts.base import Fact, Only, optional
from checks.i18n import Message, Verbatim, _
from checks.model import Unknown
from checks.snapshot import Snapshot

T = TypeVar("T")


class Derived:
    """Base of dataclasses whose fields are facts; they add conclusions that several checks share."""


class Later(Generic[T]):
    """A value that is looked up when the check reads it, so that a missing fact spoils only the checks that need it."""

    def __init__(self, find: Callable[[], T]) -> None:
        self._find = find

    @functools.cached_property
    def value(self) -> T:
        """The value.

        Raises:
            Unknown: the host did not yield it.
        """
        return self._find()


@dataclasses.dataclass(frozen=True)
class Cluster(Generic[T]):
    """One value per node that was read, and the nodes of the cluster that were not."""

    name: str
    nodes: Mapping[str, T]
    missing: tuple[str, ...] = ()
    reasons: Mapping[str, Message] = dataclasses.field(default_factory=dict)
    """Why a node that was read is among the missing: it did not yield a fact."""


def wanted(annotation: Any) -> Iterator[tuple[type[Fact], Only | None]]:
    """The facts behind an annotation, with what narrows them."""
    if get_origin(annotation) is Annotated:
        inner, *extra = get_args(annotation)
        only = next((mark for mark in extra if isinstance(mark, Only)), None)
        for fact, narrowed in wanted(inner):
            yield fact, only or narrowed
    elif isinstance(annotation, type) and issubclass(annotation, Fact):
        if annotation.only_if is not None:
            yield annotation.only_if, None
        yield annotation, None
    elif isinstance(annotation, type) and issubclass(annotation, Derived):
        for hint in _hints(cast(Any, annotation)).values():
            yield from wanted(hint)
    else:
        for part in get_args(annotation):
            yield from wanted(part)


def is_cluster(annotation: Any) -> bool:
    """Whether a parameter compares the nodes of a cluster."""
    return get_origin(annotation) is Cluster


def find(annotation: Any, snapshot: Snapshot, only: Only | None = None) -> Any:
    """The value of a parameter that looks at one host.

    Raises:
        Unknown: the host did not yield it.
    """
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *extra = get_args(annotation)
        return find(inner, snapshot, next((mark for mark in extra if isinstance(mark, Only)), only))
    if origin is Later:
        return Later(functools.partial(find, get_args(annotation)[0], snapshot, only))
    if origin is list:
        return snapshot.rows(_fact_of(get_args(annotation)[0]), only)
    if inner := optional(annotation):
        return _at_most_one(inner, snapshot.rows(inner, only))
    if issubclass(annotation, Derived):
        hints = _hints(annotation)
        return annotation(**{name: find(hint, snapshot) for name, hint in hints.items()})
    row = _at_most_one(annotation, snapshot.rows(annotation, only))
    if row is None:
        raise Unknown(_("{query} gave no answer", query=Verbatim(annotation.question())))
    return row


@functools.cache
def _hints(annotation: Any) -> dict[str, Any]:
    """What the fields of a derived class are made of; working it out takes longer than most checks."""
    return get_type_hints(annotation, include_extras=True)


def _fact_of(annotation: Any) -> type[Fact]:
    fact: type[Fact] = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    return fact


def _at_most_one(fact: type[Fact], rows: list[Any]) -> Any:
    if len(rows) > 1:
        raise Unknown(
            _(
                "{query} gave {count} answers where one was expected",
                query=Verbatim(fact.question()),
                count=len(rows),
            )
        )
    return rows[0] if rows else None
