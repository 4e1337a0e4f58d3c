using Pipeline.Engine;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.Datasets;
using Pipeline.Host.Inbox;
using Pipeline.Host.State;
using Pipeline.Host.Tests.Datasets;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;
using Pipeline.Support;

namespace Pipeline.Host.Tests.Inbox;

/// <summary>A watched folder with its dataset in a temporary folder, and a clock that stands still.</summary>
internal sealed class InboxHarness : IDisposable
{
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    public InboxHarness(IStorage? storage = null, Func<InboxOptions, InboxOptions>? change = null, string? root = null)
    {
        Root = root ?? Directory.CreateTempSubdirectory("inbox").FullName;
        In = Path.Combine(Root, "in");
        Directory.CreateDirectory(In);
        Storage = storage ?? new LocalStorage();
        State = OpenState(Root);
        try
        {
            Store = OpenStore("corn").GetAwaiter().GetResult();
        }
        catch
        {
            Close();
            throw;
        }

        var options = new InboxOptions
        {
            Path = In,
            Patterns = ["*.csv", "*.bin"],
            QuietPeriod = Quiet,
            Notice = Notices.Add,
            IngestedAsync = outcomes =>
            {
                Outcomes.AddRange(outcomes);
                return ValueTask.CompletedTask;
            },
        };
        Folder = new WatchedFolder(change?.Invoke(options) ?? options, Store, State, Storage, Time);
    }

    public string Root { get; }

    public string In { get; }

    public IStorage Storage { get; }

    public StateDatabase State { get; }

    public DatasetStore Store { get; } = null!;

    public WatchedFolder Folder { get; } = null!;

    public JumpingTime Time { get; } = new();

    public List<IngestOutcome> Outcomes { get; } = [];

    public List<string> Notices { get; } = [];

    public DatasetManifest Manifest => Store.Manifest;

    public string PathOf(string name) => Path.Combine(In, name);

    public void Put(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), text);
    }

    /// <summary>A scan that sees new files, the quiet period, and a scan that takes them.</summary>
    public async Task<ScanReport> SettleAsync()
    {
        await Folder.ScanAsync();
        Time.Advance(Quiet);
        return await Folder.ScanAsync();
    }

    /// <summary>Ends the process without a word.</summary>
    public void Close()
    {
        Folder?.Dispose();
        Store?.Dispose();
        State.DisposeAsync().AsTask().Wait();
    }

    /// <summary>The state database of a harness's folder.</summary>
    public static StateDatabase OpenState(string root) => StateDatabase.Open(
        Path.Combine(root, "data", "state.db"), [StateSchema.Engine, HostSchema.Tables], new LocalStorage(), Limits.Default, TimeProvider.System);

    /// <summary>A dataset of this harness.</summary>
    public Task<DatasetStore> OpenStore(string name) => DatasetStore.OpenAsync(
        Path.Combine(Root, "data"), name, State, Storage, new CsvChunkCodec(), SpectraFormatsReaders.Text(WideCsvOptions.Default),
        new DatasetStoreOptions { ChunkedFromBytes = 0 });

    public void Dispose()
    {
        Close();
        if (Directory.Exists(Root))
        {
            Directory.Delete(Root, recursive: true);
        }
    }

    /// <summary>A table of samples first…first+count−1 with three variables and one response.</summary>
    public static string Table(int first, int count, string response = "protein")
    {
        var text = new System.Text.StringBuilder($"sample_id,{response},1100 nm,1110 nm,1120 nm\n");
        for (int i = first; i < first + count; i++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"S{i:0000},{10 + (i * 0.25)},{i * 0.1},{i * 0.2},{1.0 / (i + 3)}\n");
        }

        return text.ToString();
    }
}

/// <summary>A clock whose wall time may jump while its timestamps go on.</summary>
internal sealed class JumpingTime : TimeProvider
{
    private readonly ManualTimeProvider _steady = new();
    private TimeSpan _offset = TimeSpan.Zero;

    public override long TimestampFrequency => _steady.TimestampFrequency;

    public override long GetTimestamp() => _steady.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => _steady.GetUtcNow().AddDays(20000) + _offset;

    public void Advance(TimeSpan time) => _steady.Advance(time);

    public void Jump(TimeSpan time) => _offset += time;
}
