"""The five units of targets, parsed exactly, without floats."""

import re
from decimal import Decimal
from typing import ClassVar, Self

_SHAPE = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>[A-Za-z%/]+)", re.ASCII)


class Quantity:
    """A number with its unit. `exact` is in the base unit, `text` is as written."""

    __slots__ = ("exact", "text")

    kind: ClassVar[str]
    base: ClassVar[str]
    scale: ClassVar[dict[str, Decimal]]

    exact: Decimal
    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `text`; raises ValueError that names the valid units."""
        match = _SHAPE.fullmatch(text)
        if match is None or match["unit"] not in cls.scale:
            raise ValueError(cls._complaint(text))
        quantity = cls.__new__(cls)
        quantity.exact = Decimal(match["number"]) * cls.scale[match["unit"]]
        quantity.text = text
        quantity.check()
        return quantity

    def check(self) -> None:
        """Reject a number that the unit cannot have; accepts all by default."""

    @classmethod
    def _complaint(cls, text: str) -> str:
        known = ", ".join(cls.scale)
        return f"{text!r} is not a {cls.kind}: a number and one of {known}"

    @property
    def value(self) -> float:
        """Return the number in the base unit of its kind."""
        return float(self.exact)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.exact == self.exact

    def __hash__(self) -> int:
        return hash((self.kind, self.exact))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"


class Duration(Quantity):
    """A span of time, base unit second."""

    __slots__ = ()
    kind = "duration"
    base = "s"
    scale: ClassVar = {
        "us": Decimal("0.000001"),
        "ms": Decimal("0.001"),
        "s": Decimal(1),
        "m": Decimal(60),
        "h": Decimal(3600),
        "d": Decimal(86400),
    }

    @property
    def seconds(self) -> float:
        return self.value


class Ratio(Quantity):
    """A share of a whole, written in percent, kept as 0…1."""

    __slots__ = ()
    kind = "ratio"
    base = "ratio"
    scale: ClassVar = {"%": Decimal("0.01")}

    def check(self) -> None:
        if self.exact > 1:
            raise ValueError(f"{self.text!r} is more than the whole")


class Times(Quantity):
    """A factor between two values."""

    __slots__ = ()
    kind = "multiple"
    base = "times"
    scale: ClassVar = {"x": Decimal(1)}


class Rate(Quantity):
    """A rate per second."""

    __slots__ = ()
    kind = "rate"
    base = "1/s"
    scale: ClassVar = {"/s": Decimal(1), "/min": Decimal(1) / 60}

    @property
    def per_second(self) -> float:
        return self.value


class Bytes(Quantity):
    """Memory or disk; MB is 10⁶ and MiB is 2²⁰."""

    __slots__ = ()
    kind = "size"
    base = "B"
    scale: ClassVar = {
        "B": Decimal(1),
        "kB": Decimal(10**3),
        "MB": Decimal(10**6),
        "GB": Decimal(10**9),
        "KiB": Decimal(2**10),
        "MiB": Decimal(2**20),
        "GiB": Decimal(2**30),
    }

    @property
    def count(self) -> int:
        return int(self.exact)
