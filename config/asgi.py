"""The server's front door: HTTP to Django, `/ws` to `chat.consumers`.

uvicorn (production) and daphne (`runserver`) load `application`. The order matters: Django is set up before anything
imports a model.
"""

from __future__ import annotations

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import OriginValidator
from channels.sessions import SessionMiddlewareStack
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.urls import path

django_application = get_asgi_application()

from chat.consumers import CordeeConsumer  # noqa: E402 — needs the models that the line above loads

application = ProtocolTypeRouter(
    {
        "http": django_application,
        # The exact origin, scheme and port included: a page of another server on this host opens no socket with our
        # cookie.
        "websocket": OriginValidator(
            SessionMiddlewareStack(URLRouter([path("ws", CordeeConsumer.as_asgi())])), [settings.PUBLIC_URL]
        ),
    }
)
