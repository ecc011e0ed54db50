"""Every conversation in this folder, played from the first text to the last."""

from pathlib import Path

import pytest

from tests.stories.player import STORIES, play
from tests.world import World


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.stem)
def test_a_story_goes_as_it_is_written(story: Path, world: World) -> None:
    play(story, world)
