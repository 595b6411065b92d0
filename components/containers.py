"""Names of the container images: the tag is the package's version, one place for both."""

from importlib.metadata import version

TAG = version("brandlens")
DATA = f"brandlens-data:{TAG}"  # Beam, TFDS, drawing: no TensorFlow
GPU = f"brandlens-gpu:{TAG}"  # everything of DATA, and TensorFlow
