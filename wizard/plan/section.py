"""What every section of a plan is: frozen, and without room for fields nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from wizard.plan.quantities import parse_bytes


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


@dataclass(frozen=True, slots=True)
class AmountOfBytes:
    """Marks a whole number as an amount of memory: read from "512Mi" too, and written that way."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_amount, handler(source))


Bytes = Annotated[int, AmountOfBytes()]


def _amount(value: object) -> object:
    return parse_bytes(value) if isinstance(value, str | bool) else value
