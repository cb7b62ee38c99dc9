from .audio import load_audio, save_audio
from .backends import Backend, create_backend, get_available_backends
from .baseline import BaselineStore, SpeakerBaseline
from .builtin.taxonomy import dimensions_to_likely_emotions
from .components import (
    Card,
    Classification,
    Classifier,
    Component,
    FeatureExtractor,
    Features,
    Heard,
    ProsodyRenderer,
    Stage,
    Taxonomy,
    Unavailable,
)
from .conversation import Turn, VoicePipeline
from .detector import VoiceEmotionDetector
from .emotions import EMOTION_QUADRANTS, EmotionCategory, Intensity
from .errors import (
    AudioError,
    ComponentUnavailableError,
    ConfigurationError,
    InvalidValueError,
    PluginError,
    UnknownNameError,
    VoxaffectError,
)
from .expression import (
    STRATEGIES,
    Chain,
    Delivery,
    EmotionToProsody,
    ProsodyApplicator,
    choose_delivery,
    emotion_to_prosody,
    scale_prosody,
)
from .hookspecs import hookimpl
from .host import PluginHost
from .pipeline import Pipeline, Response
from .prompt import PromptPolicy
from .report import to_dict
from .streaming import EmotionStream, hear_timeline
from .trajectory import Direction, Trajectory
from .types import (
    NEUTRAL_PROSODY,
    Audio,
    AudioQuality,
    Carried,
    EmotionAccount,
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
    "Carried",
    "Chain",
    "Classification",
    "Classifier",
    "Card",
    "Component",
    "ComponentUnavailableError",
    "ConfigurationError",
    "Delivery",
    "Direction",
    "EmotionAccount",
    "EmotionCategory",
    "EmotionPrediction",
    "EmotionResult",
    "EmotionStream",
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
    "PromptPolicy",
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
    "Unavailable",
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
    "hear_timeline",
    "hookimpl",
    "load_audio",
    "save_audio",
    "scale_prosody",
    "to_dict",
]
