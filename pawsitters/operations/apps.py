from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "pawsitters.operations"
    label = "operations"
