from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "pawsitters.operations"
    label = "operations"

    def ready(self):
        from pawsitters.operations.gate import on_open  # reads no setting, but the driver
        from pawsitters.operations.hooks import register_outbox
        from pawsitters.operations.outbox import depth
        from pawsitters.operations.replay import wake

        on_open(wake)
        register_outbox(depth)
