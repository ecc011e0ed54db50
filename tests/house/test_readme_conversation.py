"""The picture of a conversation that README begins with is one that the program really has."""

from __future__ import annotations

import re
from pathlib import Path

from tests.stories.player import play
from tests.world import World

README = Path(__file__).parents[2] / "README.md"


def test_the_conversation_in_the_readme_goes_as_it_is_written(world: World, tmp_path: Path) -> None:
    picture = re.search(r"```\n(olga .*?)```", README.read_text(), re.DOTALL)
    assert picture, "README shows no conversation"
    story = tmp_path / "readme.txt"
    story.write_text(picture[1])

    play(story, world)
