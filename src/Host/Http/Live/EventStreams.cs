using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pipeline.Engine;
using Pipeline.Engine.State;
using Pipeline.Host.Http.Api;
using Pipeline.Host.Runs.Queue;
using Pipeline.Host.Telemetry;

namespace Pipeline.Host.Http.Live;

/// <summary>Streams of events (Server-Sent Events): what the state remembers, from any event on, and how far things are.</summary>
/// <remarks>
/// One loop looks for new events for all streams, and only while there are any; it puts them into a bounded channel of each. A
/// stream notes up to which event the loop has come, sends what it wants up to there from the state, and the rest from its
/// channel: nothing is lost, nothing sent twice. Whoever reads so slowly that the channel is full is cut off and may come
/// again. Ceilings: <see cref="HttpLimits.StreamsMax"/>, <see cref="HttpLimits.StreamItemsMax"/>,
/// <see cref="HttpLimits.StreamLifetime"/>. Safe for all threads.
/// </remarks>
/// <param name="state">Where events are.</param>
/// <param name="progressOf">What is said of a run, or of the daemon where none is given; null where nothing can be.</param>
/// <param name="limits">Bounds.</param>
/// <param name="clock">Time.</param>
/// <param name="log">Told of defects.</param>
internal sealed class EventStreams(
    StateDatabase state, Func<long?, StreamedWord?> progressOf, HttpLimits limits, TimeProvider clock, ILogger log) : IAsyncDisposable
{
    private const int PageEvents = 500;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _end = new();

    // Guarded by _gate.
    private readonly List<Listener> _listeners = [];
    private CancellationTokenSource _present = new();
    private long _last;
    private Task _looking = Task.CompletedTask;
    private bool _isLooking;
    private bool _isDisposed;

    /// <summary>True where no further stream may begin.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                return _listeners.Count >= limits.StreamsMax;
            }
        }
    }

    /// <summary>Writes events until the client goes, the daemon ends, or the stream's time is over.</summary>
    /// <param name="run">The run whose events are wanted; null for all events.</param>
    /// <param name="after">The event after which to begin; null for the present, and for all of a run.</param>
    /// <param name="target">Where to.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task WriteAsync(long? run, long? after, Stream target, CancellationToken cancellation)
    {
        using var lifetime = new CancellationTokenSource(limits.StreamLifetime, clock);
        if (Join(run) is not { } listener)
        {
            return;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation, lifetime.Token, _end.Token, listener.Ended);

        // Its time is over, or the daemon's: the client asks again. A client that has gone is told apart by whoever called.
        try
        {
            await SendAsync(target, "retry: 2000\n\n", over.Token);
            await ReplayAsync(listener, after ?? (run is null ? listener.From : 0), isAsked: after is not null, target, over.Token);
            await foreach (string text in listener.Items.Reader.ReadAllAsync(over.Token))
            {
                await SendAsync(target, text.Length > 0 ? text : listener.TakeWord(), over.Token);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
        }
        finally
        {
            lock (_gate)
            {
                _listeners.Remove(listener);
            }
        }
    }

    /// <summary>Ends the streams that there are; others may begin.</summary>
    public void EndPresent()
    {
        CancellationTokenSource former;
        lock (_gate)
        {
            (former, _present) = (_present, new CancellationTokenSource());
        }

        // Not disposed: a stream that has just begun may still look at its token.
        former.Cancel();
    }

    /// <summary>Ends all streams; no other begins.</summary>
    public Task EndAsync() => _isDisposed ? Task.CompletedTask : _end.CancelAsync();

    /// <summary>Lets all go; nobody may write any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        Task looking;
        lock (_gate)
        {
            looking = _looking;
        }

        await looking;
        _isDisposed = true;
        _present.Dispose();
        _end.Dispose();
    }

    private Listener? Join(long? run)
    {
        lock (_gate)
        {
            if (_listeners.Count >= limits.StreamsMax || _end.IsCancellationRequested)
            {
                return null;
            }

            if (!_isLooking)
            {
                _last = state.Read(reader => reader.First("SELECT coalesce(max(seq), 0) FROM event", row => row.Number(0), 0));
            }

            var listener = new Listener(run, _last, limits.StreamItemsMax, _present.Token);
            _listeners.Add(listener);
            if (!_isLooking)
            {
                _isLooking = true;
                _looking = LookAsync();
            }

            return listener;
        }
    }

    /// <summary>Sends what has happened before the stream began, from the event on that the client had last.</summary>
    private async Task ReplayAsync(Listener listener, long after, bool isAsked, Stream target, CancellationToken cancellation)
    {
        if (after > listener.From)
        {
            // Numbers of another life of the state, as before a restore: what there is now comes as the present.
            await SendAsync(target, Gap(listener.From + 1, after, listener.From), cancellation);
            return;
        }

        while (after < listener.From)
        {
            (long oldest, List<EventView> events) = state.Read(reader => (
                reader.First("SELECT coalesce(min(seq), 0) FROM event", row => row.Number(0), 0),
                Events(reader, after, listener)));
            if (isAsked && oldest > after + 1)
            {
                // The oldest events give way to new ones, also while this goes on.
                await SendAsync(target, Gap(after + 1, oldest - 1, oldest - 1), cancellation);
            }

            await SendAsync(target, string.Concat(events.Select(Message)), cancellation);
            isAsked = true;
            after = events.Count < PageEvents ? listener.From : events[^1].Seq;
        }
    }

    private static List<EventView> Events(StateReader reader, long after, Listener listener) => listener.Run is { } run
        ? reader.Query(
            "SELECT seq, time, kind, subject, text FROM event WHERE seq > $1 AND seq <= $2 AND subject = $3 ORDER BY seq LIMIT $4",
            Of, after, listener.From, QueuedRun.SubjectOf(run), (long)PageEvents)
        : reader.Query(
            "SELECT seq, time, kind, subject, text FROM event WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3", Of, after, listener.From, (long)PageEvents);

    /// <summary>An event of the state.</summary>
    public static EventView Of(StateRow row) => new(
        row.Number(0), DateTimeOffset.FromUnixTimeMilliseconds(row.Number(1)), row.Text(2), row.Text(3), row.Text(4));

    private async Task LookAsync()
    {
        await Task.Yield();
        long heartbeat = clock.GetTimestamp();
        long progress = heartbeat;
        bool isFirst = true;

        // Safe: the streams end themselves, or are ended by a defect, and their clients come again.
        try
        {
            while (true)
            {
                LookForEvents();
                if (isFirst || clock.GetElapsedTime(progress) >= limits.StreamProgressEvery)
                {
                    (isFirst, progress) = (false, clock.GetTimestamp());
                    TellProgress();
                }

                if (clock.GetElapsedTime(heartbeat) >= limits.StreamHeartbeatEvery)
                {
                    heartbeat = clock.GetTimestamp();
                    Tell(_ => ": still here\n\n");
                }

                await Task.Delay(limits.StreamLookEvery, clock, _end.Token);
                lock (_gate)
                {
                    if (_listeners.Count == 0)
                    {
                        _isLooking = false;
                        return;
                    }
                }
            }
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
        }
        catch (Exception defect)
        {
            log.HttpDefect(defect, "GET", "/v1/events");
            lock (_gate)
            {
                _isLooking = false;
                _listeners.ForEach(listener => listener.Items.Writer.TryComplete());
            }
        }
    }

    private void LookForEvents()
    {
        // A disk that fails now may work at the next look; nothing is passed over.
        try
        {
            List<EventView> events;
            do
            {
                events = state.Read(reader => reader.Query(
                    "SELECT seq, time, kind, subject, text FROM event WHERE seq > $1 ORDER BY seq LIMIT $2", Of, _last, (long)PageEvents));
                lock (_gate)
                {
                    foreach (EventView one in events)
                    {
                        Lazy<string> message = new(() => Message(one));
                        foreach (Listener listener in _listeners.Where(listener => listener.Wants(one)))
                        {
                            listener.Put(message.Value);
                        }

                        _last = one.Seq;
                    }
                }
            }
            while (events.Count == PageEvents);
        }
        catch (StageException failed) when (failed.Kind == FailureKind.Storage)
        {
        }
    }

    private void TellProgress()
    {
        long?[] wanted;
        lock (_gate)
        {
            wanted = [.. _listeners.Select(listener => listener.Run).Distinct()];
        }

        foreach (long? run in wanted)
        {
            // The same as above: nobody is told now, and everybody at the next look.
            try
            {
                if (progressOf(run) is { } word)
                {
                    lock (_gate)
                    {
                        _listeners.Where(listener => listener.Run == run).ToList().ForEach(listener => listener.PutWord(word));
                    }
                }
            }
            catch (StageException failed) when (failed.Kind == FailureKind.Storage)
            {
            }
        }
    }

    private void Tell(Func<Listener, string> text)
    {
        lock (_gate)
        {
            _listeners.ForEach(listener => listener.Put(text(listener)));
        }
    }

    private static string Message(EventView one) => string.Create(
        CultureInfo.InvariantCulture, $"id: {one.Seq}\ndata: {JsonSerializer.Serialize(one, ApiJson.Options)}\n\n");

    private static string Gap(long from, long to, long id) => string.Create(
        CultureInfo.InvariantCulture, $"id: {id}\nevent: gap\ndata: {JsonSerializer.Serialize(new GapView(from, to), ApiJson.Options)}\n\n");

    private static async Task SendAsync(Stream target, string text, CancellationToken cancellation)
    {
        if (text.Length > 0)
        {
            await target.WriteAsync(Encoding.UTF8.GetBytes(text), cancellation);
            await target.FlushAsync(cancellation);
        }
    }

    /// <summary>One stream; all but its channel is guarded by the streams' lock.</summary>
    private sealed class Listener(long? run, long from, int itemsMax, CancellationToken ended)
    {
        private string _told = "";
        private string? _word;

        public long? Run { get; } = run;

        /// <summary>The last event that does not come by way of the channel.</summary>
        public long From { get; } = from;

        /// <summary>Signalled where it ends before its time.</summary>
        public CancellationToken Ended { get; } = ended;

        /// <summary>Messages; an empty one stands for the latest word of how far things are.</summary>
        public Channel<string> Items { get; } = Channel.CreateBounded<string>(
            new BoundedChannelOptions(itemsMax) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });

        public bool Wants(EventView one) => Run is not { } wanted || one.Subject == QueuedRun.SubjectOf(wanted);

        /// <summary>Puts a message, or cuts off a reader that is too slow for it.</summary>
        public void Put(string text)
        {
            if (!Items.Writer.TryWrite(text))
            {
                Items.Writer.TryComplete();
            }
        }

        /// <summary>Puts a word where it is another one; only the latest waits.</summary>
        public void PutWord(StreamedWord word)
        {
            if (word.Essence == _told)
            {
                return;
            }

            _told = word.Essence;
            if (Interlocked.Exchange(ref _word, $"event: progress\ndata: {word.Text}\n\n") is null)
            {
                Put("");
            }
        }

        public string TakeWord() => Interlocked.Exchange(ref _word, null) ?? "";
    }
}

/// <summary>What is said now and then, and what of it makes it another word than the one before.</summary>
/// <param name="Text">The JSON.</param>
/// <param name="Essence">The same without what changes by the mere passing of time.</param>
internal sealed record StreamedWord(string Text, string Essence);
