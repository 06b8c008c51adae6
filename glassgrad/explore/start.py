"""What a session of training begins with: samples, a configuration, perhaps a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from ..nn import MLP, Module
from .configuration import START, fitted, network_of
from .dataset import TOYS, Dataset, divided, toy_dataset
from .messages.training import Configuration

Source = Callable[[Configuration], Dataset]


def _toy(configuration: Configuration) -> Dataset:
    c = configuration
    return divided(toy_dataset(c.data, c.size, c.noise, c.data_seed), c.held_out, c.data_seed)


@dataclass(frozen=True)
class Start:
    """What is explored.

    Args:
        configuration: to begin with.
        sources: what makes samples, beside the toy sets: name -> function of a configuration.
        network: whose weights are the first ones; None: drawn by the configuration's seed.
    """

    configuration: Configuration = START
    sources: Mapping[str, Source] = field(default_factory=dict)
    network: Module | None = None

    @property
    def names(self) -> list[str]:
        """The names of all sets of samples."""
        return [*self.sources, *TOYS]

    @property
    def is_own(self) -> bool:
        """Whether the network is of the user's own class, which only their code can build."""
        return self.network is not None and not isinstance(self.network, MLP)

    def data(self, configuration: Configuration) -> Dataset:
        """Make the samples of a configuration.

        Raises:
            ValueError: there are none of this name, or they cannot be made so.
        """
        source = self.sources.get(configuration.data)
        if source is None and configuration.data not in TOYS:
            raise ValueError(
                f"There are no samples {configuration.data!r}. There are {', '.join(self.names)}."
            )
        return source(configuration) if source else _toy(configuration)

    def with_source(self, name: str, source: Source) -> Start:
        """Return it with further samples."""
        return replace(self, sources={name: source, **self.sources})

    def without_network(self) -> Start:
        """Return it with weights that the configuration's seed draws."""
        return replace(self, network=None)

    def first_network(self, configuration: Configuration, data: Dataset) -> Module:
        """Return the network with its first weights."""
        network = self.network
        if network is None or (isinstance(network, MLP) and not _is_of(network, configuration)):
            return network_of(configuration, data)
        return network


def _is_of(network: MLP, configuration: Configuration) -> bool:
    shape = network.sizes[1:-1], network.activations
    return shape == (list(configuration.hidden), list(configuration.activations))


def start_of(
    network: Module | None, source: tuple[str, Source] | None, base: Configuration = START
) -> Start:
    """Return what explores a network on samples, either of which may be left out.

    Raises:
        ValueError: network and samples do not fit each other; says in what.
    """
    if isinstance(network, MLP):
        activations = tuple(network.activations)
        hidden = tuple(network.sizes[1:-1])
        base = msgspec.structs.replace(base, hidden=hidden, activations=activations)
    if source:
        base = msgspec.structs.replace(base, data=source[0])
    start = Start(base, dict([source] if source else []), network)
    data = start.data(base)
    return replace(start, configuration=fitted(base, data.task))
