// The umbrella: what a Swift user of the library imports.
@_exported public import Corpora
@_exported public import Generation
@_exported public import Interchange
@_exported public import LanguageModel
@_exported public import Measuring
@_exported public import Models
@_exported public import Scoring
@_exported public import Training
@_exported public import Verse
