import pytest

from tuning import backend


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("ResourceExhaustedError", "OOM when allocating tensor with shape[32,112,112,64]", True),
        ("JaxRuntimeError", "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 8589934592 bytes.", True),
        ("XlaRuntimeError", "INTERNAL: CUDNN_STATUS_ALLOC_FAILED", True),
        ("InternalError", "Failed to load kernel: CUDA_ERROR_OUT_OF_MEMORY: out of memory", True),
        ("InternalError", "Blas xGEMM launch failed", False),
        ("JaxRuntimeError", "INVALID_ARGUMENT: Executable expected parameter 0 of size 64", False),
        ("ValueError", "a layer called out of memory", False),
    ],
)
def test_memory_that_does_not_suffice_is_known_by_each_backends_words(kind, text, expected):
    assert backend.is_out_of_memory(type(kind, (Exception,), {})(text)) is expected


def test_pythons_own_error_counts():
    assert backend.is_out_of_memory(MemoryError())
