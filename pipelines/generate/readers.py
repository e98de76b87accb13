"""How each family of models reads a prompt: what its pipeline is given in place of the words.

A pipeline is asked for the embeddings of one prompt at a time, so that those of a batch are the
same as those of single pictures. Tokenizers are not safe to use from two threads: everything reads
in a `ReadingRoom`.
"""

from collections.abc import Callable
from typing import Any, Protocol

import torch
from PIL import Image

from pipelines.generate.port import Ask
from pipelines.generate.prompts import Fitted, fit

Embeddings = dict[str, Any]
"""Arguments of the pipeline's call: tensors with one row, or lists with one tensor."""
_CLIP_TOKENS = 75
"""Of CLIP's 77, two mark the ends."""
_CLIP_PIECES = 3


class Reader(Protocol):
    """What a family's pipeline makes of words."""

    sees: bool
    """Whether the picture is read together with the words."""

    def fitted(self, pipe: Any, text: str) -> Fitted:
        """What of a text the model reads."""
        ...

    def read(self, pipe: Any, ask: Ask, *, guided: bool) -> Embeddings:
        """Embeddings of the prompt and, where `guided`, of what shall not be seen."""
        ...


def _counter(tokenizer: Any) -> Callable[[str], int]:
    return lambda text: len(tokenizer(text, add_special_tokens=False)["input_ids"])


class SdxlReader:
    """Two CLIP encoders of 77 tokens: longer prompts are read in pieces, one after another."""

    sees = False

    def fitted(self, pipe: Any, text: str) -> Fitted:
        """Up to 225 tokens, in pieces of 75."""
        count = _counter(pipe.tokenizer)
        return fit(text, count=count, most=_CLIP_TOKENS, pieces=_CLIP_PIECES)

    def read(self, pipe: Any, ask: Ask, *, guided: bool) -> Embeddings:
        """Pieces side by side; both texts are filled up with empty ones to the same number."""
        wanted = self.fitted(pipe, ask.prompt).pieces
        unwanted = self.fitted(pipe, ask.negative_prompt).pieces if guided else ()
        pieces = max(len(wanted), len(unwanted))
        words, pooled = self._encoded(pipe, wanted, pieces)
        given: Embeddings = {"prompt_embeds": words, "pooled_prompt_embeds": pooled}
        if not guided:
            return given
        if unwanted == ("",) and pipe.config.force_zeros_for_empty_prompt:
            words, pooled = torch.zeros_like(words), torch.zeros_like(pooled)
        else:
            words, pooled = self._encoded(pipe, unwanted, pieces)
        return given | {"negative_prompt_embeds": words, "negative_pooled_prompt_embeds": pooled}

    def _encoded(self, pipe: Any, texts: tuple[str, ...], pieces: int) -> tuple[Any, Any]:
        padded = texts + ("",) * (pieces - len(texts))
        read = [self._piece(pipe, text) for text in padded]
        return torch.cat([one[0] for one in read], dim=1), read[0][2]

    def _piece(self, pipe: Any, text: str) -> Any:
        return pipe.encode_prompt(prompt=text, do_classifier_free_guidance=False)


class QwenReader:
    """A language model; the embeddings are as long as the prompt."""

    sees = False
    most_tokens = 500

    def fitted(self, pipe: Any, text: str) -> Fitted:
        """Up to 500 tokens: the pipeline takes 512."""
        return fit(text, count=_counter(pipe.tokenizer), most=self.most_tokens)

    def read(self, pipe: Any, ask: Ask, *, guided: bool) -> Embeddings:
        """Words, and a mask only where the pipeline makes one."""
        given = self._encoded(pipe, ask, ask.prompt, prefix="prompt_embeds")
        if guided:
            # The authors' way to say nothing: an empty text is not one that it was trained on.
            text = ask.negative_prompt.strip() or " "
            given |= self._encoded(pipe, ask, text, prefix="negative_prompt_embeds")
        return given

    def _encoded(self, pipe: Any, ask: Ask, text: str, *, prefix: str) -> Embeddings:
        fitted = self.fitted(pipe, text).text or " "
        words, _ = pipe.encode_prompt(prompt=fitted, **self._pictures(pipe, ask))
        # One prompt has no padding, so all of it counts.
        return {prefix: words, f"{prefix}_mask": torch.ones(words.shape[:2], dtype=torch.long,
                                                            device=words.device)}  # fmt: skip

    def _pictures(self, pipe: Any, ask: Ask) -> Embeddings:  # noqa: ARG002 - for the one that sees
        return {}


class QwenEditReader(QwenReader):
    """The same, looking at the pictures as well, at the small size that it was trained on."""

    sees = True
    _LOOK_PX = 384

    def _pictures(self, pipe: Any, ask: Ask) -> Embeddings:
        return {"image": [self._small(pipe, one) for one in (ask.picture, *ask.references)]}

    def _small(self, pipe: Any, picture: Any) -> Any:
        height, width = picture.shape[:2]
        ratio = width / height
        wide = round((self._LOOK_PX**2 * ratio) ** 0.5 / 32) * 32
        high = round((self._LOOK_PX**2 / ratio) ** 0.5 / 32) * 32
        return pipe.image_processor.resize(Image.fromarray(picture), max(32, high), max(32, wide))


class ZImageReader:
    """A language model; a list of embeddings, each as long as its prompt."""

    sees = False
    most_tokens = 480

    def fitted(self, pipe: Any, text: str) -> Fitted:
        """Up to 480 tokens: 512 with the words of the chat around them."""
        return fit(text, count=_counter(pipe.tokenizer), most=self.most_tokens)

    def read(self, pipe: Any, ask: Ask, *, guided: bool) -> Embeddings:
        """Lists of one tensor."""
        words, unwanted = pipe.encode_prompt(
            prompt=[self.fitted(pipe, ask.prompt).text],
            negative_prompt=[self.fitted(pipe, ask.negative_prompt).text],
            do_classifier_free_guidance=guided,
        )
        return {"prompt_embeds": words, "negative_prompt_embeds": unwanted}


class KleinReader:
    """A language model; always 512 tokens, filled up."""

    sees = False
    most_tokens = 480

    def fitted(self, pipe: Any, text: str) -> Fitted:
        """Up to 480 tokens: 512 with the words of the chat around them."""
        return fit(text, count=_counter(pipe.tokenizer), most=self.most_tokens)

    def read(self, pipe: Any, ask: Ask, *, guided: bool) -> Embeddings:
        """Words; what shall not be seen is read only by a model that is not distilled."""
        given = {"prompt_embeds": self._encoded(pipe, ask.prompt)}
        if guided and not pipe.config.is_distilled:
            given["negative_prompt_embeds"] = self._encoded(pipe, ask.negative_prompt)
        return given

    def _encoded(self, pipe: Any, text: str) -> Any:
        return pipe.encode_prompt(prompt=self.fitted(pipe, text).text)[0]


class FluxFillReader:
    """T5 for the words, CLIP for the gist; guidance is built in and takes no second text."""

    sees = False
    most_tokens = 500

    def fitted(self, pipe: Any, text: str) -> Fitted:
        """Up to 500 tokens of T5's 512; CLIP reads the first 75 of its own."""
        return fit(text, count=_counter(pipe.tokenizer_2), most=self.most_tokens)

    def read(self, pipe: Any, ask: Ask, *, guided: bool) -> Embeddings:  # noqa: ARG002 - built in
        """Words and their gist."""
        text = self.fitted(pipe, ask.prompt).text
        gist = fit(text, count=_counter(pipe.tokenizer), most=_CLIP_TOKENS).text
        words, pooled, _ = pipe.encode_prompt(prompt=gist, prompt_2=text)
        return {"prompt_embeds": words, "pooled_prompt_embeds": pooled}
