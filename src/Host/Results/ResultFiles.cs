using System.Text;
using Pipeline.Engine;
using Pipeline.Engine.Storage;
using Pipeline.Host.Results.Report;
using Pipeline.Host.Runs;

namespace Pipeline.Host.Results;

/// <summary>The files that a finished search leaves behind.</summary>
/// <remarks>
/// <c>leaderboard.csv</c>, <c>leaderboard.json</c>, <c>predictions.csv</c>, <c>test-predictions.csv</c>, <c>sets.csv</c> and <c>report.html</c>
/// (<see cref="StudyReport"/>) depend on data and study alone and are the same bytes for any machine, thread count and order of rows; whatever differs from run to
/// run (times, memory, cache) stands in <c>run.json</c>. Each file is durable before it takes its name, so
/// nobody ever sees half of one.
/// </remarks>
public static class ResultFiles
{
    /// <summary>The name of the report.</summary>
    public const string ReportName = "report.html";

    private const string TestPredictions = "test-predictions.csv";
    private const string Sets = "sets.csv";

    private static readonly LocalStorage Local = new();

    /// <summary>Refuses a folder that cannot be made or written, before any work is done for it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="storage">Where the folder lies; the disks of this machine where none is given.</param>
    public static void RefuseUnwritable(string folder, IStorage? storage = null) => Guard(folder, storage, (disk, path) =>
    {
        disk.CreateFolder(path);

        // Named as a temporary: a power cut may leave it, and then the next start removes it.
        string probe = Path.Combine(path, $".{Guid.NewGuid():N}{StorageNames.TemporaryEnding}");
        disk.Write(probe, _ => { });
        disk.Delete(probe);
    });

    /// <summary>Writes all files of a result into a folder that exists.</summary>
    /// <param name="result">The result.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="storage">Where the folder lies; the disks of this machine where none is given.</param>
    public static void Write(RunResult result, string folder, IStorage? storage = null)
    {
        // Made before anything is written: what is wrong with it is no fault of the folder.
        byte[] report = StudyReport.Bytes(result);
        Guard(folder, storage, (disk, path) => Write(result, report, disk, path));
    }

    private static void Write(RunResult result, byte[] report, IStorage disk, string path)
    {
        void Put(string name, string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            disk.Write(Path.Combine(path, name), stream => stream.Write(bytes));
        }

        Put("leaderboard.csv", LeaderboardCsv.Text(result.Leaderboard));
        disk.Write(Path.Combine(path, "leaderboard.json"), stream => ResultJson.Leaderboard(result, stream));
        disk.Write(Path.Combine(path, "predictions.csv"), stream => PredictionsCsv.HeldOut(result, stream));
        if (result.Prepared.Test is null)
        {
            // What an earlier run with other sets left here would be taken for this run's.
            disk.Delete(Path.Combine(path, TestPredictions));
        }
        else
        {
            Put(TestPredictions, PredictionsCsv.Test(result));
        }

        if (result.Prepared.HoldOut is null)
        {
            disk.Delete(Path.Combine(path, Sets));
        }
        else
        {
            Put(Sets, SetsCsv.Text(result.Prepared.HoldOut));
        }

        disk.Write(Path.Combine(path, ReportName), stream => stream.Write(report));
        Put("run.json", ResultJson.Run(result));
    }

    /// <summary>Writes the table of a search by the seed profile, <c>results.csv</c>, into a folder that exists.</summary>
    public static void Write(OriginalRun run, string folder, IStorage? storage = null) => Guard(folder, storage, (disk, path) =>
    {
        byte[] bytes = Encoding.UTF8.GetBytes(OriginalCsv.Text(run));
        disk.Write(Path.Combine(path, "results.csv"), stream => stream.Write(bytes));
    });

    /// <summary>A folder that cannot be written is the user's to mend.</summary>
    private static void Guard(string folder, IStorage? storage, Action<IStorage, string> body)
    {
        try
        {
            body(storage ?? Local, Path.GetFullPath(folder));
        }
        catch (Exception error) when (error is StageException { Kind: FailureKind.Storage } or ArgumentException or IOException)
        {
            throw new StageException(
                FailureKind.Storage, $"Results cannot be written to '{folder}': {error.Message} Choose another folder with --out.", error);
        }
    }
}
