"""The HTML page: everything inside, nothing fetched, nobody shown."""

import re

import pytest

from liveness.evaluation.plots import draw_actions, draw_det, draw_rates
from liveness.evaluation.report import render_html
from liveness.evaluation.results import as_data
from tests.liveness.evaluation.builders import make_answer, make_clip, make_result
from tests.liveness.evaluation.test_results import evaluation, whole


@pytest.fixture(scope="module")
def page():
    return render_html(as_data(whole()) | {"gate": None})


def test_the_page_fetches_nothing_and_shows_nobody(page):
    assert page.count("<svg") == 4
    assert "<img" not in page
    assert "<script" not in page
    assert not re.findall(r"""(?:src|href)=["'](?!#)[^"']+""", page)
    assert not re.findall(r"url\((?!#)", page)
    assert "@import" not in page


def test_the_worst_clip_stands_first(page):
    rows = re.findall(r'<td class="file">(\w)\.mp4', page.split(">Clip by clip")[1])
    assert rows == ["d", "c", "a", "f", "b", "e"]


def test_names_in_labels_cannot_bring_markup():
    clip = make_clip("<b>a</b>.mp4", "<script>", tags={"<i>": "<u>"})
    page = render_html(as_data(evaluation(make_result(clip, make_answer()))) | {"gate": None})
    assert not re.findall(r"<(script|b>a|i>|u>)", page)


def test_a_folder_of_people_alone_has_a_page_that_says_what_is_missing():
    page = render_html(as_data(evaluation(make_result())) | {"gate": None})
    assert "nothing is proved about attacks" in page
    assert "Face comparison" not in page


def test_what_was_not_measured_is_not_drawn():
    nothing = as_data(evaluation(make_result(make_clip("a.mp4", "other"))))
    assert draw_rates(nothing) == draw_actions(nothing) == ""
    assert draw_det({"det": [], "at": {}}) == ""


def test_plots_hold_their_text_as_text():
    assert "print: accepted by the whole policy" in draw_rates(as_data(whole()))
