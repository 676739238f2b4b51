"""Moved."""

from services.markup import Span as Span
from services.markup import plain as plain
from services.markup import spans as spans
