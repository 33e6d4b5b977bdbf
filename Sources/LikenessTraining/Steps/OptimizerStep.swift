import CVectorKernels

/// The step rule with its numbers, applied to rows of a table.
struct OptimizerStep: Sendable {
    let schedule: Hyperparameters.Schedule
    let adagrad: training_adagrad_t
    let adadelta: training_adadelta_t

    /// - Parameters:
    ///   - growth: each parameter is multiplied by 1 + growth × its own rate after its step.
    ///   - sumsRates: whether sums of rates are wanted.
    init(_ choice: Hyperparameters, growth: Float, sumsRates: Bool) {
        let (components, stride) = (choice.components, ParameterTable.stride(of: choice.components))
        schedule = choice.schedule
        adagrad = training_adagrad_t(
            rate: choice.learningRate, growth: growth, components: components, stride: stride,
            sums: sumsRates ? 1 : 0)
        adadelta = training_adadelta_t(
            rho: choice.rho, epsilon: choice.epsilon, growth: growth, components: components, stride: stride,
            sums: sumsRates ? 1 : 0)
    }

    /// Steps the embeddings of some rows, whose gradients are `scale` × weight × `direction`.
    /// - Returns: the sum of the rates used, if wanted.
    @inline(__always)
    func stepEmbeddings(
        _ table: TableView, _ columns: UnsafePointer<UInt32>, _ weights: UnsafePointer<Float>, _ count: Int,
        direction: UnsafePointer<Float>, scale: Float, refreshed: UnsafeMutablePointer<Float>?
    ) -> Float {
        switch schedule {
        case .adagrad:
            unsafe withUnsafePointer(to: adagrad) { step in
                unsafe training_adagrad_rows(
                    table.embeddings, table.embeddingAccumulators, columns, weights, count, direction, scale, step,
                    refreshed)
            }
        case .adadelta:
            unsafe withUnsafePointer(to: adadelta) { step in
                unsafe training_adadelta_rows(
                    table.embeddings, table.embeddingAccumulators, table.embeddingMomenta, columns, weights, count,
                    direction,
                    scale, step, refreshed)
            }
        }
    }

    /// Steps the bias of a row.
    /// - Returns: the rate used.
    @inline(__always)
    func stepBias(_ table: TableView, _ row: Int, gradient: Float) -> Float {
        switch schedule {
        case .adagrad:
            let squares = unsafe table.biasAccumulators[row]
            let rate = adagrad.rate / squares.squareRoot()
            unsafe table.biases[row] = (table.biases[row] - rate * gradient) * (1 + adagrad.growth * rate)
            unsafe table.biasAccumulators[row] = squares + gradient * gradient
            return rate
        case .adadelta:
            let (keep, take) = (adadelta.rho, 1 - adadelta.rho)
            let mean = unsafe keep * table.biasAccumulators[row] + take * (gradient * gradient)
            let moved = unsafe table.biasMomenta[row]
            let rate = ((moved + adadelta.epsilon) / (mean + adadelta.epsilon)).squareRoot()
            let move = rate * gradient
            unsafe table.biasAccumulators[row] = mean
            unsafe table.biasMomenta[row] = keep * moved + take * (move * move)
            unsafe table.biases[row] = (table.biases[row] - move) * (1 + adadelta.growth * rate)
            return rate
        }
    }
}
