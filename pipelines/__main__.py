"""`python -m pipelines` is `brandlens`."""

from pipelines.cli import main

main()
