// One `import Likeness` gives the public types of the modules below too.
@_exported public import DemoData
@_exported public import Interchange
@_exported public import LikenessFormat
@_exported public import LikenessModels
@_exported public import LikenessReplication
@_exported public import LikenessStore
@_exported public import LikenessTraining
@_exported public import ObjectStorage
