"""What the finished picture says of its origin, from its recipe and from what its source said."""

from pipelines.provenance.marks import AigcLabel, Marks, kept_alone, mixed_into_scene
from pipelines.provenance.xmp import marks_in
from pipelines.spec import EditParams, SceneParams, SwapParams, WhiteParams
from pipelines.stages.shot import Shot


def marks_of(shot: Shot) -> Marks:
    """Mark scenes as composites, of generated parts where a model painted; keep earlier marks."""
    params = shot.recipe.params
    before = marks_in(shot.data)
    aigc = before.aigc
    if isinstance(params, WhiteParams | SceneParams | EditParams | SwapParams) and params.aigc:
        aigc = AigcLabel(producer=params.aigc, produce_id=shot.recipe.digest)
    if isinstance(params, SceneParams):
        painted = "trainedAlgorithmicMedia" if params.is_painted else before.source_type
        return Marks(source_type=mixed_into_scene(painted), aigc=aigc)
    if isinstance(params, EditParams):
        return Marks(source_type="compositeWithTrainedAlgorithmicMedia", aigc=aigc)
    if isinstance(params, SwapParams) and (params.model or params.template):
        painted = "trainedAlgorithmicMedia" if params.model else before.source_type
        return Marks(source_type=mixed_into_scene(painted), aigc=aigc)
    alone = kept_alone(before.source_type)
    if isinstance(params, SwapParams) and params.is_retouched and not alone:
        return Marks(source_type="algorithmicallyEnhanced", aigc=aigc)
    if (
        not alone
        and shot.source is not None
        and params.is_render(only_renderers_write_it=shot.source.rendered)
    ):
        alone = "digitalCreation"  # IPTC's term for what people made with software
    return Marks(source_type=alone, aigc=aigc)
