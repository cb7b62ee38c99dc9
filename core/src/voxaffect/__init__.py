"""Hear emotion in speech, and express emotion as prosody."""

from voxaffect.audio import load_audio, save_audio
from voxaffect.backends import Backend, create_backend, get_available_backends
from voxaffect.baseline import BaselineStore, SpeakerBaseline
from voxaffect.builtin.taxonomy import dimensions_to_likely_emotions
from voxaffect.components import (
    Classification,
    Classifier,
    Component,
    FeatureExtractor,
    Features,
    Heard,
    ProsodyRenderer,
    Stage,
    Taxonomy,
)
from voxaffect.conversation import Turn, VoicePipeline
from voxaffect.detector import VoiceEmotionDetector
from voxaffect.emotions import EMOTION_QUADRANTS, EmotionCategory, Intensity
from voxaffect.errors import (
    AudioError,
    ComponentUnavailableError,
    ConfigurationError,
    InvalidValueError,
    PluginError,
    UnknownNameError,
    VoxaffectError,
)
from voxaffect.expression import (
    STRATEGIES,
    Delivery,
    EmotionToProsody,
    ProsodyApplicator,
    choose_delivery,
    emotion_to_prosody,
    scale_prosody,
)
from voxaffect.hookspecs import hookimpl
from voxaffect.host import PluginHost
from voxaffect.pipeline import Pipeline, Response
from voxaffect.report import to_dict
from voxaffect.trajectory import Direction, Trajectory
from voxaffect.types import (
    NEUTRAL_PROSODY,
    Audio,
    AudioQuality,
    EmotionPrediction,
    EmotionResult,
    PrimaryDimensions,
    ProsodicMarkers,
    ProsodyParameters,
    Rendering,
    SpeechRateCategory,
    Utterance,
)

__all__ = [
    "EMOTION_QUADRANTS",
    "NEUTRAL_PROSODY",
    "STRATEGIES",
    "Audio",
    "AudioError",
    "AudioQuality",
    "Backend",
    "BaselineStore",
    "Classification",
    "Classifier",
    "Component",
    "ComponentUnavailableError",
    "ConfigurationError",
    "Delivery",
    "Direction",
    "EmotionCategory",
    "EmotionPrediction",
    "EmotionResult",
    "EmotionToProsody",
    "FeatureExtractor",
    "Features",
    "Heard",
    "Intensity",
    "InvalidValueError",
    "Pipeline",
    "PluginError",
    "PluginHost",
    "PrimaryDimensions",
    "ProsodicMarkers",
    "ProsodyApplicator",
    "ProsodyParameters",
    "ProsodyRenderer",
    "Rendering",
    "Response",
    "SpeakerBaseline",
    "SpeechRateCategory",
    "Stage",
    "Taxonomy",
    "Trajectory",
    "Turn",
    "UnknownNameError",
    "Utterance",
    "VoiceEmotionDetector",
    "VoicePipeline",
    "VoxaffectError",
    "choose_delivery",
    "create_backend",
    "dimensions_to_likely_emotions",
    "emotion_to_prosody",
    "get_available_backends",
    "hookimpl",
    "load_audio",
    "save_audio",
    "scale_prosody",
    "to_dict",
]
