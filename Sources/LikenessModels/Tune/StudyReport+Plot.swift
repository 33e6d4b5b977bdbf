import LikenessEvaluation
import LikenessFormat
import LikenessTuning

extension StudyReport {
    /// A plot as an SVG document: the best value so far by trial and by time, and how the value goes with each setting, all others being as
    /// they come (partial dependence).
    ///
    /// - Throws: `TuneError` if this build does not understand the study's space.
    /// - Complexity: O(settings × 5,000 × trees).
    public func svg() throws(TuneError) -> String {
        guard let space = study.space.decoded(as: TuneSpace.self) else {
            throw .badOption(
                name: "study", value: "\(study.number)", rule: "its space was written by a build that this one does not understand")
        }
        var search = Search(try space.searchSpace(), seed: study.seed, isPerSecond: false)
        var halving = Halving()
        var byTrial = PanelPlot.Panel(title: "best so far, by trial", axis: "trials")
        var byTime = PanelPlot.Panel(title: "best so far, by time", axis: "seconds in trials")
        var (best, seconds) = (-Double.infinity, 0.0)
        for trial in trials {
            search.tell(trial, &halving)
            seconds += trial.seconds
            let value = trial.best?.value ?? .nan
            if value > best { best = value }
            byTrial.dots.append((Double(trial.number), value))
            byTime.dots.append((seconds, value))
            byTrial.line.append((Double(trial.number), best))
            byTime.line.append((seconds, best))
        }
        var panels = [byTrial, byTime]
        for dependence in search.dependences() {
            var panel = PanelPlot.Panel(
                title: (space.losses.count > 1 ? dependence.loss + ": " : "") + dependence.name, axis: "expected \(study.metric)")
            panel.isLogarithmic = dependence.isLogarithmic
            let numbers = dependence.points.compactMap(\.value.number)
            if numbers.count < dependence.points.count { panel.names = dependence.points.map(\.value.description) }
            for (place, point) in dependence.points.enumerated() {
                let x = panel.names.isEmpty ? point.value.number ?? 0 : Double(place)
                panel.line.append((x, -point.mean))
                if dependence.points.count < 10 { panel.dots.append((x, -point.mean)) }
            }
            panels.append(panel)
        }
        return PanelPlot(title: "Study \(study.number): \(study.metric)", panels: panels).svg
    }
}
