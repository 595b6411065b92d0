import random

from components.check.sampling import Sample


def sampled(names, size, each=1):
    sample = Sample(size, each)
    for name in names:
        sample.add(name, name)
    return sample.items()


def test_a_sample_does_not_depend_on_the_order_of_the_stream():
    names = [f"image {number}" for number in range(500)]
    turned = random.Random(1).sample(names, k=500)
    assert sampled(names, 10) == sampled(turned, 10)
    assert len(sampled(names, 10)) == 10


def test_all_items_of_a_sampled_name_are_there_up_to_a_bound():
    names = [f"original {number % 50}" for number in range(200)]
    found = sampled(names, 5, each=3)
    assert all(items == [name] * 3 for name, items in found.items())
    assert len(found) == 5


def test_a_stream_that_fits_is_kept_whole():
    assert list(sampled("cab", 10)) == ["a", "b", "c"]


def test_a_sample_of_none_is_empty():
    assert sampled("abc", 0) == {}
