"""Retention curves as pictures: what is drawn where, and what can't be drawn."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from attrs import evolve

import subscription_metrics as sm
from subscription_metrics.cohorts.pictures import STYLES

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "subscription_periods.csv"
SVG = "{http://www.w3.org/2000/svg}"
LEFT, RIGHT, TOP, GROUND = 60, 552, 48, 308
"""The edges of the plot: age 0, the highest age, the highest share and 0 %."""

FOUR = sm.kaplan_meier(sm.Lifetime(age, left) for age, left in ((1, True), (2, True), (2, False), (4, False)))
"""One of four leaves at 1, one of three at 2, and nobody after that."""


def span(customer: str, amount: str, start: date, end: date | None = None, plan: str = "basic") -> sm.Span:
    """One span of a customer's only subscription."""
    return sm.Span(
        customer=customer,
        subscription=f"{customer}/1",
        monthly_amount=Decimal(amount),
        currency="USD",
        start=start,
        end=end,
        plan=plan,
    )


BOOK = sm.Book(
    [
        span("ann", "100", date(2025, 1, 1), date(2025, 3, 1)),
        span("ann", "250", date(2025, 3, 1)),
        span("bob", "50", date(2025, 1, 1), date(2025, 2, 1), "<b>&"),
        span("cat", "50", date(2025, 2, 1), date(2025, 4, 1), "<b>&"),
    ],
    as_of=date(2025, 6, 30),
)
NET = sm.average_curve(BOOK.cohorts(measure=sm.CohortMeasure.NET_RETENTION))
NOBODY = sm.Book(BOOK.spans, as_of=date(2025, 1, 15))


def drawn(picture: sm.Picture) -> ET.Element:
    """The picture as an element."""
    return ET.fromstring(picture.svg)  # noqa: S314  # our own text


def lines(picture: sm.Picture) -> dict[str, list[tuple[Decimal, Decimal]]]:
    """The corners of each line by its name."""
    paths = (path for path in drawn(picture).iter(f"{SVG}path") if path.find(f"{SVG}title") is not None)
    return {path.findtext(f"{SVG}title", ""): corners(path) for path in paths}


def corners(path: ET.Element) -> list[tuple[Decimal, Decimal]]:
    """The points of a path that is spelt with a pair of numbers for each."""
    return [(Decimal(x), Decimal(y)) for x, y in re.findall(r"([\d.]+) ([\d.]+)", path.attrib["d"])]


def texts(picture: sm.Picture) -> list[str]:
    """Everything that can be read in the picture."""
    return [element.text or "" for element in drawn(picture).iter(f"{SVG}text")]


def test_survival_is_a_step_line_by_hand() -> None:
    """It holds at 100 % up to age 1, at 75 % up to 2, and at 50 % up to the last age on record, 4."""
    a_year, a_quarter = Decimal(RIGHT - LEFT) / 4, Decimal(GROUND - TOP) / 4
    steps = [(0, 4), (1, 4), (1, 3), (2, 3), (2, 2), (4, 2), (4, 2)]
    expected = {"Kaplan–Meier": [(LEFT + x * a_year, GROUND - y * a_quarter) for x, y in steps]}
    assert expected == lines(sm.retention_curve(FOUR))


def test_the_band_lies_around_the_line() -> None:
    """Its edges are the limits, on the same steps: the upper one there, the lower one back."""
    (band,) = [path for path in drawn(sm.retention_curve(FOUR)).iter(f"{SVG}path") if path.get("fill-opacity")]
    edges = {y for _, y in corners(band)}
    limits = {value for point in FOUR for value in (point.lower, point.upper)}
    assert edges == {(GROUND - (GROUND - TOP) * value).quantize(Decimal("0.1")) for value in limits}


def test_the_projection_goes_on_where_the_data_end() -> None:
    """Dashed from age 0 to the last one asked for; the line that was observed is solid and not drawn twice."""
    book = sm.Book.from_csv(EXAMPLE, currency="USD", as_of=date(2019, 12, 1))
    projected, survival = sm.projected_retention(book, 36), sm.survival(book)
    both = sm.retention_curve(projected, survival)
    assert ["Kaplan–Meier", "projection"] == list(lines(both))
    assert ["observed", "projection"] == list(lines(sm.retention_curve(projected)))
    assert [Decimal(LEFT), Decimal(RIGHT)] == [lines(both)["projection"][end][0] for end in (0, -1)]
    assert lines(both)["Kaplan–Meier"][-1][0] < RIGHT
    dashes = [path.get("stroke-dasharray") for path in drawn(both).iter(f"{SVG}path") if len(path)]
    assert ["", "7 4"] == dashes


def test_a_model_that_fits_nobody_says_why() -> None:
    """The reason stands under the plot, and there is no line."""
    stays = sm.Book([span("ann", "100", date(2025, 1, 1))], as_of=date(2025, 6, 30))
    picture = sm.retention_curve(sm.survival(stays), sm.projected_retention(stays))
    assert ["Kaplan–Meier"] == list(lines(picture))
    assert "projection: undefined: nobody has left yet" in texts(picture)


def test_all_still_there_is_a_line_at_the_top() -> None:
    """100 % from the first age to the last."""
    everybody = sm.kaplan_meier(sm.Lifetime(age, left=False) for age in (3, 5))
    assert {Decimal(TOP)} == {y for _, y in lines(sm.retention_curve(everybody))["Kaplan–Meier"]}


def test_the_scale_follows_net_retention_above_100_percent() -> None:
    """Ann and Bob begin with 150.00, Ann ends alone with 250.00: 167 %, on a scale that goes to 175 %."""
    picture = sm.retention_curve(NET)
    assert ["0 %", "25 %", "50 %", "75 %", "100 %", "125 %", "150 %", "175 %"] == [
        text for text in texts(picture) if text.endswith(" %")
    ]
    end = GROUND - (GROUND - TOP) * Decimal(250) / Decimal(150) / Decimal("1.75")
    assert (Decimal(RIGHT), end.quantize(Decimal("0.1"))) == lines(picture)["net retention"][-1]


@pytest.mark.parametrize("highest", ["1", "1.01", "3.999", "9", "40", "12345.678"])
def test_however_high_a_share_is_it_has_room_and_few_ticks(highest: str) -> None:
    """The line ends inside the plot, which has at most ten ticks."""
    high = evolve(NET, rows=[evolve(NET[0], value=Decimal(highest))])
    picture = sm.retention_curve(high)
    ((_, y),) = lines(picture)["net retention"]  # a point
    assert TOP <= y <= GROUND
    assert len([text for text in texts(picture) if text.endswith(" %")]) <= 10


@pytest.mark.parametrize(
    "table",
    [
        sm.survival(sm.Book([span("ann", "1", date(2025, 6, 1))], as_of=date(2025, 6, 30))),
        sm.kaplan_meier([sm.Lifetime(age, age % 3 == 0) for age in range(1000)]),
        sm.kaplan_meier([]),
        sm.average_curve(NOBODY.cohorts()),
        *(
            evolve(NET, rows=[evolve(NET[0], value=Decimal(share), segment=f"a long name, {at}") for at in range(8)])
            for share in (1, 0)
        ),
    ],
    ids=["one point", "1000 ages", "no customer", "no cohort", "eight lines at the top", "eight at the ground"],
)
def test_whatever_there_is_to_draw_stays_inside(table: sm.Table[object]) -> None:
    """Lines inside the plot, text inside the picture, labels apart, and no more ticks than can be read."""
    picture = sm.retention_curve(table)
    for x, y in (corner for line in lines(picture).values() for corner in line):
        assert LEFT <= x <= RIGHT
        assert TOP <= y <= GROUND
    labels = [one for one in drawn(picture).iter(f"{SVG}text") if len(one)]
    assert len(lines(picture)) == len(labels)
    heights = [int(one.attrib["y"]) for one in labels]
    assert all(later - sooner >= 18 for sooner, later in pairwise(heights))
    assert all(TOP <= height <= GROUND for height in heights)
    assert all(len(one.text or "") <= 25 for one in labels)
    assert len(texts(picture)) < 32
    assert ("nothing to draw yet" in texts(picture)) == (not lines(picture))
    assert ("band: limits at a level of 0.95" in texts(picture)) == ("Kaplan–Meier" in lines(picture))


def test_lines_are_told_apart_by_more_than_colour() -> None:
    """No two of the styles share their dashes."""
    assert len(STYLES) == len({dashes for _, dashes in STYLES}) == len({hue for hue, _ in STYLES})


@pytest.mark.parametrize("paper", ["#ffffff", "#111111"])
def test_hues_are_seen_on_light_and_dark_pages(paper: str) -> None:
    """A contrast of 3 : 1, what WCAG 2.2 asks of graphics (success criterion 1.4.11)."""
    assert [] == [hue for hue, _ in STYLES if contrast(hue, paper) < 3]


def contrast(one: str, other: str) -> float:
    """The ratio of contrast of two colours (WCAG 2.2)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of a colour (WCAG 2.2)."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_segments_and_measures_have_lines_of_their_own() -> None:
    """A name tells what differs, and nothing else."""
    measures = (sm.CohortMeasure.GROSS_RETENTION, sm.CohortMeasure.NET_RETENTION)
    by_plan = [sm.average_curve(BOOK.cohorts(measure=measure, by="plan")) for measure in measures]
    expected = {f"{measure} · {plan}" for measure in ("gross", "net") for plan in ("<b>&", "basic")}
    assert expected == set(lines(sm.retention_curve(*by_plan)))
    currencies = evolve(NET, rows=(*NET, *(evolve(point, currency="EUR") for point in NET)))
    assert {"net · USD", "net · EUR"} == set(lines(sm.retention_curve(currencies)))


def test_text_from_outside_is_escaped() -> None:
    """A plan may be called anything."""
    picture = sm.retention_curve(
        sm.average_curve(BOOK.cohorts(by="plan")), title="</svg><script>alert(1)</script>\x1b[31m"
    )
    assert "<script>" not in picture.svg
    assert "\x1b" not in picture.svg
    assert "net · <b>&" in lines(picture)


def test_who_does_not_see_the_picture_is_told() -> None:
    """It is an image with a title and a description that holds figures."""
    svg = drawn(sm.retention_curve(FOUR, title="How long customers stay", grain=sm.Grain.QUARTER))
    assert "img" == svg.get("role")
    assert [f"{SVG}title", f"{SVG}desc"] == [svg[0].tag, svg[1].tag]
    assert "How long customers stay" == svg[0].text
    expected = "Share that is left, by age. Kaplan–Meier: 100.0 % at age 0, 50.0 % at age 2, 50.0 % at age 4"
    assert expected == svg[1].text
    assert "age in quarters" in [one.text for one in svg.iter(f"{SVG}text")]


def test_pictures_share_a_page() -> None:
    """No id, no style sheet, no script, no address but its namespace; a notebook shows the same text."""
    picture = sm.retention_curve(NET, FOUR)
    assert not re.search(r"<style|<script|\bid=|href|url\(|@import", picture.svg)
    assert ["http://www.w3.org/2000/svg"] == re.findall(r"https?://[^\"]+", picture.svg)
    assert picture._repr_html_() == picture.svg


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ([], "tables must be one or more curves"),
        ([BOOK.bridge()], r"got \['bridge'\]\)?; pass answers of survival"),
        ([FOUR, FOUR], "tables must each have lines of their own"),
        ([sm.average_curve(BOOK.cohorts(measure=sm.CohortMeasure.MRR))], "measure must be a share"),
        ([evolve(NET, rows=[evolve(NET[0], segment=str(at)) for at in range(9)])], "no more than 8 lines together"),
    ],
    ids=["nothing", "a bridge", "twice the same", "amounts", "too many"],
)
def test_what_can_not_be_drawn_says_so(tables: list[sm.Table[object]], message: str) -> None:
    """With what would do instead."""
    with pytest.raises(sm.InvalidValue, match=message):
        sm.retention_curve(*tables)
