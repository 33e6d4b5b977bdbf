// One `import Likeness` gives the store's own public types too.
@_exported public import LikenessStore
@_exported public import LikenessTraining
