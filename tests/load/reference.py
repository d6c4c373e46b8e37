"""The reference of `make bench-chat`: what a careful developer writes first. Stock Channels, nothing of Cordée.

One consumer; each message is inserted with the ORM and fanned out with `group_send` over `RedisChannelLayer`. It has
no sign-in, no signature, no audit and no right to check: everything that it does not do is to its advantage.
"""

from __future__ import annotations

import os

import django
from django.conf import settings

from config.settings import postgres

settings.configure(
    DATABASES={"default": postgres("DATABASE_URL")},
    INSTALLED_APPS=["channels"],
    USE_TZ=True,
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            "CONFIG": {
                # The layer waits 5 s for a message, as long as the Redis client by default waits for any answer.
                "hosts": [{"address": os.environ["REDIS_URL"], "socket_timeout": None}],
                "capacity": 512,  # as our own queues; beyond 100 waiting messages the default drops in silence
            },
        }
    },
)
django.setup()

from channels.db import database_sync_to_async  # noqa: E402
from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.db import models  # noqa: E402
from django.urls import path  # noqa: E402


class Message(models.Model):
    objects: models.Manager[Message]

    circle = models.CharField(max_length=36)
    body = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "channels"
        db_table = "bench_message"
        managed = False


class Chat(AsyncJsonWebsocketConsumer):  # type: ignore[misc]  # channels has no types
    async def connect(self) -> None:
        self.circle = self.scope["url_route"]["kwargs"]["circle"]
        await self.channel_layer.group_add(self.circle, self.channel_name)
        await self.accept()

    async def receive_json(self, content: dict[str, str]) -> None:
        message = await database_sync_to_async(Message.objects.create)(circle=self.circle, body=content["env"])
        await self.channel_layer.group_send(
            self.circle,
            {
                "type": "item",
                "t": "item",
                "circle": self.circle,
                "seq": message.pk,
                "env": content["env"],
                "id": content["id"],
            },
        )
        await self.send_json({"t": "ack", "id": content["id"], "seq": message.pk})

    async def item(self, event: dict[str, object]) -> None:
        await self.send_json({"t": "item", **{name: event[name] for name in ("circle", "seq", "env", "id")}})


application = ProtocolTypeRouter({"websocket": URLRouter([path("ws/<str:circle>", Chat.as_asgi())])})
