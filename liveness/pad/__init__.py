"""Presentation attack detection (ISO/IEC 30107-3): evidence, and the policy that weighs it."""
