"""The types of numbers that native code can have."""

from __future__ import annotations

import ctypes
import struct
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Float:
    """A binary number of IEEE 754.

    Attributes:
        name: what NumPy and users call it.
        llvm: what LLVM calls it.
        short: what names it in LLVM's intrinsics.
        bits: how wide it is.
        fraction: how many of the bits stand behind the point.
        fast: whether sums may be regrouped and functions be shorter polynomials.
    """

    name: str
    llvm: str
    short: str
    bits: int
    fraction: int
    fast: bool = False

    @property
    def bias(self) -> int:
        """What is added to an exponent to give its bits; also the largest exponent."""
        return (1 << self.bits - self.fraction - 2) - 1

    @property
    def smallest(self) -> float:
        """The smallest number above 0 with all its digits: below are the subnormal ones."""
        return 2.0 ** (1 - self.bias)

    @property
    def magic(self) -> float:
        """What, added to a number, leaves its nearest whole number in the low bits."""
        return 1.5 * 2.0**self.fraction

    @property
    def sign_bit(self) -> int:
        """The bit of the sign, as a whole number of this width."""
        return -(1 << self.bits - 1)

    @property
    def digits(self) -> int:
        """How many binary digits a function of the table has."""
        return {52: 32, 23: 16}[self.fraction] if self.fast else self.fraction + 1

    @property
    def bytes(self) -> int:
        """The size of a number in memory."""
        return self.bits // 8

    @property
    def c_type(self) -> Any:
        """The type in C."""
        return ctypes.c_double if self.bits == 64 else ctypes.c_float

    def bits_of(self, x: float) -> int:
        """The bits of x, rounded to this type, as a whole number."""
        raw = bytes(self.c_type(x))
        return int.from_bytes(raw, "little" if struct.pack("=H", 1)[0] else "big", signed=True)

    def vector(self, lanes: int) -> str:
        """LLVM's type of one number or of a vector of them."""
        return self.llvm if lanes == 1 else f"<{lanes} x {self.llvm}>"

    def suffix(self, lanes: int) -> str:
        """What names the type in an intrinsic."""
        return self.short if lanes == 1 else f"v{lanes}{self.short}"

    def constant(self, x: float, lanes: int = 1) -> str:
        """A number, or the same number in every lane, as LLVM writes it."""
        bits = struct.unpack("<Q", struct.pack("<d", self.c_type(x).value))[0]
        text = f"0x{bits:016X}"  # of a double in both types
        return text if lanes == 1 else f"<{', '.join([f'{self.llvm} {text}'] * lanes)}>"


FLOAT64 = Float("float64", "double", "f64", 64, 52)
FLOAT32 = Float("float32", "float", "f32", 32, 23)
FLOATS = {one.name: one for one in (FLOAT64, FLOAT32)}


def float_of(dtype: Any, fast_math: bool) -> Float:
    """The type of this name.

    Raises:
        ValueError: there is none; names those that there are.
    """
    if not isinstance(dtype, str) or dtype not in FLOATS:
        known = " or ".join(map(repr, FLOATS))
        raise ValueError(f"dtype must be {known}, but {dtype!r} came.")
    return replace(FLOATS[dtype], fast=fast_math)
