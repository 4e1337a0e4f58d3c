using System.Text;
using Pipeline.Engine;
using Pipeline.Engine.Storage;
using Pipeline.Host.Results.Report;
using Pipeline.Host.Results.Tables;
using Pipeline.Host.Runs;

namespace Pipeline.Host.Results;

/// <summary>The files that a finished search leaves behind.</summary>
/// <remarks>
/// The tables (<c>leaderboard</c>, <c>predictions</c>, <c>test-predictions</c>, each as <c>.csv</c> and <c>.arrow</c>:
/// <see cref="ColumnTable"/>), <c>leaderboard.json</c>, <c>holdout-sets.csv</c> and <c>report.html</c> (<see cref="StudyReport"/>) depend on data and study
/// alone and are the same bytes for any machine, thread count and order of rows; what they come from and whatever differs from
/// run to run (times, memory, cache) stands in <c>provenance.json</c> (<see cref="ProvenanceJson"/>), which is written last.
/// Each file is durable before it takes its name, so nobody ever sees half of one.
/// </remarks>
public static class ResultFiles
{
    /// <summary>The name of the report.</summary>
    public const string ReportName = "report.html";

    /// <summary>The name of the document of provenance.</summary>
    public const string ProvenanceName = "provenance.json";

    /// <summary>The name of the leaderboard, without ending.</summary>
    public const string Leaderboard = "leaderboard";

    /// <summary>The name of the held-out predictions, without ending.</summary>
    public const string Predictions = "predictions";

    /// <summary>The ending of tables as text with commas.</summary>
    public const string TextEnding = ".csv";

    /// <summary>The ending of tables as Arrow files.</summary>
    public const string ArrowEnding = ".arrow";

    /// <summary>The ending of JSON.</summary>
    public const string JsonEnding = ".json";

    private const string TestPredictions = "test-predictions";
    private const string Sets = "holdout-sets.csv";

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
        string Of(string name) => Path.Combine(path, name);

        void Put(string name, ColumnTable table)
        {
            disk.Write(Of(name + TextEnding), table.WriteText);
            disk.Write(Of(name + ArrowEnding), table.WriteArrow);
        }

        Put(Leaderboard, LeaderboardTable.Of(result));
        disk.Write(Of(Leaderboard + JsonEnding), stream => ResultJson.Leaderboard(result, stream));
        Put(Predictions, PredictionsTable.HeldOut(result));
        if (result.Prepared.Test is null)
        {
            // What an earlier run with other sets left here would be taken for this run's.
            disk.Delete(Of(TestPredictions + TextEnding));
            disk.Delete(Of(TestPredictions + ArrowEnding));
        }
        else
        {
            Put(TestPredictions, PredictionsTable.Test(result));
        }

        if (result.Prepared.HoldOut is { } sets)
        {
            byte[] table = Encoding.UTF8.GetBytes(SetsCsv.Text(sets));
            disk.Write(Of(Sets), stream => stream.Write(table));
        }
        else if (result.Prepared.Request.SplitPath is not { } given || Path.GetFullPath(given) != Of(Sets))
        {
            // As above; but the sets of an earlier run may have been given to this one.
            disk.Delete(Of(Sets));
        }

        disk.Write(Of(ReportName), stream => stream.Write(report));
        byte[] provenance = Encoding.UTF8.GetBytes(ProvenanceJson.Of(result));
        disk.Write(Of(ProvenanceName), stream => stream.Write(provenance));
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
