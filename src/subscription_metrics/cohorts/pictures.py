"""Retention curves as pictures: SVG that stands in any HTML page, with no script, no font and nothing to load.

| result | is drawn as |
|---|---|
| `survival` | a step at each age at which somebody left, in a band between its confidence limits |
| `projected_retention` | what the model says at each age, dashed, over the data and beyond them |
| `average_curve` | a line through the averages, for each currency, segment and measure |

House rules.

1. The scale begins at 0 and ends at 100 % or above the highest point: retention of MRR knows no ceiling.
2. Lines differ by dashes and by hue, and each has its name at its end: nobody needs to see colours.
3. Axes and text have the colour of the page's text; the hues have a contrast above 3 : 1 on white and on #111.
4. The same tables give the same characters. There are no ids, so pictures can share a page, and no style sheet, which
   notebooks would strip.
5. Text comes from outside: it is cleaned and escaped, as in `rendering`.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import count, groupby, pairwise
from typing import TYPE_CHECKING, Any

from attrs import frozen

from subscription_metrics.columns import FRACTION
from subscription_metrics.errors import InvalidValue
from subscription_metrics.money import round_to
from subscription_metrics.quotients import Undefined
from subscription_metrics.rendering import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from subscription_metrics.periods import Grain
    from subscription_metrics.tables import Table


@frozen
class Picture:
    """A picture as the text of an SVG element; shows itself in a notebook."""

    title: str
    svg: str

    def _repr_html_(self) -> str:
        return self.svg


@frozen
class Curve:
    """One line: its points by age, whether it stands on steps, and the limits of a band around it."""

    name: str
    points: tuple[tuple[int, Decimal], ...]
    is_stepped: bool = False
    band: tuple[tuple[int, Decimal, Decimal], ...] = ()


STYLES = (
    ("#2e86c1", ""),
    ("#c8651b", "7 4"),
    ("#2f9e6b", "2 3"),
    ("#a06cd5", "11 3 2 3"),
    ("#d1495b", "15 5"),
    ("#8f7d1f", "5 2 1 2 1 2"),
    ("#1b8f9e", "1 5"),
    ("#7f7f7f", "16 3 5 3"),
)
"""Hue and dashes of each line, in order: more lines than these can't be told apart."""

_WIDTH, _HEIGHT = 790, 400
_LEFT, _RIGHT, _TOP, _GROUND = 60, 552, 48, 308
_BESIDE = _RIGHT + 12
_LABEL_HEIGHT = 18
_MOST_TICKS = 9
_LONGEST_NAME = 25
"""Characters of a name that have room beside the plot; its title has the whole."""

_SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" fill="currentColor" \
font-family="system-ui, sans-serif" font-size="13" style="display: block; width: 100%; max-width: {width}px">
<title>{title}</title>
<desc>{told}</desc>
<text x="{left}" y="26" font-size="16" font-weight="600">{title}</text>
{shapes}
</svg>
"""


def retention_curve(*tables: Table[Any], title: str = "Retention", grain: Grain | None = None) -> Picture:
    """Draw what `survival`, `projected_retention` and `average_curve` answered, in one picture.

    Args:
        tables: the answers, in any order; averages of customer, gross or net retention
        title: what the picture is about
        grain: the length of the periods in which ages are counted, for the name of the axis

    Raises:
        InvalidValue: there is no table, one of another kind, one of amounts, two that draw lines of the same name, or
            more lines than can be told apart.
    """
    curves = _told_apart(_read(tables))
    plane = _plane([point for curve in curves for point in curve.points])
    described = "; ".join(map(_described, curves)) or _NOTHING
    shapes = (
        *_axes(plane, f"age in {grain.value if grain else 'period'}s"),
        *(shape for curve, style in zip(curves, STYLES, strict=False) for shape in _drawn(curve, plane, *style)),
        *_labels(curves, plane),
        *_notes(tables, curves),
    )
    svg = _SVG.format(
        width=_WIDTH,
        height=_HEIGHT,
        title=_safe(title),
        told=_safe(f"Share that is left, by age. {described}"),
        left=_LEFT,
        shapes="\n".join(shapes),
    )
    return Picture(title, svg)


_NOTHING = "nothing to draw yet"
_CAPTIONED = {"survival": "band", "projected_retention": "projection"}
"""What the caption of a table speaks of."""


def _of_survival(table: Table[Any]) -> Iterator[Curve]:
    points = tuple((row.age, row.survival) for row in table)
    yield Curve("Kaplan–Meier", points, is_stepped=True, band=tuple((row.age, row.lower, row.upper) for row in table))


def _of_projection(table: Table[Any]) -> Iterator[Curve]:
    yield Curve(_OBSERVED, _known(table), is_stepped=True)
    projected = tuple((row.age, row.survival) for row in table if not isinstance(row.survival, Undefined))
    yield Curve("projection", (_EVERYBODY, *projected) if projected else ())


def _known(table: Table[Any]) -> tuple[tuple[int, Decimal], ...]:
    known = tuple((row.age, row.observed) for row in table if row.observed is not None)
    return (_EVERYBODY, *known) if known else ()


def _of_averages(table: Table[Any]) -> Iterator[Curve]:
    apart = [len({getattr(row, name) for row in table}) > 1 for name in ("segment", "currency")]
    for (segment, currency, measure), rows in groupby(table, lambda row: (row.segment, row.currency, row.measure)):
        names = [name for name, shown in zip((segment or "–", currency), apart, strict=True) if shown]
        what = measure.value.replace("_", " ")
        yield Curve(" · ".join([what.removesuffix(" retention") if names else what, *names]), tuple(_shares(rows)))


def _shares(rows: Iterable[Any]) -> Iterator[tuple[int, Decimal]]:
    for row in rows:
        if row.unit != FRACTION:
            remedy = "average the cohorts of customer, gross or net retention"
            raise InvalidValue("measure", row.measure.value, "must be a share", remedy)
        if not isinstance(row.value, Undefined):
            yield row.age, row.value


_OBSERVED = "observed"
_EVERYBODY = (0, Decimal(1))
_CURVES: Mapping[str, Callable[[Table[Any]], Iterator[Curve]]] = {
    "survival": _of_survival,
    "projected_retention": _of_projection,
    "average_curve": _of_averages,
}
"""The lines of a table, by its name, in the order in which they are drawn: what was observed first, as a solid line."""


def _read(tables: Sequence[Table[Any]]) -> list[Curve]:
    names = [table.name for table in tables]
    if not names or not set(names) <= set(_CURVES):
        raise InvalidValue("tables", names, "must be one or more curves", f"pass answers of {', '.join(_CURVES)}")
    ordered = sorted(tables, key=lambda table: list(_CURVES).index(table.name))
    found = [curve for table in ordered for curve in _CURVES[table.name](table) if curve.points]
    return [curve for curve in found if curve.name != _OBSERVED or "survival" not in names]


def _told_apart(curves: list[Curve]) -> list[Curve]:
    names = [curve.name for curve in curves]
    if len(set(names)) < len(names):
        raise InvalidValue("tables", names, "must each have lines of their own", "draw a picture of each")
    if len(names) > len(STYLES):
        remedy = "take some of them with where(segment=…), or draw a picture of each"
        raise InvalidValue("tables", names, f"must have no more than {len(STYLES)} lines together", remedy)
    return curves


@frozen
class _Plane:
    """Where ages and shares lie in the picture, and how far apart the ticks of both axes are."""

    oldest: int
    age_step: int
    top: Fraction
    share_step: Fraction

    def x(self, age: int) -> str:
        return _tenths(_LEFT + Fraction((_RIGHT - _LEFT) * age, self.oldest))

    def y(self, share: Decimal | Fraction) -> str:
        return _tenths(_GROUND - (_GROUND - _TOP) * Fraction(share) / self.top)


def _plane(points: Sequence[tuple[int, Decimal]]) -> _Plane:
    oldest = max((age for age, _ in points), default=0) or 1
    highest = max(Fraction(1), *(Fraction(share) for _, share in points)) if points else Fraction(1)
    age_step = next(step for step in _age_steps() if oldest < step * _MOST_TICKS)
    share_step = next(step for step in _share_steps() if highest < step * _MOST_TICKS)
    return _Plane(oldest, age_step, -(-highest // share_step) * share_step, share_step)


def _age_steps() -> Iterator[int]:
    """1, 2, 3, 6, then a year of months, 2, 5 and 10 years, and so on."""
    yield from (1, 2, 3, 6)
    yield from (12 * scale * 10**power for power in count() for scale in (1, 2, 5))


def _share_steps() -> Iterator[Fraction]:
    yield from (Fraction(scale * 10**power, 100) for power in count() for scale in (25, 50, 100))


def _tenths(value: Fraction) -> str:
    return f"{round_to(Decimal(round(value * 10)) / 10, 1)}"


def _axes(plane: _Plane, unit: str) -> Iterator[str]:
    for number in range(int(plane.top / plane.share_step) + 1):
        share = plane.share_step * number
        y = plane.y(share)
        opacity = ".2" if number else ".7"
        yield f'<path d="M{_LEFT} {y}H{_RIGHT}" stroke="currentColor" stroke-opacity="{opacity}"/>'
        yield f'<text x="{_LEFT - 8}" y="{y}" dy="4" text-anchor="end" opacity=".8">{int(share * 100):,} %</text>'
    for age in range(0, plane.oldest + 1, plane.age_step):
        x = plane.x(age)
        yield f'<path d="M{x} {_GROUND}v5" stroke="currentColor" stroke-opacity=".7"/>'
        yield f'<text x="{x}" y="{_GROUND + 20}" text-anchor="middle" opacity=".8">{age:,}</text>'
    yield f'<text x="{(_LEFT + _RIGHT) // 2}" y="{_GROUND + 40}" text-anchor="middle">{unit}</text>'


def _drawn(curve: Curve, plane: _Plane, hue: str, dashes: str) -> Iterator[str]:
    if curve.band:
        lower, upper = ([(age, limits[side]) for age, *limits in curve.band] for side in (0, 1))
        there, back = (_corners(edge, plane, is_stepped=True) for edge in (upper, lower))
        yield f'<path d="M{"L".join([*there, *reversed(back)])}Z" fill="{hue}" fill-opacity=".18"/>'
    path = "L".join(_corners(curve.points, plane, is_stepped=curve.is_stepped))
    name = f"<title>{_safe(curve.name)}</title>"
    yield f'<path d="M{path}" fill="none" stroke="{hue}" stroke-width="2" stroke-dasharray="{dashes}">{name}</path>'
    age, share = curve.points[-1]
    yield f'<circle cx="{plane.x(age)}" cy="{plane.y(share)}" r="3" fill="{hue}"/>'


def _corners(points: Iterable[tuple[int, Decimal]], plane: _Plane, *, is_stepped: bool) -> list[str]:
    """The points in the plane; on steps a share holds until the age at which the next one does."""
    placed = [(plane.x(age), plane.y(share)) for age, share in points]
    if is_stepped:
        steps = (corner for (_, y), after in pairwise(placed) for corner in ((after[0], y), after))
        placed = [*placed[:1], *steps]
    return [f"{x} {y}" for x, y in placed]


def _labels(curves: Sequence[Curve], plane: _Plane) -> Iterator[str]:
    """The name of each line beside the plot, as high as its end if there is room, after a sample of its dashes."""
    ends = sorted(range(len(curves)), key=lambda at: Decimal(plane.y(curves[at].points[-1][1])))
    wanted = [int(Decimal(plane.y(curves[at].points[-1][1]))) for at in ends]
    for at, y in zip(ends, _spread(wanted), strict=True):
        curve, (hue, dashes) = curves[at], STYLES[at]
        _, share = curve.points[-1]
        full = f"{curve.name} {_percent(share)}"
        name = curve.name if len(curve.name) <= _LONGEST_NAME else f"{curve.name[: _LONGEST_NAME - 1]}…"
        yield (
            f'<path d="M{_BESIDE} {y}h32" stroke="{hue}" stroke-width="2" stroke-dasharray="{dashes}"/>'
            f'<text x="{_BESIDE + 40}" y="{y}" dy="4">{_safe(name)}<title>{_safe(full)}</title></text>'
        )


def _spread(wanted: Sequence[int]) -> list[int]:
    """Heights in ascending order, each moved as little as keeps labels apart and above the ground."""
    placed: list[int] = []
    for y in wanted:
        placed.append(max(y, placed[-1] + _LABEL_HEIGHT) if placed else y)
    room = (_GROUND - _LABEL_HEIGHT * back for back in reversed(range(len(placed))))
    return [min(y, most) for y, most in zip(placed, room, strict=True)]


def _notes(tables: Iterable[Table[Any]], curves: Sequence[Curve]) -> Iterator[str]:
    if not curves:
        yield f'<text x="{(_LEFT + _RIGHT) // 2}" y="{(_TOP + _GROUND) // 2}" text-anchor="middle">{_NOTHING}</text>'
    told = [f"{_CAPTIONED[table.name]}: {table.caption}" for table in tables if table.name in _CAPTIONED and len(table)]
    for number, text in enumerate(told):
        yield f'<text x="{_LEFT}" y="{_GROUND + 62 + number * _LABEL_HEIGHT}" opacity=".8">{_safe(text)}</text>'


def _described(curve: Curve) -> str:
    """A line in words: its first point, the one in its middle and its last."""
    some = dict.fromkeys(curve.points[at] for at in (0, len(curve.points) // 2, -1))
    return f"{curve.name}: {', '.join(f'{_percent(share)} at age {age}' for age, share in some)}"


def _percent(share: Decimal) -> str:
    return f"{round_to(share, 3):,.1%}".replace("%", " %")


def _safe(text: str) -> str:
    from html import escape  # noqa: PLC0415  # its table of entities would slow down every import

    return escape(clean(text))
