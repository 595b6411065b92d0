"""Splits and near-duplicates over many ingests: the pipeline's own decisions, without Beam between them."""

from collections import defaultdict
from dataclasses import dataclass, replace

import pytest
from apache_beam.pvalue import TaggedOutput
from hypothesis import given, settings
from hypothesis import strategies as st

from components import likeness
from components.config import DataConfig
from components.manifest import ADMITTED, Entry
from components.preprocess import deciding, listed, resolve
from components.preprocess.candidate import home, published
from components.preprocess.job import Job, packed, unpacked

LABELS = ("acme", "zeta")
JOB = Job(
    "", "", "", "", 50, LABELS, {"train": 2, "validation": 1, "test": 1}, frozenset(),
    DataConfig(near_duplicates={"max_distance": 2, "max_fine_distance": 4}), "",
)  # fmt: skip


@dataclass(frozen=True)
class Image:
    """A raw file as the one who generates it knows it."""

    path: str
    label: str
    group: str
    content: str  # its id
    phash: str


def shuffled(elements):
    """Key -> its elements; tagged ones apart, by tag."""
    main, tagged = defaultdict(list), defaultdict(lambda: defaultdict(list))
    for element in elements:
        if isinstance(element, TaggedOutput):
            tagged[element.tag][element.value[0]].append(element.value[1])
        else:
            main[element[0]].append(element[1])
    return main, tagged


def ingest(images, base, number):
    """The manifest after one more ingest of all images that are there; what is read is known to the test."""
    there = {image.path: image for image in images}
    entries = [Entry(path, "u", there[path].label, "", there[path].group, 1, "1") for path in sorted(there)]
    rows = [
        row if row.id else replace(row, id=there[row.path].content, group=row.group or there[row.path].content,
                                   phash=there[row.path].phash, width=9, height=9, staged="f", length=1)
        for row in listed.joined(entries, base)
    ]  # fmt: skip
    homes, _ = shuffled(packed(rows, lambda row: home(row, JOB.homes)))
    equal, tagged = shuffled(item for keyed in homes.items() for item in deciding.equals(keyed, JOB))
    places = tagged[deciding.PICTURES]
    findings, _ = shuffled(item for keyed in places.items() for item in deciding.alike(keyed, JOB))
    judged, write = shuffled(
        item
        for key in equal
        for item in deciding.judged((key, {"rows": equal[key], "findings": findings.get(key, [])}), JOB)
    )
    final = unpacked(pack for packs in judged.values() for pack in packs)
    fresh = unpacked(pack for packs in write[deciding.RECORDS].values() for pack in packs)
    final += [
        replace(row, status=row.status or ADMITTED, increment="" if row.status else f"i{number}") for row in fresh
    ]
    return sorted(published(final), key=lambda row: row.path)


def grown(batches):
    """The manifests after each ingest, when images come in these batches and stay."""
    there, base, manifests = [], [], []
    for number, batch in enumerate(batches):
        there += batch
        base = ingest(there, base, number)
        manifests.append(base)
    return manifests


@st.composite
def collections(draw):
    """Up to 14 files: some of equal bytes, some of one picture, some in one group, seldom of one picture two brands."""
    centres = ["0" * 64, "f" * 64, "0" * 20 + "f" * 44]
    contents, images = {}, []
    for number in range(draw(st.integers(2, 14))):
        centre = draw(st.integers(0, 2))
        bits = draw(st.lists(st.integers(0, 12), max_size=3, unique=True))
        phash = f"{int(centres[centre], 16) ^ sum(1 << (255 - bit) for bit in bits):064x}"
        content = draw(st.sampled_from(sorted(contents))) if contents and draw(st.integers(0, 5)) == 0 else ""
        content = content or f"{draw(st.integers(0, 2**256 - 1)):064x}"
        phash = contents.setdefault(content, phash)
        label = LABELS[draw(st.integers(0, 9)) == 0]
        group = draw(st.sampled_from(["", "", "g1", "g2", "g3"]))
        images.append(Image(f"p{number:02d}", label, group, content, phash))
    return images


@st.composite
def batched(draw, images):
    """The images in any order, cut anywhere."""
    order = draw(st.permutations(images))
    cuts = sorted(draw(st.sets(st.integers(1, len(order) - 1), max_size=4)))
    return [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]


def admitted(rows):
    return [row for row in rows if row.status == ADMITTED]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_file_lies_on_the_same_side_in_whatever_order_and_batches_files_come(data):
    # Of equal bytes in two groups the file that came first is kept, on its own group's side: files, not bytes.
    images = data.draw(collections())
    seen = defaultdict(set)
    for _ in range(2):
        for rows in grown(data.draw(batched(images))):
            for row in admitted(rows):
                seen[row.path].add(row.split)
    assert all(len(splits) == 1 for splits in seen.values())


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_after_every_ingest_no_two_pictures_that_count_as_one_are_admitted_and_no_group_lies_on_two_sides(data):
    rules = JOB.config.near_duplicates
    for rows in grown(data.draw(batched(data.draw(collections())))):
        kept = admitted(rows)
        assert len({row.id for row in kept}) == len(kept)
        low, whole = likeness.differing(
            *(lambda words: (words[:, None], words[None, :]))(likeness.words([row.phash for row in kept]))
        )
        assert ((low <= rules.max_distance) & (whole <= rules.max_fine_distance)).sum() == len(kept)  # with itself
        sides = defaultdict(set)
        for row in kept:
            sides[row.group].add(row.split)
        assert all(len(splits) == 1 for splits in sides.values())


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_an_ingest_of_nothing_new_changes_nothing(data):
    images = data.draw(collections())
    manifests = grown(data.draw(batched(images)))
    # Of two pictures that a copy looks like, the older is named; once both are published, the first by split and path.
    named = {"detail": "", "duplicate_of": ""}
    before, again = (
        [replace(row, **named) for row in rows] for rows in (manifests[-1], ingest(images, manifests[-1], 9))
    )
    assert again == before


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_every_file_is_in_the_manifest_once(data):
    images = data.draw(collections())
    assert [row.path for row in grown([images])[-1]] == sorted(image.path for image in images)


def image(path, label="acme", bits=(), content=None):
    phash = f"{sum(1 << (255 - bit) for bit in bits):064x}"
    return Image(path, label, "", content or f"{abs(hash((path, 'salt'))):064x}", phash)


def split_content(split):
    """An id whose image, alone in its group, lies on this side."""
    return next(name for name in (f"{n:064x}" for n in range(1000)) if resolve.split_of(name, JOB.config) == split)


def statuses(rows):
    return {row.path: (row.status, row.duplicate_of) for row in rows}


def test_published_beats_new_even_if_it_trains_and_the_new_one_would_test():
    old, new = image("z", content=split_content("train")), image("a", bits=[5], content=split_content("test"))
    assert statuses(grown([[old], [new]])[-1]) == {"z": ("admitted", ""), "a": ("near_duplicate", "z")}


@pytest.mark.parametrize(("better", "worse"), [("test", "validation"), ("validation", "train"), ("test", "train")])
def test_in_one_ingest_the_side_decides(better, worse):
    images = [image("z", content=split_content(better)), image("a", bits=[5], content=split_content(worse))]
    assert statuses(grown([images])[-1]) == {"z": ("admitted", ""), "a": ("near_duplicate", "z")}


def test_one_picture_under_two_brands_is_withdrawn_from_both_also_if_one_is_published():
    first, last = grown([[image("a")], [image("z", "zeta", [5])]])
    assert [(row.path, row.status, row.reason) for row in last] == [
        ("a", "quarantined", "picture_conflict"),
        ("z", "quarantined", "picture_conflict"),
    ]
    assert (last[0].increment, last[0].split) == ("i0", first[0].split)


def test_when_the_other_brands_copy_is_removed_the_published_one_returns_to_its_side():
    first, conflict = grown([[image("a")], [image("z", "zeta", [5])]])
    assert ingest([image("a")], conflict, 2) == first


def test_a_copy_whose_better_one_is_removed_is_admitted():
    (rows,) = grown([[image("a", content=split_content("test")), image("b", bits=[5], content=split_content("train"))]])
    assert statuses(rows)["b"] == ("near_duplicate", "a")
    assert statuses(ingest([image("b", bits=[5], content=split_content("train"))], rows, 1)) == {"b": ("admitted", "")}


def test_pictures_that_are_too_flat_to_be_hashed_are_never_linked():
    flat = [replace(image(path), phash="") for path in "ab"]
    assert {status for status, _ in statuses(grown([flat])[-1]).values()} == {"admitted"}
