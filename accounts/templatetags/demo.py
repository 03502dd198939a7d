from django import template

from accounts import demo

register = template.Library()


@register.simple_tag
def demo_accounts():
    """Accounts that may be tried; empty on a real site."""
    return demo.demo_accounts()


@register.simple_tag
def demo_password() -> str:
    return demo.PASSWORD
