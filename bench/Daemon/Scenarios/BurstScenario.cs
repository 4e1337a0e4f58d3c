using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.DaemonBench.Scenarios;

/// <summary>Very many small files that are written at once, more than the system's queue of events holds.</summary>
/// <remarks>
/// Each file has one spectrum. While the first third is written the process is held by SIGSTOP, so that the queue of events
/// overflows for certain. Some files are written in two pieces with a pause shorter than the quiet period; what has joined is
/// compared with what lies in the folder at the end, by digests.
/// </remarks>
internal sealed class BurstScenario : IScenario
{
    private const int VariableCount = 150;
    private const int SlowCount = 40;
    private static readonly TimeSpan SlowPause = TimeSpan.FromSeconds(1);

    public string Name => "burst";

    public string Usage => "[--files N] [--patience S] [--afterwards leave|move|delete] [--folder DIR]";

    public async IAsyncEnumerable<string> RunAsync(string folder, ScenarioArguments arguments)
    {
        int count = arguments.Number("--files", 100_000);
        var patience = TimeSpan.FromSeconds(arguments.Number("--patience", 900));
        string afterwards = arguments.Text("--afterwards", "leave");
        using ServedDaemon daemon = await ServedDaemon.StartAsync(folder, settings => settings["Folders"]![0]!["Afterwards"] = afterwards);
        ProcessSample before = ProcessSample.Of(daemon.Process);
        var since = Stopwatch.StartNew();
        Task<TimeSpan?> found = Later("pipeline_folder_files");
        Task<TimeSpan?> joined = Later("pipeline_dataset_sources");
        HashSet<string> written = await WriteAsync(daemon, count);
        TimeSpan writing = since.Elapsed;
        TimeSpan? foundAfter = await found;
        TimeSpan? joinedAfter = await joined;
        ProcessSample after = ProcessSample.Of(daemon.Process);
        HashSet<string> sources = await daemon.SourcesAsync();
        yield return "| files | written | all found | all joined | files/s | CPU of the daemon | peak memory | partial files in the dataset | files missing |";
        yield return "|---|---|---|---|---|---|---|---|---|";
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"| {count} ({afterwards}) | {Text(writing)} | {Text(foundAfter)} | {Text(joinedAfter)} | {count / (joinedAfter?.TotalSeconds ?? double.NaN):0} | {after.CpuSeconds - before.CpuSeconds:0.0} s | {after.PeakMebibytes} MiB (before: {before.PeakMebibytes}) | {sources.Except(written).Count()} | {written.Except(sources).Count()} |");

        async Task<TimeSpan?> Later(string metric)
        {
            await Task.Yield();
            return await daemon.WhenAsync(metric, count, since, patience);
        }
    }

    private static string Text(TimeSpan? time) => time is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known.TotalSeconds:0.0} s") : "not in time";

    /// <summary>Writes the files; the digests of what lies there at the end.</summary>
    private static async Task<HashSet<string>> WriteAsync(ServedDaemon daemon, int count)
    {
        var random = new Random(1);
        HashSet<string> digests = [];
        List<Task> slow = [];
        Signal(daemon, "-STOP");
        for (int i = 0; i < count; i++)
        {
            byte[] bytes = Spectrum(i, random);
            digests.Add(Convert.ToHexStringLower(SHA256.HashData(bytes)));
            string path = Path.Combine(daemon.Inbox, $"scan-{i:000000}.csv");
            if (i % Math.Max(1, count / SlowCount) == 0)
            {
                slow.Add(WriteSlowlyAsync(path, bytes));
            }
            else
            {
                await File.WriteAllBytesAsync(path, bytes);
            }

            if (i == count / 3)
            {
                Signal(daemon, "-CONT");
            }
        }

        await Task.WhenAll(slow);
        return digests;
    }

    /// <summary>The first half ends with a whole line or in the middle of one; after the pause it would be taken for a whole file.</summary>
    private static async Task WriteSlowlyAsync(string path, byte[] bytes)
    {
        await using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        await file.WriteAsync(bytes.AsMemory(0, bytes.Length * 2 / 3));
        await Task.Delay(SlowPause);
        await file.WriteAsync(bytes.AsMemory(bytes.Length * 2 / 3));
    }

    private static byte[] Spectrum(int number, Random random)
    {
        var text = new StringBuilder("sample_id,protein");
        for (int j = 0; j < VariableCount; j++)
        {
            text.Append(CultureInfo.InvariantCulture, $",{1100 + (8 * j)} nm");
        }

        text.Append(CultureInfo.InvariantCulture, $"\nS{number:000000},{8 + (8 * random.NextDouble()):0.00}");
        for (int j = 0; j < VariableCount; j++)
        {
            text.Append(CultureInfo.InvariantCulture, $",{random.NextDouble():0.00000000}");
        }

        return Encoding.ASCII.GetBytes(text.Append('\n').ToString());
    }

    private static void Signal(ServedDaemon daemon, string signal)
    {
        using Process kill = System.Diagnostics.Process.Start("kill", [signal, daemon.Process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }
}
