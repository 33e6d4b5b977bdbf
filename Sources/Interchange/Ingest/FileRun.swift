import DelimitedText
import LikenessStore
import Platform

/// Files that are taken in one after the other, with one progress, one file of rejected rows and one report.
struct FileRun {
    private let files: [String]
    private let sizes: [Int?]
    private var place = 0
    private var bytesBefore = 0
    private var report = IngestReport()
    let rejects: RejectsFile

    private init(_ paths: [String], _ options: IngestOptions, protecting storeFiles: [String]) throws(IngestError) {
        files = try InputFiles.expand(paths)
        sizes = files.map { $0 == "-" ? nil : FileSystem.byteCount($0) }
        do throws(OutputError) {
            rejects = try RejectsFile(
                options.rejects, overwriting: options.overwritesRejects, protecting: files + storeFiles, namesFiles: files.count > 1)
        } catch {
            throw .file(error.description)
        }
    }

    /// Takes the files in with `take`, one after the other.
    ///
    /// - Parameter storeFiles: the store's own files, which rejected rows must not replace.
    /// - Throws: what `take` throws, after the rows that were rejected before are written.
    static func run(
        _ paths: [String], _ options: IngestOptions, protecting storeFiles: [String],
        _ take: (String, FileRun) throws(IngestError) -> IngestReport
    ) throws(IngestError) -> IngestReport {
        var run = try FileRun(paths, options, protecting: storeFiles)
        do throws(IngestError) {
            while let file = run.current { run.add(try take(file, run)) }
        } catch {
            // The first error is the one to tell.
            _ = try? run.finish()
            throw error
        }
        return try run.finish()
    }

    /// Whether messages say which file they are about.
    var namesFiles: Bool { files.count > 1 }

    /// The file whose turn it is; nil when all were taken, or the run was stopped.
    private var current: String? { place < files.count && !report.isStopped ? files[place] : nil }

    /// The progress of all files, from that of the current one.
    func whole(_ own: IngestProgress) -> IngestProgress {
        IngestProgress(
            bytesRead: own.bytesRead + bytesBefore, totalBytes: sizes.contains(nil) ? nil : sizes.reduce(0) { $0 + ($1 ?? 0) },
            rows: own.rows + report.read, durableRows: own.durableRows + report.read)
    }

    /// Adds the report on the current file and moves on to the next.
    private mutating func add(_ next: IngestReport) {
        report.add(next)
        bytesBefore += sizes[place] ?? 0
        place += 1
    }

    /// Puts the file of rejected rows in place and gives the report.
    private mutating func finish() throws(IngestError) -> IngestReport {
        do { report.rejects = try rejects.finish() } catch { throw .file(error.description) }
        return report
    }
}
