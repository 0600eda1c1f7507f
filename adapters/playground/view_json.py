"""A View as JSON and back, exactly: the demo's conversations outlive the process."""

from __future__ import annotations

import uuid
from typing import Any, cast

from cattrs.preconf.json import make_converter
from cattrs.strategies import configure_tagged_union

from bot.views.elements import Element, Field, View


def _snake(kind: type) -> str:
    return kind.__name__.lower()


_converter = make_converter()
_converter.register_unstructure_hook(uuid.UUID, str)
_converter.register_structure_hook(uuid.UUID, lambda text, _: uuid.UUID(text))
for _union in (Element, Field, View):
    configure_tagged_union(_union, _converter, tag_generator=_snake, tag_name="is")


def to_json(view: View) -> dict[str, Any]:
    """What `json.dumps` takes. Every element says what it `is`."""
    return cast("dict[str, Any]", _converter.unstructure(view, unstructure_as=View))


def from_json(kept: Any) -> View:
    """The View that `to_json` was given."""
    return cast("View", _converter.structure(kept, View))  # type: ignore[arg-type]
