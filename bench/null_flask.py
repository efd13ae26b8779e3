"""The least a Flask application can do: the unit of every ratio."""

from flask import Flask

app = Flask(__name__, static_folder=None)


@app.get("/")
@app.get("/readyz")
def null() -> str:
    """Answer with two bytes."""
    return "ok"
