using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Engine.Supervision;
using Pipeline.Host.Configuration;
using Pipeline.Host.Datasets;
using Pipeline.Host.Http;
using Pipeline.Host.Runs;
using Pipeline.Host.Service;
using Pipeline.Host.Tests.Http;

namespace Pipeline.Host.Tests.Service;

/// <summary>A daemon that runs by a settings file, which the test edits; the daemon looks at it when the test says so.</summary>
internal sealed class ReloadWorld : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CommandHarness _shell = new();
    private readonly SettingsSource _source;
    private Task _running = Task.CompletedTask;
    private bool _hasEnded;

    private ReloadWorld()
    {
        SettingsPath = _shell.PathOf("settings.json");
        _source = new SettingsSource(new ConfigurationBuilder().Build(), SettingsPath);
    }

    public string SettingsPath { get; }

    public Daemon Daemon { get; private set; } = null!;

    public Drain Drain { get; private set; } = null!;

    public HttpServer? Server { get; private set; }

    public SettingsReload Reload { get; private set; } = null!;

    public SaidLog Log { get; } = new();

    public ConcurrentQueue<DaemonEvent> Events { get; } = new();

    /// <summary>Called within the loop that tells an event.</summary>
    public Action<DaemonEvent>? Happened { get; set; }

    public WatchedSet Watched => Daemon.Sight.Watched();

    public IEnumerable<string> Datasets => Watched.Stores.Keys.Order(StringComparer.Ordinal);

    /// <summary>Starts a daemon with these folders, each of which fills a dataset of its name.</summary>
    public static async Task<ReloadWorld> StartAsync(string more, params string[] folders)
    {
        var world = new ReloadWorld();
        world.Edit(more, folders);
        Settings settings = world._source.Read();
        world.Drain = new Drain(settings.Daemon.DrainLimit, TimeProvider.System);
        world.Daemon = await Daemon.OpenAsync(
            settings.Daemon,
            settings.Process,
            new RunService(NullLogger<RunService>.Instance, TimeProvider.System),
            TimeProvider.System,
            new LogOf(world.Log),
            happened =>
            {
                world.Events.Enqueue(happened);
                world.Happened?.Invoke(happened);
            });
        world.Server = await HttpServer.StartAsync(settings.Daemon.Http, world.Daemon.Sight, TimeProvider.System, world.Log);
        world.Reload = new SettingsReload(world._source, settings, world.Daemon, world.Drain, world.Server);
        world._running = world.Daemon.RunAsync(world.Drain);
        await world.Daemon.Ready.WaitAsync(Patience);
        return world;
    }

    public string PathOf(string name) => _shell.PathOf(name);

    public string Write(string name, string text) => _shell.Write(name, text);

    /// <summary>A folder's settings; it is made.</summary>
    public string Folder(string name, string more = "", string? dataset = null) =>
        $$"""{ "Name": "{{name}}", "Path": "{{Directory.CreateDirectory(PathOf(name)).FullName}}", "Dataset": "{{dataset ?? name}}", "QuietPeriod": "50 ms", "ScanEvery": "100 ms"{{more}} }""";

    /// <summary>Writes the settings: <paramref name="more"/> are further keys, without braces; folders are names, or settings in braces.</summary>
    public void Edit(string more, params string[] folders) => Write(
        "settings.json",
        $$"""
        { "Pipeline": {
            "Data": "{{PathOf("data")}}", "Memory": "128 MiB", "Threads": 1, "Logs": "none"{{(more.Contains("\"Http\"", StringComparison.Ordinal) ? "" : ", \"Http\": { \"Listen\": \"off\" }")}},
            "Folders": [
              {{string.Join(",\n      ", folders.Select(folder => folder.StartsWith('{') ? folder : Folder(folder)))}}
            ]{{(more.Length > 0 ? ",\n    " + more : "")}} } }
        """);

    /// <summary>Has the daemon read the settings.</summary>
    public Task<ReloadResult> LookAsync(bool isAsked = false) => Reload.LookAsync(isAsked).WaitAsync(Patience);

    /// <summary>The present body of a folder's loop; another one means that the loop was disturbed.</summary>
    public Heartbeat? LoopOf(string folder) => Daemon.Sight.Health.HeartbeatOf($"folder {folder}");

    /// <summary>A file with one spectrum of its own.</summary>
    public static string Spectrum(int number) => string.Create(
        CultureInfo.InvariantCulture, $"sample_id,1100 nm,1110 nm,1120 nm,1130 nm\nS{number},{0.1 + (number * 0.001):R},0.2,0.3,0.4\n");

    /// <summary>Drops it into a folder, whole from the first moment on.</summary>
    public void Drop(string folder, int number)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"{PathOf(folder)}/{number}.csv");
        File.WriteAllText(path + ".part", Spectrum(number));
        File.Move(path + ".part", path);
    }

    /// <summary>Drops a file of at least so many bytes.</summary>
    public void DropLong(string folder, int bytes)
    {
        var text = new StringBuilder("sample_id," + string.Join(',', Enumerable.Range(1000, 1000).Select(position => $"{position} nm")) + "\n");
        for (int i = 0; text.Length < bytes; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"S{i}").AppendJoin("", Enumerable.Range(0, 1000).Select(j => $",0.{100000 + i + j}")).Append('\n');
        }

        string path = Path.Combine(PathOf(folder), "long.csv");
        File.WriteAllText(path + ".part", text.ToString());
        File.Move(path + ".part", path);
    }

    /// <summary>Waits until a dataset has so many sources.</summary>
    public async Task WaitForAsync(string dataset, int sources)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!Watched.Stores.TryGetValue(dataset, out DatasetStore? store) || store.Manifest.Chunks.Length < sources)
        {
            if (_running.IsCompleted)
            {
                await _running;
            }

            await Task.Delay(10, patience.Token);
        }
    }

    /// <summary>Lines of the log with an event id.</summary>
    public string[] Said(int id) => [.. Log.Lines.Where(line => line.StartsWith($"{id} ", StringComparison.Ordinal))];

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _shell.Dispose();
    }

    /// <summary>Ends the daemon; its files stay.</summary>
    public async Task EndAsync()
    {
        if (!_hasEnded)
        {
            _hasEnded = true;
            Drain.Begin();
            await _running.WaitAsync(Patience);
            await (Server?.DisposeAsync() ?? ValueTask.CompletedTask);
            await Daemon.DisposeAsync();
            Drain.Dispose();
        }
    }

    private sealed class LogOf(SaidLog log) : ILogger<Daemon>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Log(logLevel, eventId, state, exception, formatter);
    }
}
