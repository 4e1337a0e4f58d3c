using System.Text;
using Pipeline.Engine;
using Pipeline.Engine.Storage;
using Pipeline.Host.Runs;

namespace Pipeline.Host.Results;

/// <summary>The files that a finished search leaves behind.</summary>
/// <remarks>
/// <c>leaderboard.csv</c>, <c>leaderboard.json</c>, <c>predictions.csv</c> and <c>test-predictions.csv</c> depend on data
/// and study alone and are the same bytes for any machine, thread count and order of rows; whatever differs from run to
/// run (times, memory, cache) stands in <c>run.json</c>. Each file is durable before it takes its name, so
/// nobody ever sees half of one.
/// </remarks>
public static class ResultFiles
{
    private const string TestPredictions = "test-predictions.csv";

    private static readonly LocalStorage Storage = new();

    /// <summary>Refuses a folder that cannot be made or written, before any work is done for it.</summary>
    public static void RefuseUnwritable(string folder) => Guard(folder, () =>
    {
        Directory.CreateDirectory(folder);
        string probe = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
        File.WriteAllBytes(probe, []);
        File.Delete(probe);
    });

    /// <summary>Writes all files of a result into a folder.</summary>
    public static void Write(RunResult result, string folder) => Guard(folder, () =>
    {
        Put(folder, "leaderboard.csv", LeaderboardCsv.Text(result.Leaderboard));
        Put(folder, "leaderboard.json", ResultJson.Leaderboard(result));
        Put(folder, "predictions.csv", PredictionsCsv.HeldOut(result));
        if (result.Prepared.Test is null)
        {
            // What an earlier run with other sets left here would be taken for this run's.
            File.Delete(Path.Combine(folder, TestPredictions));
        }
        else
        {
            Put(folder, TestPredictions, PredictionsCsv.Test(result));
        }

        Put(folder, "run.json", ResultJson.Run(result));
    });

    /// <summary>A folder that cannot be written is the user's to mend.</summary>
    private static void Guard(string folder, Action body)
    {
        try
        {
            body();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new StageException(
                FailureKind.Storage, $"Results cannot be written to '{folder}': {error.Message} Choose another folder with --out.", error);
        }
    }

    private static void Put(string folder, string name, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Storage.Write(Path.Combine(folder, name), stream => stream.Write(bytes));
    }
}
