"""Endpoints: what captures show of each policy."""

from coranalyze.endpoint.answer import Answer, Cookie, Presence, Storage
from coranalyze.endpoint.fold import Endpoint, Fold, Server
from coranalyze.endpoint.kept import EVERY, Kept, rank
from coranalyze.endpoint.relation import FOREIGN, Network, Relation, network, relation
from coranalyze.endpoint.response import layers_of
from coranalyze.endpoint.seen import Exemplar, Seen
from coranalyze.endpoint.template import place, template

__all__ = [
    "EVERY", "FOREIGN", "Answer", "Cookie", "Endpoint", "Exemplar", "Fold", "Kept", "Network", "Presence", "Relation",
    "Seen", "Server", "Storage", "layers_of", "network", "place", "rank", "relation", "template",
]  # fmt: skip
