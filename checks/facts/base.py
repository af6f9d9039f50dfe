"""What a fact is: a typed reading from a host, declared together with the PowerShell that yields it.

The declaration is the single source: from it come the query, the validation, the snippet on a guideline's page and
the table of the facts that its check reads. A property that a host does not report stays absent: a check that reads
it gets :class:`~checks.model.Unknown`, never ``False`` or 0.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Any, ClassVar, Self, cast, get_args, get_type_hints

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_pascal

from checks.facts.rights import Right
from checks.i18n import Verbatim, _
from checks.model import Unknown


class MissingProperty(Unknown):
    """A check read a property that the host did not report, or reported in a form that we do not understand."""


@dataclass(frozen=True)
class Expression:
    """The PowerShell that reads a property which does not come out flat; ``$_`` is the object."""

    powershell: str


@dataclass(frozen=True)
class Only:
    """Narrows a list of facts to rows with these keys, such as registry keywords."""

    keys: tuple[str, ...]

    def __init__(self, *keys: str) -> None:
        object.__setattr__(self, "keys", keys)


def _as_tuple(value: Any) -> Any:
    # Windows PowerShell 5.1 writes a list of one as its element.
    return value if isinstance(value, list | tuple) else (value,)


def normalise_guid(text: str) -> str:
    """A GUID in lower case without braces: cmdlets disagree about both."""
    return text.strip().strip("{}").lower()


def last_part_of_guid_path(text: str) -> str:
    """The GUID at the head of an ``InstanceID`` such as ``{GUID}::*ReceiveBuffers``."""
    return normalise_guid(text.partition("::")[0])


Guid = Annotated[str, AfterValidator(normalise_guid)]
OwnerGuid = Annotated[str, AfterValidator(last_part_of_guid_path)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]
Numbers = Annotated[tuple[int, ...], BeforeValidator(_as_tuple)]
Flags = Annotated[tuple[bool, ...], BeforeValidator(_as_tuple)]
Guids = Annotated[tuple[Guid, ...], BeforeValidator(_as_tuple)]


class PowerShellEnum(IntEnum):
    """An enumeration that arrives as an integer (Windows PowerShell 5.1) or as a name."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        text = str(value).strip().lower()
        for member in cls:
            if text in (member.name.lower().replace("_", ""), str(member.value)):
                return member
        return None

    @property
    def powershell(self) -> str:
        """The name as PowerShell writes it."""
        return self.name.title().replace("_", "")


class Fact(BaseModel):
    """A reading from a host; one object of this class is one row of the query's answer.

    Class attributes:
        query: PowerShell that yields the rows. It only reads.
        only_if: a fact without which there is nothing to ask; where it has no rows, this one has none either.
        key: the property by which :class:`Only` narrows the rows; ``query`` then holds ``{filter}``.
        rights: what the account must be allowed to, beyond signing in.
        samples: how often the query is asked, ``interval`` seconds apart; above one, each row has ``Sample``.
    """

    model_config = ConfigDict(alias_generator=to_pascal, populate_by_name=True, frozen=True)

    query: ClassVar[str]
    rights: ClassVar[Right]
    only_if: ClassVar[type[Fact] | None] = None
    key: ClassVar[str | None] = None
    samples: ClassVar[int] = 1
    interval: ClassVar[int] = 0

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Self:
        """One row of PowerShell's answer, each property validated by itself.

        What is absent, null or not understood is left out; it is missed only by a check that reads it.
        """
        values = {}
        for name, adapter in _adapters(cls).items():
            raw = row.get(cls.property_name(name))
            if raw is None:
                continue
            try:
                values[name] = adapter.validate_python(raw)
            except ValidationError:
                continue
        return cast(Self, cls.model_construct(**values))

    @classmethod
    @functools.cache
    def property_name(cls, attribute: str) -> str:
        """The name that PowerShell gives an attribute."""
        return cls.model_fields[attribute].alias or to_pascal(attribute)

    @classmethod
    def properties(cls, attributes: Collection[str] | None = None) -> dict[str, Expression | None]:
        """PowerShell's property names, each with the expression that reads it where one is needed.

        *attributes* narrows them to some, and to those that tell a person what the row is.
        """
        telling = {"name", "vm_name", next(iter(cls.model_fields))}
        kept = cls.model_fields if attributes is None else telling.union(attributes)
        return {
            cls.property_name(name): next((m for m in info.metadata if isinstance(m, Expression)), None)
            for name, info in cls.model_fields.items()
            if name in kept
        }

    @classmethod
    def called(cls) -> str:
        """What an administrator calls it: the CIM class, or the cmdlet that answers."""
        if "-ClassName " in cls.query:
            return cls.query.partition("-ClassName ")[2].split()[0].partition("{")[0]
        stages = (stage.strip() for stage in cls.query.split("|"))
        return [stage.split()[0] for stage in stages if not stage.startswith("Where-Object")][-1]

    @classmethod
    def select(cls, attributes: Collection[str] | None = None) -> str:
        """The ``Select-Object`` that takes the declared properties, or those of *attributes* alone."""
        columns = [
            f"@{{n='{name}';e={{{expression.powershell}}}}}" if expression else name
            for name, expression in cls.properties(attributes).items()
            if name != "Sample"
        ]
        if cls.samples > 1:
            columns.insert(0, "@{n='Sample';e={$i}}")
        return "Select-Object " + ", ".join(columns)

    @classmethod
    def question(cls, keys: tuple[str, ...] = ()) -> str:
        """The query, narrowed to rows with *keys* where the fact has a key."""
        if cls.key is None:
            return cls.query
        wanted = " OR ".join(f"{cls.key}='{key}'" for key in keys)
        return cls.query.replace("{filter}", f' -Filter "{wanted}"' if keys else "")

    def reported(self, name: str) -> Any:
        """The value of an attribute, or None where the host did not report it: for showing, not for judging."""
        try:
            return getattr(self, name)
        except MissingProperty:
            return None

    def __getattr__(self, name: str) -> Any:
        # Reached only where the attribute has no value: then the host did not report it.
        if name in type(self).model_fields:
            raise MissingProperty(
                _(
                    "the host does not report {property} ({query})",
                    property=type(self).property_name(name),
                    query=Verbatim(type(self).question()),
                )
            )
        return super().__getattr__(name)  # type: ignore[misc]


@functools.cache
def _adapters(fact: type[Fact]) -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(fact, include_extras=True)
    return {name: TypeAdapter(hints[name]) for name in fact.model_fields}


def optional(annotation: Any) -> Any:
    """``X`` of ``X | None``; None for anything else."""
    parts = get_args(annotation)
    if len(parts) == 2 and type(None) in parts:
        return next(part for part in parts if part is not type(None))
    return None
