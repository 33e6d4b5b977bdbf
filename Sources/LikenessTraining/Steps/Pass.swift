import CVectorKernels
import Platform

/// What all threads of a fit share while examples are trained.
@safe struct PassContext: @unchecked Sendable {
    let choice: Hyperparameters
    let compatibility: Compatibility
    let users: Side
    let items: Side
    /// What each user has seen (likes and dislikes), so that it is not drawn as a negative.
    let seen: UserRowsView
    /// What k-OS WARP samples its positives from.
    let positives: UserRowsView
    /// The dislikes, if they are preferred as negatives.
    let dislikes: UserRowsView?
    /// What BPR draws its negatives from, each item as often as it is to come: the entries, unless the model is a part of a larger one.
    let negatives: UnsafePointer<UInt32>
    let negativeCount: Int
    /// The items that may be drawn; nil for all.
    let drawable: UnsafePointer<UInt32>?
    /// How many items may be drawn.
    let drawableCount: Int
    /// The rank loss of a violator by how many tries before it were in vain.
    let rankLosses: UnsafePointer<Float>
    let step: OptimizerStep
    let userStep: OptimizerStep
    /// What kernels for rows without features read and move.
    let plainRows: UnsafePointer<training_plain_t>
    /// Whether those kernels may step: users have no features, and steps are by adagrad without a running scale.
    let stepsPlainly: Bool
    /// Whether they may judge candidates too: besides, nothing decays and dislikes are not preferred.
    let judgesPlainly: Bool
    /// Whether a running scale multiplies the representations.
    let hasRunningScale: Bool
    let isRegularized: Bool
}

/// What a pass over examples adds up.
struct PassTotals {
    var examples = 0
    var updates = 0
    var loss = 0.0

    /// The loss by example.
    var meanLoss: Double { loss / Double(max(examples, 1)) }
}

/// One thread's walk over examples. Positions in the epoch are decided by the caller; random numbers come from the sampler.
struct Pass<Source: Sampler> {
    let context: PassContext
    let scratch: Scratch
    var source: Source
    var totals = PassTotals()
    /// The decay, α × the sum of mean rates, that each side has seen since the epoch began.
    var itemDecay = 0.0
    var userDecay = 0.0
    /// The running scales, 1 unless they are kept.
    var itemScale: Float = 1
    var userScale: Float = 1
    /// The product of probabilities whose logarithm is still to be added to the loss.
    private var likelihood = 1.0

    init(context: PassContext, scratch: Scratch, source: Source) {
        self.context = context
        self.scratch = scratch
        self.source = source
    }

    /// Trains examples in their order.
    mutating func train(_ examples: UnsafeBufferPointer<Example>) {
        totals.examples += examples.count
        switch context.choice.loss {
        case .warp, .warpKOS:
            if trainsPlainly {
                unsafe trainPlainly(examples)
            } else if looksAhead, let codes = context.items.codes {
                unsafe trainByStages(examples, codes)
            } else if context.choice.loss == .warp {
                for index in examples.indices { unsafe stepByWARP(examples[index]) }
            } else {
                for index in examples.indices { unsafe stepByKOS(examples[index]) }
            }
        case .bpr: unsafe trainByBPR(examples)
        case .logistic: unsafe trainByLogistic(examples)
        }
        settleLikelihood()
    }

    @inline(__always)
    func userRepresentation(_ user: Int) -> Side.Representation {
        unsafe context.users.representation(of: user, scratch: scratch.user, decay: userDecay, scale: userScale)
    }

    @inline(__always)
    func itemRepresentation(_ item: Int, scratch: UnsafeMutablePointer<Float>) -> Side.Representation {
        unsafe context.items.representation(of: item, scratch: scratch, decay: itemDecay, scale: itemScale)
    }

    /// Adds -log `probability` to the loss; the logarithm itself is taken once for many.
    @inline(__always)
    mutating func addSurprise(ofProbability probability: Float) {
        likelihood *= Double(max(probability, 1e-30))
        if likelihood < 1e-200 { settleLikelihood() }
    }

    private mutating func settleLikelihood() {
        totals.loss -= Mathematics.logarithm(likelihood)
        likelihood = 1
    }
}
