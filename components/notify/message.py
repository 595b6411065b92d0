"""What a run's end is told with. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from typing import Any

from components.artifacts import Summary
from components.notify.settings import Occasion

LONGEST = 1500  # characters of one part: a chat shows no more, and a traceback says no more
MOST_WARNINGS = 5
BAD = ("failed", "interrupted")


def wanted(summary: Summary, when: Sequence[Occasion]) -> bool:
    """Whether this end is one of the occasions."""
    occasions = {"failed": summary.status in BAD, "promoted": _promoted(summary), "always": True}
    return any(occasions[occasion] for occasion in when)


def headline(summary: Summary) -> str:
    """One line: what became of the run."""
    return f"brandlens: {_outcome(summary)} (run {summary.run_id})"


def text(summary: Summary, link: str) -> str:
    """Some lines for a person. link: of the run's page; empty if it has none."""
    return "\n".join([headline(summary), *_lines(summary, link)])


def payload(summary: Summary, form: str, link: str) -> dict[str, Any]:
    """The body of a webhook's request. form: "slack" for {"text": ...}, "json" for the summary with its link."""
    if form == "json":
        return {**summary.model_dump(mode="json"), "link": link or None}
    # Slack reads these three as markup.
    escaped = text(summary, link).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": escaped}


def email(summary: Summary, link: str, to: Sequence[str]) -> bytes:
    """A message as sendmail takes it. to: the recipients; none if the command knows them."""
    message = EmailMessage()
    message["Subject"] = headline(summary)
    if to:
        message["To"] = ", ".join(to)
    message.set_content(text(summary, link))
    return message.as_bytes()


def _promoted(summary: Summary) -> bool:
    return summary.status == "succeeded" and summary.verdict == "promote"


def _outcome(summary: Summary) -> str:
    if _promoted(summary):
        return "a new model was promoted"
    if summary.status == "succeeded":
        return "the champion was kept" if summary.verdict == "keep" else "succeeded"
    return summary.status


def _lines(summary: Summary, link: str) -> Iterator[str]:
    if summary.error:
        yield _short(summary.error)
    if summary.status in BAD:
        yield "Next: correct it and start the run again; it goes on from what is finished."
    if summary.test:
        yield _score(summary.test)
    if summary.reasons:
        yield _short(f"Why: {'; '.join(summary.reasons)}")
    for warning in summary.warnings[:MOST_WARNINGS]:
        yield _short(f"Warning: {warning}")
    if (beyond := len(summary.warnings) - MOST_WARNINGS) > 0:
        yield f"{beyond} more warnings in the report."
    if summary.gpu_hours:
        cost = f", {summary.cost:.2f} at the profile's price" if summary.cost else ""
        yield f"GPU-hours: {summary.gpu_hours:.2f}{cost}"
    places = {
        "Report": summary.report_uri, "Data report": summary.data_report_uri, "Model": summary.model_uri, "Run": link,
    }  # fmt: skip
    yield from (f"{name}: {place}" for name, place in places.items() if place)


def _score(test: dict[str, Any]) -> str:
    score, interval = test.get("balanced_accuracy"), test.get("balanced_accuracy_interval")
    between = f" (95 % interval {interval[0]:.3f} to {interval[1]:.3f})" if interval else ""
    return f"Balanced accuracy {score:.3f}{between} on the test images." if score is not None else "No score."


def _short(part: str) -> str:
    return part if len(part) <= LONGEST else f"{part[:LONGEST]} ..."
