using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Host.Configuration;
using Pipeline.Host.Demo;
using Pipeline.Host.Http;
using Pipeline.Host.Runs;
using Pipeline.Host.Service;

namespace Pipeline.Host.Tests.Http;

/// <summary>A real daemon with a real listener on a free port, and clients, honest and hostile.</summary>
internal sealed class HttpWorld : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CommandHarness _shell;
    private readonly CancellationTokenSource _stop = new();
    private Task? _running;

    private HttpWorld(CommandHarness shell, DemoCase demo, DemoLaboratory laboratory, Daemon daemon, HttpServer server, SaidLog log)
    {
        _shell = shell;
        Demo = demo;
        Laboratory = laboratory;
        Daemon = daemon;
        Server = server;
        Log = log;
        Client = new HttpClient { BaseAddress = server.Address, Timeout = Patience };
    }

    public static HttpOptions Options { get; } = new() { Listen = new ListenAddress(IPAddress.Loopback, 0, IsTls: false) };

    public DemoCase Demo { get; }

    public DemoLaboratory Laboratory { get; }

    public Daemon Daemon { get; }

    public HttpServer Server { get; }

    public SaidLog Log { get; }

    public HttpClient Client { get; }

    /// <summary>Opens a daemon and listens; its loops do not run yet.</summary>
    public static async Task<HttpWorld> OpenAsync(
        HttpOptions? options = null,
        PipelineOptions? process = null,
        Action<DaemonEvent>? happened = null,
        Func<DaemonOptions, DaemonOptions>? change = null)
    {
        var shell = new CommandHarness();
        DemoCase demo = DemoCase.Of(seed: 1, small: true, shell.PathOf("demo"));
        var laboratory = new DemoLaboratory(demo);
        string study = laboratory.Prepare();
        var log = new SaidLog();
        Daemon daemon = await Daemon.OpenAsync(
            change?.Invoke(demo.DaemonOptions(study)) ?? demo.DaemonOptions(study),
            process ?? PipelineOptions.Default,
            new RunService(NullLogger<RunService>.Instance, TimeProvider.System),
            TimeProvider.System,
            NullLogger<Daemon>.Instance,
            happened ?? laboratory.Tell);
        try
        {
            HttpServer server = (await HttpServer.StartAsync(options ?? Options, daemon.Sight, TimeProvider.System, log))!;
            return new HttpWorld(shell, demo, laboratory, daemon, server, log);
        }
        catch
        {
            await daemon.DisposeAsync();
            shell.Dispose();
            throw;
        }
    }

    /// <summary>Lets the loops run.</summary>
    public Task Run() => _running = Daemon.RunAsync(_stop.Token);

    /// <summary>Stops the loops; the listener stays.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        if (_running is { } running)
        {
            await running.WaitAsync(Patience);
        }
    }

    public string PathOf(string name) => _shell.PathOf(name);

    public string Write(string name, string text) => _shell.Write(name, text);

    /// <summary>Lets the loops run, and stops them as SIGTERM does.</summary>
    public Task Run(Drain drain) => _running = Daemon.RunAsync(drain);

    /// <summary>Asks on the wire, letter by letter as given, and gives everything that comes back until the connection ends.</summary>
    public async Task<string> AskRawAsync(string request)
    {
        using TcpClient client = await ConnectAsync();
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request));
        return await ReadToEndAsync(client);
    }

    /// <summary>A request of one line and the headers that must be there.</summary>
    public Task<string> AskTargetAsync(string target) => AskRawAsync($"GET {target} HTTP/1.1\r\nHost: {Server.Address.Authority}\r\nConnection: close\r\n\r\n");

    public async Task<TcpClient> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Server.Address.Port);
        return client;
    }

    public static async Task<string> ReadToEndAsync(TcpClient client)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var answer = new MemoryStream();

        // A connection that is cut counts as ended, like one that is closed.
        try
        {
            await client.GetStream().CopyToAsync(answer, patience.Token);
        }
        catch (IOException)
        {
        }

        return Encoding.UTF8.GetString(answer.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await StopAsync();
        await Server.DisposeAsync();
        await Daemon.DisposeAsync();
        _stop.Dispose();
        _shell.Dispose();
    }
}

/// <summary>A log that remembers what was said.</summary>
internal sealed class SaidLog : ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue($"{eventId.Id} {formatter(state, exception)}");
}
