using System.Diagnostics;
using System.Globalization;
using Pipeline.Host.Configuration;
using Pipeline.Host.Service;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Tests.Reliability;

/// <summary>Settings, the samples of the studies, and the files that arrive in an overload.</summary>
/// <remarks>
/// The giant files are as large as the daemon takes them at its budget; small ones make a tenth of the bytes. The studied
/// dataset fills at most half of what samples may take; its studies begin when it is complete.
/// </remarks>
internal sealed class OverloadFiles
{
    private const string Giant = "giant";
    private const int StudiedVariables = 700;

    // Ids, offsets and the axis beside the spectra.
    private const int SideBytesPerSample = 48;
    private const int SideBytes = 64 << 10;

    private readonly OverloadOptions _options;
    private readonly DaemonMemory _memory;
    private readonly Random _random = new(1);

    public OverloadFiles(OverloadOptions options)
    {
        _options = options;
        _memory = DaemonMemory.Of(new PipelineOptions { MemoryBytes = options.BudgetBytes, Threads = 2 });
        Inbox = Directory.CreateDirectory(Path.Combine(options.Folder, "bulk")).FullName;
        Studied = Directory.CreateDirectory(Path.Combine(options.Folder, "small")).FullName;
        WriteStudied();
        WriteSettings();
    }

    /// <summary>The folder of the files that arrive.</summary>
    public string Inbox { get; }

    /// <summary>The daemon's data.</summary>
    public string Data => Path.Combine(_options.Folder, "data");

    /// <summary>The daemon's settings.</summary>
    public string Settings => Path.Combine(_options.Folder, "settings.json");

    /// <summary>Files written so far, the one that is too large apart.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes written so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>A file that is a little larger than the daemon takes them.</summary>
    public string TooLarge => Path.Combine(Inbox, "too-large.arrow");

    private string Studied { get; }

    private int StudiedCount => (int)Math.Min(_options.StudiedCountMax, _memory.SampleBytes / (6 * StudiedVariables * sizeof(double)));

    /// <summary>Writes everything as fast as the disk takes it: giant files, and small ones between them.</summary>
    public async Task FeedAsync(Func<bool> isOver)
    {
        await Task.Yield();
        File.WriteAllBytes(TooLarge + ".part", new byte[_memory.FileBytesMax + 1]);
        File.Move(TooLarge + ".part", TooLarge);
        long total = _options.BudgetBytes * _options.Times;
        int p = _options.VariableCount;
        int giantRows = (int)((_memory.FileBytesMax - SideBytes) / ((p * sizeof(double)) + SideBytesPerSample));
        long giantBytes = (long)giantRows * p * sizeof(double);
        int giants = (int)Math.Max(1, total * 9 / 10 / giantBytes);
        int smalls = _options.SmallFileCount;
        int smallRows = (int)Math.Max(1, total / 10 / smalls / (p * sizeof(double)));
        Matrix giant = Noise(giantRows, p);
        for (int i = 0; i < giants && !isOver(); i++)
        {
            Write($"{Giant}-{i:0000}", giant, i);
            for (int k = i * smalls / giants; k < (i + 1) * smalls / giants; k++)
            {
                Write($"small-{k:0000}", Noise(smallRows, p), k);
            }

            await Task.Yield();
        }
    }

    private void Write(string stem, Matrix x, int number)
    {
        // One number makes every spectrum another one; new noise for each giant file would only cost time.
        for (int i = 0; i < x.Rows; i++)
        {
            x[i, 0] = number + (i * 1e-6);
        }

        var chunk = new SpectralChunk([.. Enumerable.Range(0, x.Rows).Select(i => $"{stem}-{i:000000}")], Axis(x.Columns), x, [], []);
        string path = Path.Combine(Inbox, stem + ".arrow");
        long length = Write(chunk, path + ".part");
        Debug.Assert(length <= _memory.FileBytesMax, "the daemon would leave it alone");
        File.Move(path + ".part", path);
        Bytes += length;
        Count++;
    }

    private void WriteStudied()
    {
        int rows = StudiedCount;
        Matrix x = Noise(rows, StudiedVariables);
        double[] y = [.. Enumerable.Range(0, rows).Select(i => 10 + x[i, 100] + x[i, 101] - x[i, 400])];
        int pieceRows = (int)Math.Min(1000, _memory.FileBytesMax / 2 / (StudiedVariables * sizeof(double)));
        for (int first = 0; first < rows; first += pieceRows)
        {
            int[] take = [.. Enumerable.Range(first, Math.Min(pieceRows, rows - first))];
            var chunk = new SpectralChunk(
                [.. take.Select(i => $"studied-{i:00000}")],
                Axis(StudiedVariables),
                x.SelectRows(take),
                [new ResponseColumn("y", [.. take.Select(i => y[i])])],
                []);
            Write(chunk, Path.Combine(Studied, $"studied-{first:00000}.arrow"));
        }
    }

    private void WriteSettings()
    {
        List<string> studies = [];
        for (int i = 0; i < _options.StudyCount; i++)
        {
            string study = Path.Combine(_options.Folder, $"study-{i}.json");
            File.WriteAllText(
                study,
                """
                { "response": "y", "models": ["pls(25)", "ridge"], "subsets": ["full", "top(50)", "top(100)", "top(200)", "region(50,25;1)", "regions(50,25;2)"],
                  "nested": 0, "permutations": 0,
                  "pretreatments": ["raw", "snv", "msc", "detrend(1)", "detrend(2)", "sg(7,2,0)", "sg(7,2,1)", "sg(11,2,1)", "sg(15,2,1)", "sg(21,2,1)", "sg(11,2,2)", "sg(15,2,2)", "sg(21,2,2)",
                    "snv + sg(7,2,1)", "snv + sg(11,2,1)", "snv + sg(15,2,1)", "snv + sg(21,2,1)", "snv + sg(15,2,2)", "sg(15,2,1) + snv", "sg(15,2,2) + snv"],
                """
                + string.Create(CultureInfo.InvariantCulture, $$""" "folds": "random(10, seed {{i}})" }"""));
            studies.Add($$"""{ "Name": "long-{{i:00}}", "Dataset": "small", "Study": "{{study}}", "RunAfterReferences": {{StudiedCount}} }""");
        }

        if (_options.IsBound)
        {
            // Three treatments of each file, not twenty: the disk cache would be most of the time.
            string study = Path.Combine(_options.Folder, "study-bulk.json");
            File.WriteAllText(study, """{ "response": "y", "models": ["pls(10)"], "subsets": ["full"], "pretreatments": ["raw", "snv", "sg(11,2,1)"], "nested": 0, "permutations": 0 }""");
            studies.Add($$"""{ "Name": "bulk", "Dataset": "bulk", "Study": "{{study}}", "RunAfterReferences": 1 }""");
        }

        File.WriteAllText(
            Settings,
            $$"""
            { "Pipeline": {
                "Data": "{{Data}}", "Memory": "{{_options.BudgetBytes >> 20}} MiB",
                "Folders": [
                  { "Path": "{{Inbox}}", "Dataset": "bulk", "QuietPeriod": "200 ms", "ScanEvery": "500 ms", "Afterwards": "delete" },
                  { "Path": "{{Studied}}", "Dataset": "small", "QuietPeriod": "200 ms", "ScanEvery": "500 ms" } ],
                "Studies": [ {{string.Join(", ", studies)}} ] } }
            """);
    }

    /// <summary>Spectra of noise near 1, as absorbances are.</summary>
    private Matrix Noise(int rows, int columns)
    {
        var x = new Matrix(rows, columns);
        for (int i = 0; i < rows; i++)
        {
            foreach (ref double value in x.Row(i))
            {
                value = 0.5 + _random.NextDouble();
            }
        }

        return x;
    }

    private static SpectralAxis Axis(int count) => new([.. Enumerable.Range(0, count).Select(j => 400.0 + j)], AxisUnit.Nanometre);

    private static long Write(SpectralChunk chunk, string path)
    {
        using FileStream file = File.Create(path);
        ArrowSpectraWriter.Write(chunk, file);
        return file.Length;
    }
}
