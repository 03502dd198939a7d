"""{% translate "words" %} with a memory, for templates that load ui behind i18n.

Django looks the same words up in five catalogues each time; a page asks thirty times.
"""

from django.template import Node
from django.templatetags.i18n import TranslateNode, do_translate
from django.utils.translation import get_language


class RememberedWords(Node):
    child_nodelists = ()

    def __init__(self, node: TranslateNode):
        self.node = node
        self.words: dict[str | None, str] = {}  # by language

    def render(self, context) -> str:
        language, name = get_language(), self.node.asvar
        if language not in self.words:
            written = self.node.render(context)
            self.words[language] = context[name] if name else written
        if name:
            context[name] = self.words[language]
            return ""
        return self.words[language]


def translate(parser, token) -> Node:
    """Django's own tag, unless the words are the same whatever the context."""
    node = do_translate(parser, token)
    words = node.filter_expression
    is_constant = words.var.lookups is None and not words.filters and not node.message_context
    return RememberedWords(node) if is_constant else node
