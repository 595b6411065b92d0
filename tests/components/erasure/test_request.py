from components.erasure.request import Request, Traces, follow, follow_edits
from components.manifest import Row
from components.takedown import Takedown

A, B, C = "a" * 64, "b" * 64, "c" * 64


def row(path, name, group="", duplicate_of=""):
    return Row(path, f"/raw/{path}", "acme", "", group, 1, "1", id=name, duplicate_of=duplicate_of)


ROWS = [row("1", A, "anna"), row("2", A), row("3", B, "anna"), row("4", C, duplicate_of="3"), row("5", "")]


def traced(request):
    traces = Traces(set(request.named.ids))
    paths = follow(ROWS, request, traces)
    follow_edits(ROWS, paths, traces)
    return traces


def test_an_id_finds_all_files_with_these_bytes():
    traces = traced(Request(Takedown(frozenset({A}))))
    assert (traces.ids, traces.paths, traces.uris) == ({A}, {"1", "2"}, {"/raw/1", "/raw/2"})


def test_an_address_is_a_path_or_a_uri():
    for address in ("5", "/raw/5"):
        traces = traced(Request(Takedown(frozenset(), frozenset({address}))))
        assert (traces.ids, traces.paths) == (set(), {"5"})


def test_a_group_brings_its_edited_copies():
    assert traced(Request(groups=frozenset({"anna"}))).ids == {A, B, C}


def test_an_edited_copy_tells_which_image_was_kept_in_its_place():
    traces = traced(Request(Takedown(frozenset({C}))))
    assert (traces.paths, traces.alike) == ({"4"}, {"3"})


def test_an_image_without_a_group_is_not_of_the_empty_one():
    assert traced(Request(groups=frozenset())).paths == set()
