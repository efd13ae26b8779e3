"""The WSGI entry point: any server and `flask run` find `app` here."""

from ethics.application import create_app

app = create_app()
