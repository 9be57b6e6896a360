"""Bystanders: who answers though neither the server nor anything of its was asked, so that no header helps there."""

from __future__ import annotations

from coranalyze.causes.case import Case
from coranalyze.causes.cause import Told
from coranalyze.endpoint.layer import AIRPLAY, Layer


def by_bystander(case: Case, layer: Layer) -> Told:
    """Another program on the port, or a proxy of the network from which the page is read."""
    if layer.name == AIRPLAY:
        return Told(
            f"{AIRPLAY} answered {case.question} with {case.status}, and not your server: it listens on port 5000 too.",
            "Switch the AirPlay Receiver off (System Settings, AirDrop & Handoff), or use another port.",
            in_page=True,
        )
    return Told(
        f"{layer.name}, a proxy of the network from which the page is read, answered {case.question} with "
        f"{case.status}; {case.server} was not asked, or gave no answer.",
        f"Ask who runs {layer.name} (your IT) to let {case.host} through; or look into its log, if it stands before "
        f"{case.server} itself. CORS headers are no remedy.",
        in_page=True,
    )
