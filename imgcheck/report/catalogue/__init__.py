"""Every code that a finding can have and that is no rule's, with its page; a rule's page is its docstring."""

from types import MappingProxyType

from imgcheck.report.catalogue import builds, differences, files, layouts, logs, releases, trees
from imgcheck.report.catalogue.page import Page, Pages

PAGES: Pages = MappingProxyType(
    {
        code: page
        for room in (
            builds.PAGES,
            differences.PAGES,
            files.PAGES,
            layouts.PAGES,
            releases.PAGES,
            trees.PAGES,
        )
        for code, page in room.items()
    }
)


def every() -> dict[str, Page]:
    """All pages by code; those of logs are made from what the targets' devices print."""
    return dict(sorted({**PAGES, **logs.pages()}.items()))


def find(code: str) -> Page | None:
    """The page of a code."""
    return every().get(code)
