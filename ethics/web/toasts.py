"""What the next page says has just happened."""

from flask import flash


def undoable(text: str, undo: str) -> None:
    """Say it, with a button that posts to the address `undo`."""
    flash({"text": text, "undo": undo}, "undo")  # type: ignore[arg-type]  # Flask passes on what JSON can hold; components/toast.html reads it
