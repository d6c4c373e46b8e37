"""The server's front door: HTTP to Django, `/ws` to `chat.consumers`.

uvicorn (production) and daphne (`runserver`) load `application`. The order matters: Django is set up before anything imports a model.
"""

from __future__ import annotations

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from channels.sessions import CookieMiddleware, SessionMiddleware
from django.core.asgi import get_asgi_application
from django.urls import path

django_application = get_asgi_application()

from chat.consumers import CordeeConsumer  # noqa: E402 — needs the applications that the line above loads

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": AllowedHostsOriginValidator(
            CookieMiddleware(SessionMiddleware(URLRouter([path("ws", CordeeConsumer.as_asgi())])))
        ),
    }
)
