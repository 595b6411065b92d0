"""What a person sees of a server; the commands in this process."""

PLACES = ("--raw", "gs://b/raw", "--data-root", "gs://b/root")


def test_a_submission_prints_the_link_alone_on_standard_output(kfp, brandlens):
    shown = brandlens("submit", *PLACES, "--name", "night-1")
    assert shown.stdout.strip() == f"{kfp.endpoint}/#/runs/details/{next(iter(kfp.state.runs))}"
    assert "run night-1, package 0.1.0-" in shown.stderr


def test_a_run_that_succeeds_ends_the_command_well(kfp, brandlens):
    kfp.state.script = ["SUCCEEDED"]
    assert brandlens("submit", "--raw", "/r", "--data-root", "/nowhere", "--wait").exit_code == 0


def test_a_schedule_is_made_listed_paused_and_deleted(kfp, brandlens):
    made = brandlens("schedule", "create", "0 0 3 * * *", *PLACES)
    (schedule_id,) = kfp.state.recurring
    assert made.stdout.strip() == schedule_id
    assert made.stderr.count(" 03:00:00 UTC") == 3
    listed = brandlens("schedule", "list").stdout
    assert schedule_id in listed
    assert "0 0 3 * * *" in listed
    brandlens("schedule", "pause", "brandlens")
    assert "paused" in brandlens("schedule", "list").stdout
    brandlens("schedule", "resume", "brandlens")
    assert "paused" not in brandlens("schedule", "list").stdout
    assert "deleted" in brandlens("schedule", "delete", schedule_id).stdout
    assert brandlens("schedule", "list").stdout.strip() == "No schedules."


def test_a_replaced_schedule_is_named(kfp, brandlens):
    brandlens("schedule", "create", "0 0 3 * * *", *PLACES)
    (old,) = kfp.state.recurring
    assert f"replaced {old} (0 0 3 * * *)" in brandlens("schedule", "create", "0 0 4 * * *", *PLACES).stderr
