"""The catalogue of matters: one folder per matter, read and validated once."""

from filing.catalogue.reading import Catalogue, load_catalogue

__all__ = ["Catalogue", "load_catalogue"]
