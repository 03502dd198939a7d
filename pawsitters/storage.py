"""Static files: hashed names, compressed copies, and one stylesheet instead of seventeen."""

import re
from posixpath import dirname, join, normpath

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

STYLESHEET = "css/site.css"
IMPORT = re.compile(r'@import url\("([^"]+)"\);\n?')


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Joins the imports of css/site.css before files are hashed; browsers then ask once.

    Imported sheets in other folders must not refer to files of their own by relative paths.
    """

    def post_process(self, paths, dry_run=False, **options):
        if not dry_run and STYLESHEET in paths:
            joined = self._joined(paths)
            self.delete(STYLESHEET)
            self.save(STYLESHEET, ContentFile(joined.encode()))
            paths = {**paths, STYLESHEET: (self, STYLESHEET)}
        yield from super().post_process(paths, dry_run, **options)

    def _joined(self, paths) -> str:
        def content(match: re.Match) -> str:
            name = normpath(join(dirname(STYLESHEET), match[1]))
            return self._text(paths, name) + "\n"

        return IMPORT.sub(content, self._text(paths, STYLESHEET))

    def _text(self, paths, name: str) -> str:
        storage, path = paths[name]
        with storage.open(path) as file:
            return file.read().decode()
