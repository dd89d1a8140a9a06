"""Charts of accounts and trackings from CSV files.

**A chart**: `role, account, code, tax_rate, product`.

`role` is what the account is for ("deferred revenue"), `account` its name as the accounting system has it. `code`,
`tax_rate` and `product` may be left out; a row with a product holds for that product only.

**A tracking** has two columns, such as `product, Region`: what is tracked, and the name that the accounting system has
for it. Each row holds the option of one value.

House rules.

1. All faults are collected. Roles that no row names are no fault here: what is posted says which are needed.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from subscription_metrics.errors import Fault, InvalidInput
from subscription_metrics.recognition.journal import DIMENSIONS, Account, Chart, Tracking
from subscription_metrics.recognition.schedule import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROLES: Mapping[str, Role] = {role.value: role for role in Role}
_COLUMNS = {"role", "account", "code", "tax_rate", "product"}


def load_chart(path: str) -> Chart:
    """Read a chart of accounts.

    Raises:
        InvalidInput: with every fault of the file.
        OSError: it can't be opened.
    """
    source = Path(path).name
    rows = csv.DictReader(Path(path).read_text(encoding="utf-8-sig").splitlines())
    columns = set(rows.fieldnames or ())
    if not {"role", "account"} <= columns <= _COLUMNS:
        rule = f"must have the columns role and account, and may have {', '.join(sorted(_COLUMNS))}"
        raise InvalidInput([Fault(source, 1, None, ",".join(rows.fieldnames or ()), rule, "mend the header")])
    accounts: dict[Role, Account] = {}
    by_product: dict[tuple[Role, str], Account] = {}
    faults: list[Fault] = []
    for row in rows:
        cells = {name: (cell or "").strip() for name, cell in row.items() if name}
        role = _ROLES.get(cells["role"].lower())
        if role is None or not cells["account"]:
            rule = "must be a role with the name of its account"
            remedy = f"use the roles {', '.join(_ROLES)}"
            faults.append(Fault(source, rows.line_num, "role", cells["role"], rule, remedy))
            continue
        account = Account(cells["account"], cells.get("code", ""), cells.get("tax_rate") or "Tax Exempt")
        if cells.get("product"):
            by_product[role, cells["product"]] = account
        else:
            accounts[role] = account
    if faults:
        raise InvalidInput(faults)
    return Chart(accounts, by_product)


def load_tracking(path: str) -> Tracking:
    """Read which option each product, customer, contract or obligation has.

    Raises:
        InvalidInput: with every fault of the file.
        OSError: it can't be opened.
    """
    source = Path(path).name
    rows = csv.DictReader(Path(path).read_text(encoding="utf-8-sig").splitlines())
    header = list(rows.fieldnames or ())
    dimension, name = (*header, "", "")[:2]
    if len(header) != len((dimension, name)) or dimension not in DIMENSIONS or not name.strip():
        rule = f"must be two columns: one of {', '.join(DIMENSIONS)}, and the name of the tracking"
        raise InvalidInput([Fault(source, 1, None, ",".join(header), rule, "write, for example, product,Region")])
    options: dict[str, str] = {}
    faults: list[Fault] = []
    for row in rows:
        value, option = ((row[column] or "").strip() for column in (dimension, name))
        if None in row or not value or not option or options.setdefault(value, option) != option:
            rule = "must be a value and its one option"
            faults.append(Fault(source, rows.line_num, dimension, value, rule, "mend or remove the line"))
    if faults:
        raise InvalidInput(faults)
    return Tracking(name.strip(), dimension, options)
