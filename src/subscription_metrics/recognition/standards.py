"""The two standards: which paragraph says what, and where IFRS 15 differs from ASC 606 in what is computed here.

House rules.

1. A treatment names its paragraph in the standard that the caller reports under.
2. Differences are rows of a table. Where the standards agree there is no switch.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Standard(Enum):
    """What the figures are reported under."""

    ASC_606 = "ASC 606"
    IFRS_15 = "IFRS 15"


class Topic(Enum):
    """What a paragraph is about; the values are its numbers in ASC and in IFRS."""

    SEPARATE_CONTRACT = ("606-10-25-12", "IFRS 15.20")
    PROSPECTIVE = ("606-10-25-13(a)", "IFRS 15.21(a)")
    CATCH_UP = ("606-10-25-13(b)", "IFRS 15.21(b)")
    MIXED = ("606-10-25-13(c)", "IFRS 15.21(c)")
    PRICE_CHANGE = ("606-10-32-43", "IFRS 15.88")
    TARGETED_PRICE_CHANGE = ("606-10-32-44", "IFRS 15.89")
    TERMINATION = ("606-10-25-3", "IFRS 15.11")
    SHORT_CONTRACT = ("606-10-50-14(a)", "IFRS 15.121(a)")
    RIGHT_TO_INVOICE = ("606-10-50-14(b)", "IFRS 15.121(b)")
    UNALLOCATED_VARIABLE = ("606-10-50-14A", "no exemption in IFRS 15")
    NOT_IN_THE_PRICE = ("606-10-50-15", "IFRS 15.122")


def cite(topic: Topic, standard: Standard) -> str:
    """The paragraph of a topic in a standard."""
    return topic.value[0 if standard is Standard.ASC_606 else 1]


IMPAIRMENT_REVERSAL: Mapping[Standard, bool] = {Standard.ASC_606: False, Standard.IFRS_15: True}
"""Whether an impairment of contract costs is reversed when they are worth more again (340-40-35-6; IFRS 15.104)."""

VARIABLE_EXEMPTION: Mapping[Standard, bool] = {Standard.ASC_606: True, Standard.IFRS_15: False}
"""Whether variable amounts of obligations yet to be begun may be left out of what remains (606-10-50-14A)."""
