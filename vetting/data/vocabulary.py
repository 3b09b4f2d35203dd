"""The district's lists of words, and the service categories, as choices that forms, filters and pages share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from vetting.data.reading import Header, Node, Provenance, content_of, keyed, read_header

VOCABULARY = "vocabulary-1.yaml"
SERVICE_CATEGORIES = "categories/service-categories-1.yaml"


@dataclass(frozen=True, slots=True)
class Word:
    """One item of a list. `group` is the name it stands under, where a list has groups."""

    key: str
    name: str
    note: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class WordList:
    """A list of words with its own provenance."""

    key: str
    provenance: Provenance
    items: tuple[Word, ...]

    def name(self, key: str) -> str:
        """The words for a key. Raises KeyError."""
        for item in self.items:
            if item.key == key:
                return item.name
        raise KeyError(key)


@dataclass(frozen=True, slots=True)
class Category:
    """A service category of the directory, with its subcategories."""

    key: str
    name: str
    description: str
    subcategories: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class PastRound:
    """Categories that an earlier round of the district opened."""

    name: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServiceCategories:
    """One version of the category list."""

    header: Header
    categories: tuple[Category, ...]
    past_rounds: tuple[PastRound, ...]

    def as_words(self) -> WordList:
        """Every service that a program can name: `stem.science`, or the category's own key where it is not divided."""
        items: list[Word] = []
        for category in self.categories:
            if not category.subcategories:
                items.append(Word(category.key, category.name, category.description, category.name))
            items.extend(
                Word(f"{category.key}.{sub.key}", sub.name, "", category.name) for sub in category.subcategories
            )
        return WordList("service_categories", self.header.provenance, tuple(items))


def category_of(service: str) -> str:
    """The category key of a service key such as `stem.science`."""
    return service.partition(".")[0]


@cache
def load_vocabulary(name: str = VOCABULARY) -> Mapping[str, WordList]:
    """Every list by its key. Raises DataError."""
    root = Node(content_of(name), name)
    read_header(root)
    lists = []
    for node in root.nodes("lists"):
        items = tuple(_word(child) for child in node.nodes("items"))
        keyed(items, lambda item: item.key, node, "items")
        lists.append(WordList(node.text("key"), node.choice("provenance", Provenance), items))
        node.finish()
    root.finish()
    return MappingProxyType(keyed(lists, lambda words: words.key, root, "lists"))


@cache
def load_categories(name: str = SERVICE_CATEGORIES) -> ServiceCategories:
    """The service categories. Raises DataError."""
    root = Node(content_of(name), name)
    header = read_header(root)
    categories = tuple(_category(node) for node in root.nodes("categories"))
    past = []
    for node in root.nodes("past_rounds", required=False):
        past.append(PastRound(node.text("name"), node.texts("categories")))
        node.finish()
    root.finish()
    keyed(categories, lambda category: category.key, root, "categories")
    return ServiceCategories(header, categories, tuple(past))


@cache
def word_lists() -> Mapping[str, WordList]:
    """Every list a form may take its choices from, the service categories included."""
    services = load_categories().as_words()
    return MappingProxyType({**load_vocabulary(), services.key: services})


@cache
def service_names() -> Mapping[str, str]:
    """The name of each service by its key, and of each category that is divided into services by its own."""
    items = load_categories().as_words().items
    return MappingProxyType(
        {category_of(item.key): item.group for item in items} | {item.key: item.name for item in items}
    )


def _category(node: Node) -> Category:
    subcategories = tuple(
        _word(child) for child in node.nodes("subcategories", required=node.raw("subcategories") != [])
    )
    keyed(subcategories, lambda word: word.key, node, "subcategories")
    category = Category(node.text("key"), node.text("name"), node.text("description"), subcategories)
    node.finish()
    if "." in category.key:
        raise node.error("key", "must not contain a dot")
    return category


def _word(node: Node) -> Word:
    word = Word(node.text("key"), node.text("name"), node.text("note", ""))
    node.finish()
    return word
