"""The client of a self-hosted model server: asks what it serves, counts tokens exactly, streams completions."""

from tasks.model.client import ModelClient
from tasks.model.completion import Completion, Message, ServedModel
from tasks.model.profiles import Profile, profile_for
from tasks.model.refusals import CompletionCancelledError, PromptTooLongError, RefusedPromptError

__all__ = [
    "Completion",
    "CompletionCancelledError",
    "Message",
    "ModelClient",
    "Profile",
    "PromptTooLongError",
    "RefusedPromptError",
    "ServedModel",
    "profile_for",
]
