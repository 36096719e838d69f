"""What a model's name tells about how to ask it."""

from typing import Literal

import pytest

from tasks.model.profiles import parameters, profile_for


@pytest.mark.parametrize(
    ("name", "billions"),
    [
        ("SmolLM2-135M-Instruct", 0.135),
        ("Qwen/Qwen2.5-Coder-32B-Instruct-AWQ", 32.0),
        ("Qwen2.5-Coder-0.5B", 0.5),
        ("Qwen3-30B-A3B", 30.0),
        ("llama-3.2-1b-instruct-4bit", 1.0),
        ("starcoder2", None),
        ("mistral-small-128k", None),
    ],
)
def test_a_name_tells_the_size_or_nothing(name: str, billions: float | None) -> None:
    assert parameters(name) == (pytest.approx(billions) if billions else None)


def test_a_toy_rewrites_whole_files_and_says_that_it_is_one() -> None:
    profile = profile_for("SmolLM2-135M-Instruct")
    assert (profile.edit_format, profile.samples, profile.temperature, profile.is_toy) == ("whole", 8, 0.3, True)
    assert profile.note == ("SmolLM2-135M-Instruct is a toy model: good for seeing everything work, not for real work.")


@pytest.mark.parametrize(
    ("name", "wanted", "edit_format", "is_toy"),
    [
        ("Grown-7B", "small", "whole", False),
        ("Grown-7B", "auto", "search_replace", False),
        ("Toy-135M", "large", "search_replace", True),
        ("Toy-135M", "auto", "whole", True),
    ],
)
def test_who_knows_better_says_so_and_a_toy_stays_one(
    name: str, wanted: Literal["auto", "small", "large"], edit_format: str, *, is_toy: bool
) -> None:
    profile = profile_for(name, wanted)
    assert (profile.edit_format, profile.is_toy, bool(profile.note)) == (edit_format, is_toy, is_toy)


@pytest.mark.parametrize("name", ["Qwen2.5-Coder-32B-Instruct", "gemma-2b", "starcoder2"])
def test_all_others_write_the_changes_only(name: str) -> None:
    profile = profile_for(name)
    assert (profile.edit_format, profile.samples, profile.temperature, profile.is_toy) == (
        "search_replace",
        4,
        0.2,
        False,
    )
    assert not profile.note
