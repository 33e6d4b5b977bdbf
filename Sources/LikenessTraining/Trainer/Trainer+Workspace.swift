import LikenessFormat

extension Trainer {
    /// The memory of a run. The model must not be touched through the trainer while it is used.
    mutating func makeWorkspace() -> Workspace {
        let isRegularized = hyperparameters.itemRegularization > 0 || hyperparameters.userRegularization > 0
        let hasRunningScale = isRegularized && compatibility.contains(.runningScale)
        let decaysLazily = isRegularized && !hasRunningScale
        var decays: [FixedBuffer<Float>] = []
        func decayBuffer(_ rows: Int) -> UnsafeMutablePointer<Float>? {
            guard decaysLazily else { return nil }
            let buffer = FixedBuffer<Float>(repeating: 0, count: rows)
            decays.append(buffer)
            return unsafe buffer.start
        }
        let items = unsafe TableView(&model.items, decays: decayBuffer(model.items.rows))
        let itemNamed = unsafe TableView(
            &model.itemFeatures, decays: decayBuffer(model.itemFeatures.rows), fixed: partial.fixedItemFeatures)
        let users = unsafe TableView(&model.users, decays: decayBuffer(model.users.rows))
        let userNamed = unsafe TableView(
            &model.userFeatures, decays: decayBuffer(model.userFeatures.rows), fixed: partial.fixedUserFeatures)

        let (trained, mapping) = mapped()
        let features = [FeatureBuffers(trained), FeatureBuffers(userFeatures)]
        let looks =
            (hyperparameters.loss == .warp || hyperparameters.loss == .warpKOS)
            && !compatibility.contains(.exactCandidates) && !hasRunningScale
        let owner =
            looks ? CandidateCodes.Owner(rows: items.rows, stride: items.stride, decays: decaysLazily) : nil
        let codes = owner.map { CandidateCodes($0) }
        let rankLosses = FixedBuffer(self.rankLosses, or: 0)
        let drawable = rows.drawable.map { FixedBuffer($0, or: 0) }
        let negatives = partial.negatives.map { FixedBuffer($0, or: 0) }

        let stepsPlainly = userFeatures == nil && hyperparameters.schedule == .adagrad && !hasRunningScale
        let step = OptimizerStep(
            hyperparameters, growth: hasRunningScale ? hyperparameters.itemRegularization : 0, sumsRates: isRegularized)
        let plain = unsafe PlainRows(
            users: users, items: items, codes: codes, seen: rows.seen.view, rankLosses: rankLosses.start,
            margin: hyperparameters.margin, step: step)

        let context = unsafe PassContext(
            choice: hyperparameters, compatibility: compatibility,
            users: Side(
                identity: users, named: userNamed, isIdentity: userFeatures == nil, features: features[1],
                codes: nil, regularization: hyperparameters.userRegularization),
            items: Side(
                identity: items, named: itemNamed, isIdentity: trained == nil, features: features[0],
                codes: codes, regularization: hyperparameters.itemRegularization),
            seen: rows.seen.view, positives: (rows.positives ?? rows.seen).view, dislikes: rows.dislikes?.view,
            negatives: negatives.map { unsafe UnsafePointer($0.start) } ?? rows.seen.view.items,
            negativeCount: partial.negatives?.count ?? rows.seen.view.count,
            drawable: drawable.map { unsafe UnsafePointer($0.start) }, drawableCount: drawableCount,
            rankLosses: UnsafePointer(rankLosses.start),
            step: step,
            userStep: OptimizerStep(
                hyperparameters, growth: hasRunningScale ? hyperparameters.userRegularization : 0,
                sumsRates: isRegularized),
            plainRows: UnsafePointer(plain.start), stepsPlainly: stepsPlainly,
            judgesPlainly: stepsPlainly && !isRegularized && rows.dislikes == nil
                && compatibility.isDisjoint(with: [.userBiasInPairwise, .stepsInParts]),
            hasRunningScale: hasRunningScale, isRegularized: isRegularized)
        return Workspace(
            context: context,
            tables: [(.item, items), (.itemFeature, itemNamed), (.user, users), (.userFeature, userNamed)],
            owned: Workspace.Owned(
                plain: plain, rankLosses: rankLosses, features: features, decays: decays, codes: owner, drawable: drawable,
                negatives: negatives,
                rows: rows, mapping: mapping))
    }

    /// What items are made of while they are trained, and how features learn from items where some have them as a trace only.
    private func mapped() -> (trained: FeatureRows?, mapping: FeatureMapping?) {
        guard let itemFeatures, !compatibility.contains(.tracesAreTrained) else { return (itemFeatures, nil) }
        let all = Array(0..<itemFeatures.rows)
        guard all.contains(where: itemFeatures.isTrace) else { return (itemFeatures, nil) }
        var isTrained = [Bool](repeating: false, count: all.count)
        for entry in 0..<rows.examples.count { isTrained[Int(rows.examples.items[entry])] = true }
        // Features that stand still are not taught either.
        let learning = partial.fixedItemFeatures > 0 ? itemFeatures.dropping(columnsBelow: partial.fixedItemFeatures) : itemFeatures
        let taught = all.filter { isTrained[$0] && learning.squaredLength(ofFeaturesIn: $0) > 0 }
        let trained = itemFeatures.selecting(all) { itemFeatures.isTrace($0) ? nil : 1 }
        return (trained.isIdentity ? nil : trained, FeatureMapping(of: taught, learning))
    }
}
