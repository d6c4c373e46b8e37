"""`chat` listens to the whispers from below: a place in a circle that starts or ends, a session that ends."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts.signals import session_ended
        from chat import whispers
        from circles.signals import (
            admission_asked,
            circle_state_changed,
            invitation_ended,
            membership_ended,
            membership_started,
            noticed,
            patient_changed,
        )

        session_ended.connect(whispers.on_session_ended)
        membership_started.connect(whispers.on_membership_started)
        membership_ended.connect(whispers.on_membership_ended)
        invitation_ended.connect(whispers.on_invitation_ended)
        admission_asked.connect(whispers.on_admission_asked)
        patient_changed.connect(whispers.on_patient_changed)
        noticed.connect(whispers.on_noticed)
        circle_state_changed.connect(whispers.on_circle_state_changed)
