"""What judges videos and compares faces: networks, policies, texts, and the signer of records."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from api.composition.parts import lazily
from api.composition.storage import Storage

if TYPE_CHECKING:
    from liveness.challenge.source import ChallengeSource
    from liveness.pad.policy import PadPolicy
    from liveness.sessions.consent import ConsentTexts
    from models.comparison import FaceComparator
    from models.weights import WeightStore


class Recognition(Storage):
    """Networks, policies and texts of liveness, and the comparison of faces."""

    @lazily
    def weights(self) -> "WeightStore":
        """Weights of the neural networks."""
        from models.weights import WeightStore

        return WeightStore(self.settings.weights_dir)

    @lazily
    def comparator(self) -> "FaceComparator":
        """Face comparison by the backend that the settings name, and by no other."""
        from models.registry import ComparatorConfig, build_comparator

        if self.overrides.comparator is not None:
            return self.overrides.comparator
        config = ComparatorConfig(
            weights=self.weights,
            register=self.portraits,
            options=self.settings.comparator_options,
            production=self.settings.is_production,
            clock=self.clock,
            new_id=self.new_id,
        )
        comparator = build_comparator(self.settings.comparator, config)
        close = getattr(comparator, "close", None)
        if callable(close):
            self.closing.callback(close)
        return comparator

    @lazily
    def pad_policy(self) -> "PadPolicy":
        """What decides about presentation attacks."""
        from liveness.pad.policy import PadPolicy

        policy = self.overrides.pad_policy or PadPolicy.load(self.settings.pad_policy)
        if self.settings.is_production:
            policy.require_fit_for_production()
        return policy

    @lazily
    def challenges(self) -> "ChallengeSource":
        """Where challenges come from; a fixed one is refused in production by the settings."""
        from liveness.challenge.source import FixedChallengeSource, RandomChallengeSource
        from liveness.verdict import STANDARD_ACTIONS, Action

        if self.settings.challenge_source == "system":
            return RandomChallengeSource(self.random_bytes)
        actions = [Action(name) for name in self.settings.challenge_actions] or list(STANDARD_ACTIONS)
        return FixedChallengeSource(actions, self.random_bytes)

    @lazily
    def consent_texts(self) -> "ConsentTexts":
        """Consent texts and the ways without the face."""
        from liveness.sessions.consent import ConsentTexts

        return ConsentTexts.load()

    @lazily
    def model_digests(self) -> Mapping[str, str]:
        """The networks that judge liveness, name to SHA-256, as records name them."""
        from models.weights import load_manifest

        folder = self.settings.weights_dir
        return {
            weight.name: weight.sha256
            for weight in load_manifest()
            if weight.required or (folder / weight.file).is_file()
        }
