import numpy as np
import pytest

from components.check.figures import BINS, FIGURES, Histogram, Pictures

by_name = {figure.name: figure for figure in FIGURES}


def measured(row, *pictures):
    found = Pictures()
    for number, fields in enumerate(pictures):
        found.add(row(f"acme/{number}", **fields))
    return found.histograms()


def test_figures_follow_from_a_rows_columns(row):
    found = measured(row, {"width": 2000, "height": 500, "red": 200, "green": 100, "blue": 50, "contrast": 30})
    means = {name: histogram.mean for name, histogram in found.items()}
    assert means["size"] == pytest.approx(1.0)  # megapixels
    assert means["shape"] == pytest.approx(4.0)
    assert means["brightness"] == pytest.approx(0.299 * 200 + 0.587 * 100 + 0.114 * 50)
    assert means["saturation"] == pytest.approx(75)  # (200 - 50) / 200
    assert (means["red"], means["green"], means["blue"], means["contrast"]) == (200, 100, 50, 30)


def test_a_picture_whose_colours_were_not_measured_counts_for_its_size_only(row):
    found = measured(row, {"width": 10, "height": 10})
    assert found["size"].images == 1
    assert found["brightness"].images == found["contrast"].images == 0


def test_a_black_picture_with_a_speck_is_measured(row):
    found = measured(row, {"width": 10, "height": 10, "contrast": 0.1})
    assert (found["brightness"].images, found["saturation"].mean) == (1, 0)


def test_values_outside_the_range_lie_in_the_outermost_bins():
    histogram = Histogram(by_name["size"])
    histogram.add(np.array([1e-9, 1e9]))
    assert histogram.counts[0] == histogram.counts[-1] == 1


def test_tenths_hold_a_tenth_each_of_even_values():
    histogram = Histogram(by_name["red"])
    histogram.add(np.linspace(0, 255, 10_000, endpoint=False))
    assert histogram.within(histogram.tenths()) == pytest.approx([1000] * 10, abs=20)  # half a bin


def test_a_value_that_all_share_leaves_fewer_tenths_but_loses_no_image():
    histogram = Histogram(by_name["red"])
    histogram.add(np.full(50, 7.0))
    places = histogram.tenths()
    assert (places[0], places[-1], len(places)) == (0, BINS, 3)
    assert histogram.within(places) == [50, 0]


def test_borders_of_a_logarithmic_figure_are_its_values():
    assert Histogram(by_name["shape"]).edges([0, BINS // 2, BINS]) == pytest.approx([0.1, 1, 10])


def test_many_rows_are_counted_as_few(row, monkeypatch):
    pictures = [{"width": 10 + number, "height": 10, "red": number} for number in range(25)]
    whole = measured(row, *pictures)
    monkeypatch.setattr("components.check.figures.BATCH", 10)
    parts = measured(row, *pictures)
    assert all((whole[name].counts == parts[name].counts).all() for name in whole)
