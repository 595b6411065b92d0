"""The list of reasons and the page that explains them are one."""

import re
from pathlib import Path

from components.manifest import Reason

PAGE = Path(__file__).parents[2] / "docs" / "quarantine.md"


def test_the_page_explains_every_reason_once_and_no_other():
    explained = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(explained) == sorted(reason.value for reason in Reason)


def test_every_reason_comes_with_its_meaning_and_what_to_do():
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert all(len([cell for cell in line.strip("|").split("|") if cell.strip()]) == 3 for line in lines)
