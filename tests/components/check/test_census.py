from components.check.census import REFUSED_SHOWN, Census


def test_images_and_files_are_counted_by_what_they_are(row, counted):
    census = counted([
        row("acme/1"), row("acme/2", split="test", source="post"), row("acme/3", status="duplicate"),
        row("zeta/1", status="quarantined", reason="empty"),
    ])  # fmt: skip
    assert census.images == {("acme", "official", "train"): 1, ("acme", "post", "test"): 1}
    assert census.files[("acme", "official", "duplicate")] == census.files[("zeta", "official", "quarantined")] == 1
    assert census.refused == {("official", "empty"): 1}
    assert census.by(2) == {"test": 1, "train": 1}


def test_refused_pictures_are_sampled_by_reason_but_never_those_that_were_taken_down(row, counted):
    refused = [row(f"acme/{n}", status="quarantined", reason="empty") for n in range(REFUSED_SHOWN + 5)]
    census = counted([*refused, row("acme/x", status="quarantined", reason="taken_down")])
    assert {reason: len(sample.items()) for reason, sample in census.refused_rows.items()} == {"empty": REFUSED_SHOWN}


def test_only_test_and_validation_images_with_a_hash_are_judged(row, counted):
    census = counted([
        row("acme/1", split="test", phash="00"), row("acme/2", split="validation", phash="00"),
        row("acme/3", split="train", phash="00"), row("acme/4", split="test"),
    ])  # fmt: skip
    assert list(census.judged.items()) == ["acme/1", "acme/2"]


def test_copies_stand_with_their_original(row, counted):
    copies = [row(f"acme/{n}", status="near_duplicate", duplicate_of="acme/kept") for n in range(2)]
    assert counted([row("acme/kept"), *copies]).copies.items() == {"acme/kept": copies}


def test_admitted_pictures_are_sampled_of_the_brands_that_are_shown(row, counted):
    census = counted([row("acme/1"), row("zeta/1")], ["zeta"])
    assert {label: list(sample.items()) for label, sample in census.admitted_rows.items()} == {"zeta": ["zeta/1"]}


def test_images_that_another_snapshot_lacks_are_counted_once_more(row):
    known = Census.of([row("acme/1"), row("acme/2", status="quarantined")]).ids
    census = Census.of([row("acme/1"), row("acme/2"), row("zeta/1", status="duplicate")], known=known)
    assert (census.by(0), census.new.by(0)) == ({"acme": 2}, {"acme": 1})
    assert Census.of([row("acme/1")]).new.by(0) == {}
