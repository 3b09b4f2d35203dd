"""The registration form's next version, as the office is writing it: a question more, a limit less, some Spanish."""

from __future__ import annotations

from vetting.data.reading import Node, content_hash, read_header
from vetting.jobs.demo.cast import DIRECTORS
from vetting.jobs.demo.scene import Scene
from vetting.models import ReferenceKind, ReferenceVersion
from vetting.queries import form_versions
from vetting.queries.references import current
from vetting.questionnaires import editing
from vetting.questionnaires.editing import Content, QuestionFields
from vetting.questionnaires.form import Kind
from vetting.questionnaires.texts import mark, texts_of
from vetting.workflows.commands import SaveContent

BEGUN, ADDED, SHORTENED, TRANSLATED = 9, 8, 6, 3

FEEDBACK = QuestionFields(
    "How do families tell you what they think?",
    Kind.LONGTEXT,
    "Such as a survey, a meeting or a suggestion box.",
    max_length=600,
    minutes=4,
    informs=("P5.3",),
)
SPANISH = {
    "section.mission.title": "Su misión y su alcance",
    "question.mission.label": "¿Cuál es su misión?",
    "question.beneficiaries.label": "¿A quién sirve?",
}


def draft(scene: Scene) -> None:
    """A draft that a director began some days ago; another person may publish it."""
    base = current(scene.session, ReferenceKind.FORM, "registration")
    content: Content = {**base.content, "version": base.number + 1}
    header = read_header(Node(content, base.title))
    version = ReferenceVersion(
        kind=base.kind,
        key=base.key,
        number=header.version,
        title=header.title,
        provenance=header.provenance,
        provenance_note=header.provenance_note,
        content=content,
        content_sha256=content_hash(content),
        created_at=scene.house.moment(BEGUN),
    )
    director = scene.acting(DIRECTORS[0])
    scene.take("reference", version, "draft", director, scene.house.moment(BEGUN))

    def save(fresh: Content, what: str, days_ago: int) -> None:
        at = scene.house.moment(days_ago, 14)
        scene.take("reference", version, "save", director, at, data=SaveContent(fresh, what))

    content, _key = editing.add_question(version.content, "mission", FEEDBACK, ())
    save(content, f"Question added: {FEEDBACK.label}", ADDED)
    mission = next(q for q in form_versions.form(version).questions if q.key == "mission")
    shorter = QuestionFields(
        mission.label,
        mission.kind,
        mission.help,
        max_length=600,
        minutes=4,
        informs=mission.informs,
        public=mission.public,
        identifies=mission.identifies,
    )
    save(editing.change_question(version.content, "mission", shorter), f"Question: {mission.label}", SHORTENED)
    english = texts_of(form_versions.form(version))
    texts = {path: (text, mark(english[path])) for path, text in SPANISH.items()}
    save(editing.set_texts(version.content, "es", texts), "Texts: Español", TRANSLATED)
