"""What an organ's SVG may hold, and that nothing else of it comes through."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.emblem import SEAL_RED, clean_emblem
from signing.errors import EmblemRefused


def svg(body: str, *, head: str = 'viewBox="0 0 10 10"') -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {head}>{body}</svg>'.encode()


def test_shapes_come_out_in_the_red_of_the_seal_with_all_of_their_paint():
    made = clean_emblem(
        svg('<g style="fill:#000;stroke-width:2" transform="scale(2)"><path d="M0 0L5 5Z" id="a"/></g>')
    )
    assert made == (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><g transform="scale(2)">'
        f'<path d="M0 0L5 5Z" fill="{SEAL_RED}" stroke="none" stroke-width="2" /></g></svg>'
    )


def test_what_drawing_programs_add_is_left_out():
    made = clean_emblem(
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:i="http://inkscape" '
        b'width="10px" height="20" i:version="1"><title>t</title><metadata><x/></metadata><defs/>'
        b'<i:view zoom="1"/><rect width="3" height="3" i:label="r"/></svg>'
    )
    assert made == (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 20">'
        f'<rect width="3" height="3" fill="{SEAL_RED}" stroke="none" /></svg>'
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ("<style>path{fill:url(http://x)}</style>", "<style>"),
        ('<image href="http://example.org/a.png"/>', "not taken"),
        ('<use href="#a"/>', "not taken"),
        ("<foreignObject/>", "<foreignObject>"),
        ("<text>公章</text>", "<text>"),
        ("<defs><linearGradient/></defs>", "<defs>"),
        ('<animate attributeName="d"/>', "not taken"),
        ('<path d="M0 0" onload="x()"/>', "onload"),
        ('<path d="M0 0" filter="url(#a)"/>', "filter"),
        ('<path d="M0 0" fill="url(#a)"/>', "fill"),
        ('<path d="M0 0" style="fill:url(http://x/a)"/>', "fill"),
        ('<path d="M0 0" clip-path="url(#a)"/>', "clip-path"),
        ('<path d="M0 0 javascript:x"/>', "`d`"),
        ('<path d="M0 0" transform="matrix(1 0 0 1 0 0) url(x)"/>', "transform"),
        ('<circle r="50%"/>', "`r`"),
        ('<circle r="1" opacity="0.5"/>', "translucent"),
        ('<circle r="1" style="fill-opacity:.3"/>', "translucent"),
        ('<circle r="1"/><circle r="2" fill="red"/>', "2 colours .black, red"),
        ('<circle r="1" fill="#ff0000"/><circle r="2" fill="#fff"/>', "2 colours"),
        ('<circle r="1" fill="none"/>', "shows nothing"),
        ("", "shows nothing"),
        ("<g>" * 40 + "</g>" * 40, "nested too deep"),
        ("<g/>" * 6000, "more than 5000"),
        ('<path d="' + "M0 0" * 80_000 + '"/>', "256 KiB"),
    ],
)
def test_what_is_more_than_plain_shapes_of_one_colour_is_refused(body: str, reason: str):
    with pytest.raises(EmblemRefused, match=reason):
        clean_emblem(svg(body))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n",
        b"<html/>",
        b'<svg viewBox="0 0 1 1"><circle r="1"/></svg>',
        b'<!DOCTYPE svg><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><circle r="1"/></svg>',
        b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
        b'<?xml-stylesheet href="http://x"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        svg('<circle r="1"/>', head=""),
        svg('<circle r="1"/>', head='viewBox="0 0 0 10"'),
        svg('<circle r="1"/>', head='viewBox="0 0 10"'),
        svg('<circle r="1"/>', head='width="100%" height="100%"'),
    ],
)
def test_what_is_no_svg_of_a_known_size_or_could_fetch_something_is_refused(content: bytes):
    with pytest.raises(EmblemRefused):
        clean_emblem(content)


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (f'<circle r="{"1" * 100_000}x"/>', 'viewBox="0 0 10 10"'),
        (f'<circle r="{"1" * 100_000}.{"1" * 100_000}x"/>', 'viewBox="0 0 10 10"'),
        ('<circle r="1"/>', f'viewBox="{"1" * 100_000}x 0 10 10"'),
        (f'<path d="M0 0" transform="{"scale(1) " * 20_000}x"/>', 'viewBox="0 0 10 10"'),
        (f'<path d="M0 0" fill="rgb({"1" * 100_000}"/>', 'viewBox="0 0 10 10"'),
    ],
)
def test_a_value_as_long_as_a_file_is_refused_at_once(body: str, head: str):
    begun = time.process_time()
    with pytest.raises(EmblemRefused):
        clean_emblem(svg(body, head=head))
    assert time.process_time() - begun < 1


def test_digits_of_other_scripts_are_no_numbers():
    with pytest.raises(EmblemRefused):
        clean_emblem(svg('<circle r="１２"/>'))


@given(st.text(alphabet="<>/=\"'&;:#()! gpathrecsvgxmlnfiuot0123456789.-", max_size=80))
def test_nothing_but_an_svg_or_a_refusal_comes_out_and_an_svg_stays_as_it_is(body: str):
    try:
        made = clean_emblem(svg(body))
    except EmblemRefused:
        return
    assert clean_emblem(made.encode()) == made
