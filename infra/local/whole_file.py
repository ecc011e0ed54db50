"""Files that others read while they are written."""

from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """At once: whoever looks sees what was there before or all of `text`, also when this process is killed halfway."""
    unfinished = path.with_name(f"{path.name}.tmp")
    unfinished.write_text(text)
    unfinished.replace(path)
