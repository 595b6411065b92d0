"""Hold the exported model to its judged answers, in a fresh process and from raw image bytes."""
