using System.Collections.Immutable;
using System.Net.Security;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipeline.Engine;
using Pipeline.Host.Configuration;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Http.Live;
using Pipeline.Host.Http.Views;
using Pipeline.Host.Service;
using Pipeline.Host.Telemetry;

namespace Pipeline.Host.Http;

/// <summary>The daemon's HTTP listener, in the daemon's own process.</summary>
/// <remarks>
/// Reads nothing but its options: no environment, no settings of the framework. Signals are the daemon's, so it has no lifetime of its
/// own; whoever starts it stops it, before the daemon is closed. It logs nothing per request, since a client could fill the log.
/// Token and certificate may be exchanged while it listens; any thread may do that.
/// </remarks>
internal sealed class HttpServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly MeterReadings _readings;
    private readonly EventStreams _streams;

    // Exchanged as one; whoever has taken the former goes on with it.
    private volatile HttpSecrets _secrets;

    // Set once the listener runs.
    private bool _isStarted;

    private HttpServer(HttpOptions options, ListenAddress listen, HttpSecrets secrets, DaemonSight sight, TimeProvider clock, ILogger log)
    {
        _secrets = secrets;
        _readings = new MeterReadings(sight.Scope);
        var runs = new RunViews(sight);
        var status = new StatusViews(sight, runs, new DatasetAnswers(sight));
        _streams = new EventStreams(
            sight.State, run => run is { } id ? LiveAnswers.WordOf(sight.Queue.Find(id), runs) : status.Word(), options.Limits, clock, log);
        var about = new RunAnswers(sight, runs);
        Routes = ApiRoutes.Of(sight, _readings, new LiveRoutes(about, new LiveAnswers(about, _streams), status), options);
        var dispatcher = new ApiDispatcher(Routes, new Gate(options, () => _secrets.Token, log, clock), new ClientRates(options, clock), options.BodyBytesMax);
        var problems = new Problems(log, clock);
        _application = Build(options, listen, secrets.Certificate is null ? null : () => _secrets.Certificate!.Context);
        var counts = new RequestCounts(sight.Meters);
        _application.Run(context => counts.CountAsync(context, one => problems.GuardAsync(one, dispatcher.AnswerAsync)));
    }

    /// <summary>What can be asked for.</summary>
    public ImmutableArray<ApiRoute> Routes { get; }

    /// <summary>Where it listens, with the port that it was given.</summary>
    public Uri Address => new(_application.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First()
        .Replace("[::]", "localhost", StringComparison.Ordinal));

    /// <summary>Starts to listen; null where the options say that it shall not.</summary>
    /// <exception cref="StageException">The address cannot be had, or token or certificate cannot be used.</exception>
    public static async Task<HttpServer?> StartAsync(HttpOptions options, DaemonSight sight, TimeProvider clock, ILogger log)
    {
        if (options.Listen is not { } listen)
        {
            return null;
        }

        var server = new HttpServer(options, listen, HttpSecrets.Read(options), sight, clock, log);

        // What the system refuses is the user's to mend; what has been opened is free again.
        try
        {
            await server._application.StartAsync();
            server._isStarted = true;
        }
        catch (Exception refused) when (refused is IOException or SocketException)
        {
            await server.DisposeAsync();
            throw DaemonSection.Refusal(
                "Pipeline:Http:Listen",
                $"cannot listen on '{listen}': {(refused.InnerException ?? refused).Message} Is another program, or another daemon, "
                + "there? Set Pipeline:Http:Listen to a free address (Pipeline__Http__Listen in the environment), or to 'off'.",
                refused);
        }

        log.HttpListening(server.Address.ToString(), server._secrets.Token is null ? "no token is asked for" : "with token");
        return server;
    }

    /// <summary>
    /// Takes another token and certificate, for the same address: the token counts from the next request on, and streams of events that
    /// were begun under another one end; the certificate counts from the next connection on. The former certificate is left to those
    /// that still use it.
    /// </summary>
    /// <exception cref="ArgumentException">A certificate where none was shown, or none where one was.</exception>
    public void Take(HttpSecrets secrets)
    {
        if (secrets.Certificate is null != _secrets.Certificate is null)
        {
            throw new ArgumentException("Whether connections are encrypted is settled when the server starts.", nameof(secrets));
        }

        bool isOther = secrets.Token?.Key != _secrets.Token?.Key;
        _secrets = secrets;
        if (isOther)
        {
            // Whoever has lost the token must not go on listening; everybody else comes again with the new one.
            _streams.EndPresent();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Streams would go on for ever.
        await _streams.EndAsync();
        if (_isStarted)
        {
            // Requests in work end first, within the limit of the host.
            await _application.StopAsync();
        }

        await _application.DisposeAsync();
        await _streams.DisposeAsync();
        _readings.Dispose();
        _secrets.Dispose();
    }

    private static WebApplication Build(HttpOptions options, ListenAddress listen, Func<SslStreamCertificateContext>? certificate)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            Bound(kestrel, options);
            void Secure(ListenOptions endpoint)
            {
                endpoint.Protocols = certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
                if (certificate is not null)
                {
                    endpoint.UseHttps(new TlsHandshakeCallbackOptions
                    {
                        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificateContext = certificate() }),
                        HandshakeTimeout = options.Limits.HandshakeWithin,
                    });
                }
            }

            if (listen.Address is { } address)
            {
                kestrel.Listen(address, listen.Port, Secure);
            }
            else
            {
                kestrel.ListenAnyIP(listen.Port, Secure);
            }
        });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Limits.StopWithin);
        return builder.Build();
    }

    private static void Bound(KestrelServerOptions kestrel, HttpOptions options)
    {
        HttpLimits limits = options.Limits;
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = options.ConnectionsMax;
        kestrel.Limits.MaxConcurrentUpgradedConnections = 0;
        kestrel.Limits.MaxRequestBodySize = options.BodyBytesMax;
        kestrel.Limits.MaxRequestLineSize = limits.RequestLineBytesMax;
        kestrel.Limits.MaxRequestBufferSize = Math.Max(64 << 10, limits.RequestLineBytesMax + limits.HeaderBytesMax);
        kestrel.Limits.MaxRequestHeadersTotalSize = limits.HeaderBytesMax;
        kestrel.Limits.MaxRequestHeaderCount = limits.HeaderCountMax;
        kestrel.Limits.RequestHeadersTimeout = limits.HeadersWithin;
        kestrel.Limits.KeepAliveTimeout = limits.KeepAliveMax;
        kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(limits.BytesPerSecondMin, limits.SlowFor);
        kestrel.Limits.MinResponseDataRate = new MinDataRate(limits.BytesPerSecondMin, limits.SlowFor);
        kestrel.Limits.Http2.MaxStreamsPerConnection = 32;
    }

    /// <summary>Leaves signals and the console to the command.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
