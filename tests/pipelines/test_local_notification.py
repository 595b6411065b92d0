"""A real local run that fails at once, and who hears of it."""

import json
import os
import subprocess
import sys

import yaml

from components.artifacts import Summary


def test_a_failed_run_is_told_to_a_program_and_no_file_of_it_has_the_webhooks_address(tmp_path):
    (tmp_path / "raw").mkdir()
    mail = tmp_path / "mail"
    keep = f"import sys; open({str(mail)!r}, 'w').write(sys.stdin.read())"
    values = {
        "platform": "local",
        "notification": {"webhook_env": "WEBHOOK", "command": [sys.executable, "-c", keep], "to": ["a@b.c"]},
    }
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(values))
    places = [str(tmp_path / "raw"), "--data-root", str(tmp_path / "data"), "--profile", str(tmp_path / "mine.yaml")]
    ended = subprocess.run(
        [sys.executable, "-m", "pipelines", "run-local", *places],
        capture_output=True, text=True, env={**os.environ, "WEBHOOK": "http://127.0.0.1:9/s3cret"},
    )  # fmt: skip
    assert ended.returncode == 65, ended.stderr
    (run,) = (tmp_path / "data" / "runs").iterdir()
    assert mail.read_text().startswith(f"Subject: brandlens: failed (run {run.name})\nTo: a@b.c\n")
    assert "ingest: There are no images" in mail.read_text()
    assert Summary.read(str(run / "summary.json")).status == "failed"
    told = json.loads((run / "steps" / "notify.json").read_text())["facts"]["notified"]
    assert told["command"] == "delivered"
    assert told["webhook"].startswith("The webhook at 127.0.0.1 cannot be reached")
    everything = "".join(path.read_text(errors="replace") for path in run.rglob("*") if path.is_file())
    assert "s3cret" not in everything + ended.stdout + ended.stderr
