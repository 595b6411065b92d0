import pytest

from components import workers
from components.workers import Worker


@pytest.mark.parametrize("name", ["xception", "xception-1of2", "efficientnet_v2_b0-12of64"])
def test_a_name_says_who_it_is(name):
    assert Worker.named(name).name == name


def test_who_works_alone_is_called_by_the_backbones_name():
    assert Worker("xception").name == "xception"
    assert Worker("xception", 2, 3).name == "xception-2of3"
    assert [worker.name for worker in workers.of_backbone("vgg16", 2)] == ["vgg16-1of2", "vgg16-2of2"]


@pytest.mark.parametrize("name", ["xception-4of3", "xception-0of3"])
def test_a_number_beyond_the_workers_is_refused(name):
    with pytest.raises(ValueError, match="numbered from 1 to 3"):
        Worker.named(name)
