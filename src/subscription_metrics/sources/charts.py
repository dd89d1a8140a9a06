"""Charts of accounts and trackings from CSV files.

**A chart**: `role, account, code, tax_rate, product`.

`role` is what the account is for ("deferred revenue"), `account` its name as the accounting system has it. `code`,
`tax_rate` and `product` may be left out; a row with a product holds for that product only.

**A tracking** has two columns, such as `product, Region`: what is tracked, and the name that the accounting system has
for it. Each row holds the option of one value.

House rules.

1. All faults are collected. Roles that no row names are no fault here: what is posted says which are needed.
2. A role has one account, a value one option: a second row that says otherwise is a fault, and none is picked.
"""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from subscription_metrics.errors import Fault, InvalidInput
from subscription_metrics.recognition.journal import DIMENSIONS, Account, Chart, Tracking
from subscription_metrics.recognition.schedule import Role

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ROLES: Mapping[str, Role] = {role.value: role for role in Role}
_COLUMNS = {"role", "account", "code", "tax_rate", "product"}


def load_chart(path: str) -> Chart:
    """Read a chart of accounts.

    Raises:
        InvalidInput: with every fault of the file.
        OSError: it can't be opened.
    """
    source, header, rows = _read(path)
    if not {"role", "account"} <= set(header) <= _COLUMNS or len(set(header)) < len(header):
        rule = f"must have the columns role and account, and may have {', '.join(sorted(_COLUMNS))}"
        raise InvalidInput([Fault(source, 1, None, ",".join(header), rule, "mend the header")])
    accounts: dict[tuple[Role, str], Account] = {}
    faults: list[Fault] = []
    for line, row in rows:
        cells = dict(zip(header, row, strict=False))
        role = _ROLES.get(cells.get("role", "").lower())
        if role is None or not cells.get("account") or len(row) != len(header):
            rule = "must be a role with the name of its account, in as many cells as the header"
            remedy = f"use the roles {', '.join(_ROLES)}"
            faults.append(Fault(source, line, "role", cells.get("role", ""), rule, remedy))
            continue
        account = Account(cells["account"], cells.get("code", ""), cells.get("tax_rate") or "Tax Exempt")
        if accounts.setdefault((role, cells.get("product", "")), account) != account:
            rule, remedy = (
                "has another account in a row above",
                "keep one of the two, or name the product that it is of",
            )
            faults.append(Fault(source, line, "role", role.value, rule, remedy))
    if faults:
        raise InvalidInput(faults)
    own = {role: account for (role, product), account in accounts.items() if not product}
    return Chart(own, {key: account for key, account in accounts.items() if key[1]})


def load_tracking(path: str) -> Tracking:
    """Read which option each product, customer, contract or obligation has.

    Raises:
        InvalidInput: with every fault of the file.
        OSError: it can't be opened.
    """
    source, header, rows = _read(path)
    dimension, name = (*header, "", "")[:2]
    if len(header) != len((dimension, name)) or dimension not in DIMENSIONS or not name:
        rule = f"must be two columns: one of {', '.join(DIMENSIONS)}, and the name of the tracking"
        raise InvalidInput([Fault(source, 1, None, ",".join(header), rule, "write, for example, product,Region")])
    options: dict[str, str] = {}
    faults: list[Fault] = []
    for line, row in rows:
        value, option = (*row, "", "")[:2]
        if len(row) != len(header) or not value or not option or options.setdefault(value, option) != option:
            faults.append(Fault(source, line, dimension, value, "must be a value and its one option", "mend the line"))
    if faults:
        raise InvalidInput(faults)
    return Tracking(name, dimension, options)


def _read(path: str) -> tuple[str, Sequence[str], Sequence[tuple[int, Sequence[str]]]]:
    """What the file is called, its header, and its rows with the lines on which they end; blank rows are none.

    Raises:
        InvalidInput: it is no CSV in UTF-8.
        OSError: it can't be opened.
    """
    source = Path(path).name
    line = None
    try:
        reader = csv.reader(StringIO(Path(path).read_text(encoding="utf-8-sig"), newline=""), strict=True)
        found = []
        for row in reader:
            line = reader.line_num
            if any(cell.strip() for cell in row):
                found.append((line, [cell.strip() for cell in row]))
    except (UnicodeDecodeError, csv.Error) as error:
        rule = f"must be CSV in UTF-8: {error}"
        raise InvalidInput(
            [Fault(source, line, None, None, rule, "save it as CSV in UTF-8, and check the quotes")]
        ) from None
    (_, header), *rows = found or [(1, [])]
    return source, header, rows
